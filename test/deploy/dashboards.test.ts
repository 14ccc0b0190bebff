import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentedMetrics } from './documented';
import { DASHBOARDS, grafanaJson } from './dashboards/grafana';
import { DEPLOY, metricsOf } from './rule-files';

const FOLDER = join(DEPLOY, 'grafana/dashboards');

describe('dashboards', () => {
  it.each(DASHBOARDS)(
    '$id is what the code says (else: npx tsx --tsconfig test/tsconfig.json test/deploy/dashboards/write.ts)',
    (dashboard) => {
      const written = readFileSync(join(FOLDER, `${dashboard.id}.json`), 'utf8');
      expect(JSON.parse(written)).toEqual(JSON.parse(grafanaJson(dashboard)));
    },
  );

  it('are all in the folder, and nothing else is', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(DASHBOARDS.map(({ id }) => `${id}.json`).sort());
  });

  it('ask only for metrics that are documented', () => {
    const asked = DASHBOARDS.flatMap(({ panels }) =>
      panels.flatMap(({ queries }) => queries.flatMap(({ expr }) => metricsOf(expr))),
    );
    expect(asked.filter((name) => !documentedMetrics().has(name))).toEqual([]);
    expect(asked.length).toBeGreaterThan(30);
  });
});
