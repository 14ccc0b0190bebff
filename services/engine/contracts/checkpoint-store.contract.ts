import type { CheckpointSlice, CheckpointStore } from '../ports';
import {
  allDue,
  blob,
  commitSlices,
  eachWith,
  sliceAt,
  textOf,
  tombstone,
  type Subject,
} from './subject.contract';

/** What every durable copy of the states that finds single ones does. */
export function checkpointStoreContract(name: string, make: () => Promise<Subject>): void {
  describe(`${name}: the checkpoint store`, () => {
    const subject = eachWith(make);

    function store(): CheckpointStore {
      const { checkpoints } = subject();
      if (!('get' in checkpoints)) throw new Error('the adapter finds no single states');
      return checkpoints;
    }

    const write = (...slices: readonly CheckpointSlice[]): Promise<void> =>
      commitSlices(subject().ledger, slices);

    it('has no restart position, no keys and no states at first', async () => {
      const checkpoints = store();
      expect(await checkpoints.restart()).toBeUndefined();
      expect(await allDue(checkpoints.due())).toEqual([]);
      expect(await checkpoints.get(['a'])).toEqual([undefined]);
    });

    it('gives the newest state of each key asked for, in the order of the keys', async () => {
      const checkpoints = store();
      await write(
        sliceAt(0, [blob('a', 0, 'a0', 5), blob('b', 0, 'b0')]),
        sliceAt(1, [blob('a', 1, 'a1', 9)]),
      );
      const [b, none, a] = await checkpoints.get(['b', 'none', 'a']);
      expect([textOf(b?.bytes), b?.step, b?.dueAt]).toEqual(['b0', 0, Infinity]);
      expect(none).toBeUndefined();
      expect([a?.key, textOf(a?.bytes), a?.step, a?.dueAt]).toEqual(['a', 'a1', 1, 9]);
    });

    it('has the restart position of the last slice, also when that holds no state', async () => {
      const checkpoints = store();
      await write(sliceAt(0, [blob('a', 0, 'a0')]), sliceAt(1, []));
      expect(await checkpoints.restart()).toEqual({ step: 1, position: 1, asOf: 1 });
    });

    it('lists every key with its step and when it is due', async () => {
      const checkpoints = store();
      const keys = Array.from({ length: 250 }, (_, i) => `k${String(i).padStart(3, '0')}`);
      await write(
        sliceAt(
          0,
          keys.map((key, i) => blob(key, 0, key, i)),
        ),
      );
      expect(await allDue(checkpoints.due())).toEqual(
        keys.map((key, dueAt) => ({ key, step: 0, dueAt, removed: false })),
      );
    });

    it('keeps a tombstone until it is forgotten', async () => {
      const checkpoints = store();
      await write(
        sliceAt(0, [blob('a', 0, 'a0'), blob('b', 0, 'b0')]),
        sliceAt(1, [tombstone('a', 1)]),
      );
      expect(await checkpoints.get(['a'])).toEqual([tombstone('a', 1)]);
      expect((await allDue(checkpoints.due()))[0]).toMatchObject({ step: 1, removed: true });
      await write(sliceAt(2, [], ['a']));
      expect(await checkpoints.get(['a'])).toEqual([undefined]);
      expect((await allDue(checkpoints.due())).map(({ key }) => key)).toEqual(['b']);
    });

    it('takes keys of any characters, and states of no bytes', async () => {
      const checkpoints = store();
      const keys = ['银行:客户', 'a b', 's:', 'd;', '😀'];
      await write(
        sliceAt(
          0,
          keys.map((key) => blob(key, 0, '')),
        ),
      );
      const found = await checkpoints.get(keys);
      expect(found.map((one) => [one?.key, one?.bytes?.byteLength])).toEqual(
        keys.map((key) => [key, 0]),
      );
      expect(new Set((await allDue(checkpoints.due())).map(({ key }) => key))).toEqual(
        new Set(keys),
      );
    });

    it('is not changed by what the owner does with its bytes later', async () => {
      const checkpoints = store();
      const bytes = Buffer.from('before');
      await write(sliceAt(0, [{ key: 'a', step: 0, dueAt: 1, bytes }]));
      bytes.fill(0);
      expect(textOf((await checkpoints.get(['a']))[0]?.bytes)).toBe('before');
    });
  });
}
