import type { Fetched } from '../kafka';
import { batchesIn } from './batch';
import { makeBatch } from './batch.fixture';
import {
  extend,
  isCaughtUp,
  isFull,
  moveTo,
  newCursor,
  takeFrom,
  type Cursor,
} from './fetch-cursor';

const ALL = { records: 100, bytes: 1000 };
const offsets = (fetched: Fetched | undefined): (number | undefined)[] => [
  ...(fetched?.records ?? []).map(({ offset }) => offset),
  fetched?.next,
];

/** Adds a batch of records at these offsets. */
function fetched(cursor: Cursor, ...at: number[]): void {
  const [base = 0] = at;
  const records = at.map((offset) => [offset - base, null, 'vv'] as const);
  const [batch] = batchesIn(makeBatch({ offset: base, records }));
  extend(cursor, (at.at(-1) ?? base) + 1, batch);
}

function read(cursor: Cursor, from: number, limit = ALL): (number | undefined)[] {
  moveTo(cursor, from);
  return offsets(takeFrom(cursor, from, limit));
}

let cursor: Cursor;
beforeEach(() => {
  cursor = newCursor({ topic: 't', partition: 0 }, 5);
});

it('gives records within the limits, and says where to go on', () => {
  fetched(cursor, 5, 6, 7);
  fetched(cursor, 8, 9);
  expect(read(cursor, 5, { records: 2, bytes: 99 })).toEqual([5, 6, 7]);
  expect(read(cursor, 7, { records: 9, bytes: 3 })).toEqual([7, 8, 9]);
  expect(read(cursor, 9, { records: 9, bytes: 0 })).toEqual([9, 10]);
  expect(read(cursor, 10)).toEqual([undefined]);
});

it('goes on beyond gaps: before, between and after records', () => {
  extend(cursor, 8, undefined);
  fetched(cursor, 8, 11);
  extend(cursor, 14, undefined);
  expect(read(cursor, 5)).toEqual([8, 11, 14]);
  expect(read(cursor, 14)).toEqual([undefined]);
  extend(cursor, 20, undefined);
  expect(read(cursor, 14)).toEqual([20]);
});

it('goes on beyond a gap that follows the last record asked for', () => {
  fetched(cursor, 5, 6);
  extend(cursor, 9, undefined);
  fetched(cursor, 9);
  expect(read(cursor, 5, { records: 2, bytes: 99 })).toEqual([5, 6, 9]);
});

it('gives again what was not taken', () => {
  fetched(cursor, 5, 6, 7);
  expect(read(cursor, 5)).toEqual([5, 6, 7, 8]);
  expect(read(cursor, 6)).toEqual([6, 7, 8]);
  expect(read(cursor, 5, { records: 1, bytes: 9 })).toEqual([5, 6]);
  expect(cursor.position).toBe(8);
});

it('skips what a batch holds from before the offset', () => {
  const late = newCursor({ topic: 't', partition: 0 }, 6);
  const [batch] = batchesIn(makeBatch({ offset: 4, records: [[0, null, 'a'], [2, null, 'b'], [3, null, 'c']] })); // prettier-ignore
  extend(late, 8, batch);
  expect(read(late, 6)).toEqual([6, 7, 8]);
});

it('begins anew outside of what it holds', () => {
  fetched(cursor, 5, 6, 7);
  cursor.stable = 8;
  expect(read(cursor, 7)).toEqual([7, 8]);
  for (const elsewhere of [4, 9]) {
    expect(read(cursor, elsewhere)).toEqual([undefined]);
    expect([cursor.position, cursor.chunks, isCaughtUp(cursor)]).toEqual([elsewhere, [], false]);
  }
});

it('is full with many records, or many bytes, until they are read', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => 5 + i);
  fetched(cursor, ...many);
  expect(isFull(cursor)).toBe(false);
  fetched(cursor, ...many.map((offset) => offset + 10_000));
  expect(isFull(cursor)).toBe(true);
  read(cursor, 5, { records: 3, bytes: 99 });
  expect(isFull(cursor)).toBe(false);
});

it('is full with fewer bytes where its reader takes his time', () => {
  const slow = newCursor({ topic: 't', partition: 0 }, 5, 20);
  fetched(slow, 5);
  expect(isFull(slow)).toBe(false);
  fetched(slow, 6, 7, 8);
  expect(isFull(slow)).toBe(true);
  fetched(cursor, 5, 6, 7, 8);
  expect(isFull(cursor)).toBe(false);
});
