import {
  advance,
  book,
  columnValue,
  distinctValue,
  emptyBuckets,
  isEmpty,
  nextChangeDay,
  type Buckets,
  type Layout,
} from './buckets';

const layout: Layout = {
  columns: [{ kind: 'count' }, { kind: 'sum', field: 'fen' }, { kind: 'max', field: 'fen' }],
  distincts: [{ kind: 'distinct', field: 'who', cap: 2 }],
  windows: [
    { days: 30, before: 0 },
    { days: 180, before: 30 },
  ],
  reach: 210,
};
const COUNT = 0;
const SUM = 1;
const MAX = 2;

function at(today: number): Buckets {
  return emptyBuckets(layout, today);
}

describe('daily buckets', () => {
  it('hold the date of the clock and the N - 1 before it, to the day (E-B1)', () => {
    const buckets = at(100);
    book(buckets, layout, 71, { fen: 1 }, 'book');
    book(buckets, layout, 70, { fen: 10 }, 'book');
    book(buckets, layout, 100, { fen: 100 }, 'book');
    expect(columnValue(buckets, layout, 0, SUM)).toBe(101);
    expect(nextChangeDay(buckets, layout, 0)).toBe(101);
    advance(buckets, layout, 101);
    expect(columnValue(buckets, layout, 0, SUM)).toBe(100);
  });

  it('hold the 180 dates before the last 30: a record enters and leaves on its day (E-B2.6)', () => {
    const buckets = at(100);
    book(buckets, layout, 100, { fen: 7 }, 'book');
    const seen: unknown[] = [];
    for (const today of [129, 130, 309, 310]) {
      advance(buckets, layout, today);
      seen.push(columnValue(buckets, layout, 1, SUM), nextChangeDay(buckets, layout, 1));
    }
    expect(seen).toEqual([0, 130, 7, 310, 7, 310, 0, Number.POSITIVE_INFINITY]);
    expect(isEmpty(buckets)).toBe(true);
  });

  it('take a reversal back from sums and counts; the maximum and the distinct values stay', () => {
    for (const order of [['book', 'reverse'], ['book-reversed']] as const) {
      const buckets = at(10);
      for (const change of order) book(buckets, layout, 5, { fen: 9, who: 'a' }, change);
      expect([COUNT, SUM, MAX].map((column) => columnValue(buckets, layout, 0, column))).toEqual([
        0, 0, 9,
      ]);
      expect(distinctValue(buckets, layout, 0, 0)).toBe(1);
    }
  });

  it('count distinct values up to the cap, the ones seen last, so that any window is exact', () => {
    const buckets = at(200);
    for (const [who, day] of [
      ['a', 200],
      ['b', 190],
      ['c', 150],
      ['c', 199],
    ] as const) {
      book(buckets, layout, day, { fen: 1, who }, 'book');
    }
    expect(distinctValue(buckets, layout, 0, 0)).toBe(2);
    advance(buckets, layout, 229);
    expect(distinctValue(buckets, layout, 0, 0)).toBe(1);
  });

  it('do not keep what lies before the reach of every window', () => {
    const buckets = at(300);
    book(buckets, layout, 90, { fen: 1, who: 'a' }, 'book');
    expect(isEmpty(buckets)).toBe(true);
    book(buckets, layout, 91, { fen: 1 }, 'book');
    expect(columnValue(buckets, layout, 1, COUNT)).toBe(1);
  });

  it('sum beyond 2^53 exactly, and come back', () => {
    const buckets = at(10);
    for (let i = 0; i < 12; i += 1) book(buckets, layout, 10 - i, { fen: 10 ** 15 }, 'book');
    expect(columnValue(buckets, layout, 0, SUM)).toBe(12n * 10n ** 15n);
    for (let i = 0; i < 11; i += 1) book(buckets, layout, 10 - i, { fen: 10 ** 15 }, 'reverse');
    expect(columnValue(buckets, layout, 0, SUM)).toBe(10 ** 15);
  });
});
