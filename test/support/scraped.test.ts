import type { AboutMetric } from '@tidemark/processor/metric-text';
import { differences, parseMetrics, valueOf } from './scraped';

const about: AboutMetric = {
  name: 'a_total',
  type: 'counter',
  labels: ['x'],
  in: ['api'],
  help: '',
};
const text = (type = 'counter', label = 'x', value = '1'): string =>
  `# TYPE a_total ${type}\na_total{${label}="1"} ${value}\nnodejs_x NaN\n`;
const found = (told: string, metrics = [about]): string[] =>
  differences(parseMetrics(told), metrics, 'api');

describe('what is told and what is documented', () => {
  it('are compared both ways, with types, labels and values', () => {
    expect(found(text())).toEqual([]);
    expect(found(text(), [])).toContain('a_total is not documented for api');
    expect(found('')).toEqual(['a_total is documented, and api does not tell it']);
    expect(found(text('gauge'))).toEqual(['a_total is a gauge, not a counter']);
    expect(found(text('counter', 'customer'))).toEqual([
      'a_total has an undocumented label customer',
    ]);
    expect(found(text('counter', 'x', 'NaN'))).toEqual(['a_total is not a number']);
    expect(found(text(), [{ ...about, in: ['processor'] }])).toContain(
      'a_total is not documented for api',
    );
  });

  it('are read as Prometheus reads them', () => {
    const scraped = parseMetrics('a{x="1",y="a\\"b"} 2\na{x="2"} 3\nb +Inf\n');
    expect(valueOf(scraped, 'a')).toBe(5);
    expect(valueOf(scraped, 'a', { x: '2' })).toBe(3);
    expect(valueOf(scraped, 'b')).toBe(Infinity);
    expect(valueOf(scraped, 'c')).toBeUndefined();
    expect(() => parseMetrics('not a sample at all')).toThrow('no sample');
  });
});
