import fc from 'fast-check';
import { emptyBuckets, type Layout } from './buckets';
import { bucketsOf, dropEmpty, emptyGroups, insertAt, placeOf } from './groups';

const layout: Layout = { columns: [{ kind: 'count' }], distincts: [], windows: [], reach: 1 };
const key = fc.string({ maxLength: 3, unit: 'binary' });

describe('the groups of a series', () => {
  it('are found by key and stand in its order, whatever order they came in', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 40 }), key, (keys, other) => {
        const groups = emptyGroups();
        const made = new Map(keys.map((name) => [name, emptyBuckets(layout, 0)]));
        for (const [name, buckets] of made) insertAt(groups, placeOf(groups, name), name, buckets);
        expect(groups.keys).toEqual([...keys].sort());
        for (const [name, buckets] of made) expect(bucketsOf(groups, name)).toBe(buckets);
        expect(bucketsOf(groups, other)).toBe(made.get(other));
      }),
    );
  });

  it('are forgotten when nothing is left in them, and no others', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 20 }), (full) => {
        const groups = emptyGroups();
        full.forEach((isFull, i) => {
          const buckets = emptyBuckets(layout, 0);
          if (isFull) buckets.rows.push(0, 1);
          insertAt(groups, i, String.fromCharCode(97 + i), buckets);
        });
        const kept = groups.keys.filter((_, i) => full[i]);
        dropEmpty(groups);
        expect(groups.keys).toEqual(kept);
        expect(groups.buckets.every(({ rows }) => rows.length === 2)).toBe(true);
      }),
    );
  });
});
