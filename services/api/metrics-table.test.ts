import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_METRICS, metricsTable } from './metrics-table';

describe('deploy/metrics.md', () => {
  it('is what the metrics say (else: npm run metrics --workspace services/api)', () => {
    const written = readFileSync(join(__dirname, '../../deploy/metrics.md'), 'utf8');
    expect(written).toBe(metricsTable());
  });
});

describe('the metrics', () => {
  it('have names of their own, after the conventions of Prometheus', () => {
    const names = ALL_METRICS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, type, labels } of ALL_METRICS) {
      expect(name).toMatch(/^tidemark_[a-z_]+$/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
      expect(name).not.toMatch(/_(ms|milliseconds|minutes|kb|mb|percent)(_|$)/);
      for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
    }
  });

  it('have no label that could hold a customer, an account or an event', () => {
    const labels = new Set(ALL_METRICS.flatMap((metric) => metric.labels));
    for (const label of labels) expect(label).not.toMatch(/customer|account|institution|event|key/);
  });
});
