import { committedOnly, type Aborted } from './aborted';
import { batchesIn } from './batch';
import { makeBatch, type MadeBatch } from './batch.fixture';

const [A, B] = [1, 2];
const data = (offset: number, producerId?: number, key: string | null = null): MadeBatch => ({
  offset,
  ...(producerId === undefined ? {} : { producerId }),
  records: [[0, key, 'v']],
});
const marker = (offset: number, producerId: number, kind: 'abort' | 'commit'): MadeBatch => ({
  offset,
  producerId,
  marker: kind,
});

/** Offsets of the batches that are given. */
function given(made: readonly MadeBatch[], aborted: readonly Aborted[]): number[] {
  const batches = batchesIn(Buffer.concat(made.map(makeBatch)));
  const committed = committedOnly(batches, aborted);
  return batches.flatMap(({ baseOffset }, i) => (committed[i] === true ? [baseOffset] : []));
}

it('takes the list of aborted transactions in any order', () => {
  const log = [data(0, A), data(1, B), marker(2, B, 'abort'), data(3, A), marker(4, A, 'abort'), data(5, B), marker(6, B, 'commit')]; // prettier-ignore
  const aborted = [
    { producerId: B, firstOffset: 1 },
    { producerId: A, firstOffset: 0 },
  ];
  expect(given(log, aborted)).toEqual([5]);
  expect(given(log, [...aborted].reverse())).toEqual([5]);
});

it('takes several that begin within one batch, and before what was fetched', () => {
  const log = [
    data(10, A),
    data(11, B),
    marker(12, A, 'abort'),
    marker(13, B, 'abort'),
    data(14, A),
  ];
  const aborted = [
    { producerId: A, firstOffset: 3 },
    { producerId: B, firstOffset: 5 },
  ];
  expect(given(log, aborted)).toEqual([14]);
});

it('takes a key of four zero bytes for a key', () => {
  const zero = '\0\0\0\0';
  expect(given([data(0, undefined, zero), data(1, A, zero), marker(2, A, 'commit')], [])).toEqual([
    0, 1,
  ]);
});

it('goes on hiding a transaction after a record that looks like its marker', () => {
  const zero = '\0\0\0\0';
  const log = [data(0, A), data(1, A, zero), data(2, A), marker(3, A, 'abort'), data(4, A)];
  expect(given(log, [{ producerId: A, firstOffset: 0 }])).toEqual([4]);
});

it('gives what a producer writes outside of its transactions', () => {
  const plain: MadeBatch = { ...data(1, A), transactional: false };
  expect(
    given([data(0, A), plain, marker(2, A, 'abort')], [{ producerId: A, firstOffset: 0 }]),
  ).toEqual([1]);
});

it('takes two aborted transactions of one producer, with one between that was committed', () => {
  const log = [data(0, A), marker(1, A, 'abort'), data(2, A), marker(3, A, 'commit'), data(4, A), marker(5, A, 'abort'), data(6, A)]; // prettier-ignore
  const aborted = [
    { producerId: A, firstOffset: 4 },
    { producerId: A, firstOffset: 0 },
  ];
  expect(given(log, aborted)).toEqual([2, 6]);
});

it('knows a marker whose time stands apart, as compaction leaves it', () => {
  const log = [data(0, A), { ...marker(1, A, 'abort'), baseTimestamp: 5 }, data(2, A)];
  expect(given(log, [{ producerId: A, firstOffset: 0 }])).toEqual([2]);
});

it('takes a transaction to end at the marker of an abort alone', () => {
  const log = [data(0, A), marker(1, A, 'commit'), data(2, A), marker(3, A, 'abort'), data(4, A)];
  expect(given(log, [{ producerId: A, firstOffset: 0 }])).toEqual([4]);
});
