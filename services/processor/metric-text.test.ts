import { newHistogram, observe } from '@tidemark/engine/measures';
import { textOf, type Metric } from './metric-text';

const metric = (over: Partial<Metric<number>>): Metric<number> => ({
  name: 'a_total',
  type: 'counter',
  labels: ['x'],
  in: ['processor'],
  help: 'What it says',
  samples: (value) => [{ labels: ['one'], value }],
  ...over,
});

describe('the text of metrics', () => {
  it('holds what a metric says, its type, and each value with its labels', () => {
    expect(textOf([metric({})], 'processor', 3)).toBe(
      '# HELP a_total What it says\n# TYPE a_total counter\na_total{x="one"} 3\n',
    );
  });

  it('leaves out what is not of the component, what is not known, and what has no value', () => {
    expect(textOf([metric({})], 'api', 3)).toBe('');
    expect(textOf([metric({})], 'processor', Number.NaN)).toBe('');
    expect(textOf([metric({ samples: () => [] })], 'processor', 3)).toBe('');
  });

  it('adds a histogram up from bucket to bucket', () => {
    const histogram = newHistogram([0.5, 1]);
    for (const value of [0.1, 0.7, 0.8, 9]) observe(histogram, value);
    const samples = () => [{ labels: [], value: histogram }];
    const text = textOf(
      [metric({ name: 'h', type: 'histogram', labels: [], samples })],
      'processor',
      0,
    );
    expect(text.split('\n').slice(2, -1)).toEqual([
      'h_bucket{le="0.5"} 1',
      'h_bucket{le="1"} 3',
      'h_bucket{le="+Inf"} 4',
      `h_sum ${histogram.sum}`,
      'h_count 4',
    ]);
  });

  it('keeps a label on its line whatever it holds', () => {
    const samples = () => [{ labels: ['a"b\\c\nd'], value: Number.POSITIVE_INFINITY }];
    expect(textOf([metric({ samples })], 'processor', 0)).toContain('{x="a\\"b\\\\c\\nd"} +Inf\n');
  });
});
