import { Fenced, StateLost } from '../errors';
import type { Blob, PutOutcome, StateStore } from '../ports';
import { allDue, blob, eachWith, textOf, tombstone, type Subject } from './subject.contract';

/** What every copy of all states does, for an adapter that has one. */
export function stateStoreContract(name: string, make: () => Promise<Subject>): void {
  describe(`${name}: the state store`, () => {
    const subject = eachWith(make);

    function store(): StateStore {
      const { states } = subject();
      if (states === undefined) throw new Error('the adapter has no state store');
      return states;
    }

    const put = (
      owner: number,
      previous: number | undefined,
      step: number | undefined,
      ...blobs: Blob[]
    ): Promise<PutOutcome> => store().put({ owner, previous, step, blobs });

    const get = async (
      keys: readonly string[],
      owner = 1,
    ): Promise<readonly (Blob | undefined)[]> =>
      store().get({ owner, watermark: await store().open(owner) }, keys);

    it('has no watermark and no keys at first', async () => {
      expect(await store().open(1)).toBeUndefined();
      expect(await allDue(store().due())).toEqual([]);
      expect(await get(['a'])).toEqual([undefined]);
    });

    it('moves its watermark with each write', async () => {
      await store().open(1);
      expect(await put(1, undefined, 4, blob('a', 4, 'a4', 9))).toBe('applied');
      expect(await put(1, 4, 7, blob('b', 7, 'b7'))).toBe('applied');
      expect(await store().open(1)).toBe(7);
      const [a] = await get(['a']);
      expect([a?.step, a?.dueAt, textOf(a?.bytes)]).toEqual([4, 9, 'a4']);
      expect(await allDue(store().due())).toEqual([
        { key: 'a', step: 4, dueAt: 9, removed: false },
        { key: 'b', step: 7, dueAt: Infinity, removed: false },
      ]);
    });

    it('says that a write is already there, and changes nothing', async () => {
      await store().open(1);
      await put(1, undefined, 4, blob('a', 4, 'a4'));
      expect(await put(1, undefined, 4, blob('a', 5, 'again'))).toBe('already');
      expect(await put(1, 2, 3, blob('a', 5, 'again'))).toBe('already');
      expect(textOf((await get(['a']))[0]?.bytes)).toBe('a4');
    });

    it('says that writes before this one are missing, and changes nothing', async () => {
      await store().open(1);
      expect(await put(1, 3, 4, blob('a', 4, 'a4'))).toBe('gap');
      await put(1, undefined, 4, blob('a', 4, 'a4'));
      expect(await put(1, 5, 6, blob('a', 6, 'a6'))).toBe('gap');
      expect(await store().open(1)).toBe(4);
      expect(textOf((await get(['a']))[0]?.bytes)).toBe('a4');
    });

    it('keeps a state of the same or a later step', async () => {
      await store().open(1);
      await put(1, undefined, undefined, blob('a', 9, 'a9'), blob('b', 4, 'b4'));
      const write = [blob('a', 5, 'a5'), blob('b', 4, 'other'), blob('c', 5, 'c5')];
      expect(await put(1, undefined, 5, ...write)).toBe('applied');
      const found = await get(['a', 'b', 'c']);
      expect(found.map((one) => textOf(one?.bytes))).toEqual(['a9', 'b4', 'c5']);
    });

    it('has no watermark while it is being rebuilt', async () => {
      await store().open(1);
      expect(await put(1, undefined, undefined, blob('a', 3, 'a3'))).toBe('applied');
      expect(await put(1, undefined, undefined, blob('b', 2, 'b2'))).toBe('applied');
      expect(await store().open(1)).toBeUndefined();
      expect(await put(1, undefined, 3)).toBe('applied');
      expect(await store().open(1)).toBe(3);
    });

    it('keeps tombstones', async () => {
      await store().open(1);
      await put(1, undefined, 1, blob('a', 1, 'a1', 5));
      await put(1, 1, 2, tombstone('a', 2));
      expect(await get(['a'])).toEqual([tombstone('a', 2)]);
      expect((await allDue(store().due()))[0]).toMatchObject({ step: 2, removed: true });
    });

    it('refuses an owner whom a later one has followed, whatever it wants', async () => {
      await store().open(1);
      await put(1, undefined, 1, blob('a', 1, 'a1'));
      await store().open(2);
      expect(await put(1, 1, 2, blob('a', 2, 'late'))).toBe('fenced');
      expect(await store().forget(1)).toBe('fenced');
      await expect(store().open(1)).rejects.toThrow(Fenced);
      expect(textOf((await get(['a'], 2))[0]?.bytes)).toBe('a1');
      expect(await put(2, 1, 2, blob('a', 2, 'a2'))).toBe('applied');
    });

    it('does not answer a reader who takes it to be at another watermark', async () => {
      await store().open(1);
      await put(1, undefined, 4, blob('a', 4, 'a4'));
      await expect(store().get({ owner: 1, watermark: 5 }, ['a'])).rejects.toThrow(StateLost);
      await expect(store().get({ owner: 1, watermark: undefined }, ['a'])).rejects.toThrow(
        StateLost,
      );
      expect(await store().get({ owner: 1, watermark: 4 }, ['a'])).toHaveLength(1);
      await store().open(2);
      await expect(store().get({ owner: 1, watermark: 4 }, ['a'])).rejects.toThrow(Fenced);
    });

    it('takes no part of a rebuild from an owner whom it has forgotten', async () => {
      await store().open(1);
      expect(await put(2, undefined, undefined, blob('b', 3, 'b3'))).toBe('gap');
      await expect(store().get({ owner: 2, watermark: undefined }, ['b'])).rejects.toThrow(
        StateLost,
      );
      expect(await allDue(store().due())).toEqual([]);
    });

    it('forgets all of it', async () => {
      await store().open(1);
      await put(1, undefined, 1, blob('a', 1, 'a1'));
      expect(await store().forget(1)).toBe('applied');
      expect(await store().open(1)).toBeUndefined();
      expect(await get(['a'])).toEqual([undefined]);
      expect(await allDue(store().due())).toEqual([]);
      expect(await put(1, undefined, 1, blob('a', 1, 'anew'))).toBe('applied');
    });
  });
}
