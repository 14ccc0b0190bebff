import fc from 'fast-check';
import { book, emptyBuckets, type Buckets, type Layout } from './buckets';
import { moveSeries, seriesMoves } from './carry-over';
import type { SeriesPlan } from './series';

const plan = (key: string, cap: number, days: number): SeriesPlan => {
  const windows = [{ days, before: 0 }];
  const layout: Layout = {
    columns: [],
    distincts: [{ kind: 'distinct', field: 'value', cap }],
    windows,
    reach: days,
  };
  return { key, of: 'transactions', where: undefined, grouping: { kind: 'none' }, layout };
};

const TODAY = 100;

/** Buckets in which these values were booked, in this order. */
function booked(layout: Layout, values: readonly (readonly [string, number])[]): Buckets {
  const buckets = emptyBuckets(layout, TODAY);
  for (const [value, age] of values) book(buckets, layout, TODAY - age, { value }, 'book');
  return buckets;
}

describe('a series in another layout', () => {
  it('keeps the distinct values that a smaller cap and a shorter reach would have kept', () => {
    const values = fc.array(fc.tuple(fc.constantFrom(...'abcdef'), fc.nat(12)), { maxLength: 25 });
    fc.assert(
      fc.property(values, fc.nat(2), fc.nat(4), (list, fewer, shorter) => {
        const before = plan('k', 4, 12);
        const after = plan('k', 4 - fewer, 12 - shorter);
        const series = { single: booked(before.layout, list), groups: undefined, purgedAt: 0 };
        const moves = seriesMoves([plan('other', 1, 1), before], [after, plan('new', 1, 1)]);
        expect(moveSeries([undefined, series], moves)).toEqual([
          { ...series, single: booked(after.layout, list) },
          undefined,
        ]);
      }),
      { numRuns: 500 },
    );
  });
});
