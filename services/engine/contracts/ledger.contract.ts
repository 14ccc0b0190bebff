import { Fenced, PositionGone } from '../errors';
import type { CheckpointSlice } from '../ports';
import {
  statesIn,
  blob,
  commitOf,
  eachWith,
  output,
  OUTPUT_TOPIC,
  readAll,
  textOf,
  type Subject,
} from './subject.contract';

const ALL = { records: 1000, bytes: 1 << 20 };

const sliceOf = (step: number): CheckpointSlice => ({
  blobs: [blob('k', step, `after ${step}`, 77)],
  forgotten: [],
  restart: { step, position: step, asOf: step },
});

/** What every ledger does: one owner, and steps that are there as a whole or not at all. */
export function ledgerContract(name: string, make: () => Promise<Subject>): void {
  describe(`${name}: the ledger`, () => {
    const subject = eachWith(make);

    it('is empty at first', async () => {
      const { ledger } = subject();
      await ledger.fence();
      expect(await ledger.last()).toBeUndefined();
      expect(await ledger.read(0, 10)).toEqual([]);
    });

    it('gives back the steps from a position on, in order, with the bytes that were written', async () => {
      const { ledger } = subject();
      const owner = await ledger.fence();
      const positions: number[] = [];
      for (let step = 0; step < 5; step += 1) {
        positions.push(await ledger.commit(owner, commitOf(step)));
      }
      expect([...positions].sort((a, b) => a - b)).toEqual(positions);
      expect(new Set(positions).size).toBe(5);
      const some = await ledger.read(positions[2] ?? 0, 2);
      expect(some.map(({ record, position }) => [record.step, position])).toEqual([
        [2, positions[2]],
        [3, positions[3]],
      ]);
      expect(some.map(({ bytes }) => Buffer.from(bytes))).toEqual(
        [2, 3].map((step) => Buffer.from(commitOf(step).bytes)),
      );
      expect((await ledger.last())?.record).toEqual(commitOf(4).journal);
      expect((await ledger.last())?.position).toBe(positions[4]);
    });

    it('says that a position behind the end is gone', async () => {
      const { ledger } = subject();
      const position = await ledger.commit(await ledger.fence(), commitOf(0));
      await expect(ledger.read(position + 1000, 10)).rejects.toThrow(PositionGone);
      await expect(ledger.read(-1, 10)).rejects.toThrow(PositionGone);
    });

    it('gives each owner a greater token', async () => {
      const { ledger } = subject();
      const first = await ledger.fence();
      const second = await ledger.fence();
      expect(second).toBeGreaterThan(first);
      await ledger.commit(second, commitOf(0));
      expect(await ledger.fence()).toBeGreaterThan(second);
    });

    it('refuses the commit of an earlier owner, and nothing of it is there', async () => {
      const { ledger, outputs, checkpoints } = subject();
      const old = await ledger.fence();
      await ledger.commit(old, commitOf(0));
      const owner = await ledger.fence();
      const late = commitOf(1, [output('late')], sliceOf(1));
      await expect(ledger.commit(old, late)).rejects.toThrow(Fenced);
      expect((await ledger.last())?.record.step).toBe(0);
      expect(await outputs.bounds(OUTPUT_TOPIC)).toEqual({ first: 0, next: 0 });
      expect(await checkpoints.restart()).toBeUndefined();
      await ledger.commit(owner, commitOf(1));
    });

    it('shows the new owner all that the earlier one had begun to commit', async () => {
      const { ledger } = subject();
      let next = 0;
      for (const turns of [0, 1, 2, 3, 5, 8, 13]) {
        const old = await ledger.fence();
        const under = Promise.allSettled([
          ledger.commit(old, commitOf(next)),
          ledger.commit(old, commitOf(next + 1)),
        ]);
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
        await ledger.fence();
        const seen = (await ledger.last())?.record.step ?? -1;
        const settled = await under;
        expect(settled.filter(({ status }) => status === 'fulfilled').length).toBe(seen + 1 - next);
        next = seen + 1;
      }
      await ledger.commit(await ledger.fence(), commitOf(next));
    });

    it('publishes the outputs of a step with it, each topic in order from 0', async () => {
      const { ledger, outputs } = subject();
      const owner = await ledger.fence();
      await ledger.commit(owner, commitOf(0));
      await ledger.commit(owner, commitOf(1, [output('a'), output('x', 'tasks'), output('b')]));
      await ledger.commit(owner, commitOf(2));
      await ledger.commit(owner, commitOf(3, [output('c')]));
      const { records } = await readAll(outputs, OUTPUT_TOPIC, 0);
      expect(records.map(({ value }) => textOf(value))).toEqual(['a', 'b', 'c']);
      const [a, b, c] = records.map(({ offset }) => offset);
      expect(a).toBe(0);
      const later = await readAll(outputs, OUTPUT_TOPIC, b ?? 0);
      expect(later.records.map(({ offset, value }) => [offset, textOf(value)])).toEqual([
        [b, 'b'],
        [c, 'c'],
      ]);
      // a log may use offsets for what is no record
      const { next } = await outputs.bounds(OUTPUT_TOPIC);
      expect(next).toBeGreaterThan(c ?? 0);
      expect(later.next).toBe(next);
      expect((await readAll(outputs, 'tasks', 0)).records).toHaveLength(1);
      await expect(outputs.read(OUTPUT_TOPIC, next + 1000, ALL)).rejects.toThrow(PositionGone);
      const one = await outputs.read(OUTPUT_TOPIC, 0, { ...ALL, records: 1 });
      expect(one.next).toBeGreaterThan(0);
      expect(one.next).toBeLessThanOrEqual(b ?? 0);
    });

    it('tells who waits for an output', async () => {
      const { ledger, outputs } = subject();
      const owner = await ledger.fence();
      await ledger.commit(owner, commitOf(0, [output('a')]));
      const waited = outputs.changed(new Map([[OUTPUT_TOPIC, 1]]), 60_000);
      await ledger.commit(owner, commitOf(1, [output('b')]));
      await waited;
    });

    it('leaves steps, outputs and checkpoint of every answered commit to the next process', async () => {
      const { ledger, reopen } = subject();
      const owner = await ledger.fence();
      for (let step = 0; step < 4; step += 1) {
        await ledger.commit(owner, commitOf(step, [output(`o${step}`)], sliceOf(step)));
      }
      const again = await reopen();
      try {
        const next = await again.ledger.fence();
        expect((await again.ledger.last())?.record.step).toBe(3);
        expect((await readAll(again.outputs, OUTPUT_TOPIC, 0)).records.length).toBe(4);
        expect(await again.checkpoints.restart()).toEqual({ step: 3, position: 3, asOf: 3 });
        expect(await statesIn(again.checkpoints)).toEqual([['k', 3, 77]]);
        await again.ledger.commit(next, commitOf(4, [output('o4')]));
        const { records } = await readAll(again.outputs, OUTPUT_TOPIC, 0);
        expect(records.map(({ value }) => textOf(value))).toEqual(['o0', 'o1', 'o2', 'o3', 'o4']);
      } finally {
        await again.close();
      }
    });
  });
}
