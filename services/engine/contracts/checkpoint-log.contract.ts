import type { Blob, CheckpointLog, CheckpointSlice } from '../ports';
import {
  blob,
  commitSlices,
  eachWith,
  sliceAt,
  textOf,
  tombstone,
  type Subject,
} from './subject.contract';

/** What every durable copy of the states that is read as a whole does. */
export function checkpointLogContract(name: string, make: () => Promise<Subject>): void {
  describe(`${name}: the log of checkpoints`, () => {
    const subject = eachWith(make);

    function log(): CheckpointLog {
      const { checkpoints } = subject();
      if (!('blobs' in checkpoints)) throw new Error('the adapter has no log of checkpoints');
      return checkpoints;
    }

    const write = (...slices: readonly CheckpointSlice[]): Promise<void> =>
      commitSlices(subject().ledger, slices);

    /** The last blob of each key. */
    async function all(): Promise<Blob[]> {
      const found = new Map<string, Blob>();
      for await (const page of log().blobs()) for (const one of page) found.set(one.key, one);
      return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    }

    it('has no states at first', async () => {
      expect(await log().restart()).toBeUndefined();
      expect(await all()).toEqual([]);
    });

    it('gives the newest state of every key', async () => {
      await write(
        sliceAt(0, [blob('a', 0, 'a0', 5), blob('b', 0, 'b0')]),
        sliceAt(1, [blob('a', 1, 'a1', 9)]),
      );
      expect((await all()).map((one) => [one.key, one.step, one.dueAt, textOf(one.bytes)])).toEqual(
        [
          ['a', 1, 9, 'a1'],
          ['b', 0, Infinity, 'b0'],
        ],
      );
    });

    it('gives more states than fit a page', async () => {
      const keys = Array.from({ length: 2500 }, (_, i) => `k${String(i).padStart(4, '0')}`);
      await write(
        sliceAt(
          0,
          keys.map((key, i) => blob(key, 0, key, i)),
        ),
      );
      const found = await all();
      expect(found.map(({ key, dueAt }) => [key, dueAt])).toEqual(keys.map((key, i) => [key, i]));
    });

    it('keeps a tombstone until it is forgotten', async () => {
      await write(
        sliceAt(0, [blob('a', 0, 'a0'), blob('b', 0, 'b0')]),
        sliceAt(1, [tombstone('a', 1)]),
      );
      expect((await all())[0]).toEqual(tombstone('a', 1));
      await write(sliceAt(2, [], ['a']));
      const [first] = await all();
      // the log may still hold the tombstone itself, never the state before it
      expect(first?.key === 'b' || first?.bytes === undefined).toBe(true);
    });

    it('takes keys of any characters, and states of no bytes', async () => {
      const keys = ['银行:客户', 'a b', 's:', 'd;', '😀'];
      await write(
        sliceAt(
          0,
          keys.map((key) => blob(key, 0, '')),
        ),
      );
      const found = await all();
      expect(new Set(found.map(({ key }) => key))).toEqual(new Set(keys));
      expect(found.map(({ bytes }) => bytes?.byteLength)).toEqual(keys.map(() => 0));
    });
  });
}
