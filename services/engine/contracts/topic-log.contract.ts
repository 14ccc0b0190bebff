import { PositionGone } from '../errors';
import {
  bytesOf,
  eachWith,
  OTHER_TOPIC,
  readAll,
  textOf,
  TOPIC,
  values,
  type Subject,
} from './subject.contract';

const ALL = { records: 1000, bytes: 1 << 20 };
const WHOLE_MINUTE = 60_000;

/** What every log of a topic does, and whoever writes to it. */
export function topicLogContract(name: string, make: () => Promise<Subject>): void {
  describe(`${name}: topics as logs`, () => {
    const subject = eachWith(make);

    it('has bounds 0 to 0 and no records while nothing was appended', async () => {
      const { inputs } = subject();
      expect(await inputs.bounds(TOPIC)).toEqual({ first: 0, next: 0 });
      expect(await readAll(inputs, TOPIC, 0)).toEqual({ records: [], next: 0 });
    });

    it('gives the records of appends in order, with offsets without a gap', async () => {
      const { inputs, writer } = subject();
      expect(await writer.append(TOPIC, values(3, 'a'))).toBe(0);
      expect(await writer.append(TOPIC, values(2, 'b'))).toBe(3);
      const { records, next } = await readAll(inputs, TOPIC, 0);
      expect(records.map(({ offset, value }) => [offset, textOf(value)])).toEqual([
        [0, 'a0'],
        [1, 'a1'],
        [2, 'a2'],
        [3, 'b0'],
        [4, 'b1'],
      ]);
      expect(next).toBe(5);
      expect(await inputs.bounds(TOPIC)).toEqual({ first: 0, next: 5 });
    });

    it('keeps appends whole and in the order of the calls when they are not waited for', async () => {
      const { inputs, writer } = subject();
      const appends = Array.from({ length: 20 }, (_, i) =>
        writer.append(TOPIC, values(3, `${i}-`)),
      );
      expect(await Promise.all(appends)).toEqual(Array.from({ length: 20 }, (_, i) => 3 * i));
      const { records } = await readAll(inputs, TOPIC, 0);
      expect(records.map(({ value }) => textOf(value))).toEqual(
        Array.from({ length: 60 }, (_, i) => `${Math.floor(i / 3)}-${i % 3}`),
      );
    });

    it('keeps topics apart', async () => {
      const { inputs, writer } = subject();
      await writer.append(TOPIC, values(2));
      expect(await writer.append(OTHER_TOPIC, values(1))).toBe(0);
      expect(await inputs.bounds(OTHER_TOPIC)).toEqual({ first: 0, next: 1 });
    });

    it('takes an append of nothing, and a record of no bytes', async () => {
      const { inputs, writer } = subject();
      await writer.append(TOPIC, values(1));
      expect(await writer.append(TOPIC, [])).toBe(1);
      expect(await writer.append(TOPIC, [bytesOf('')])).toBe(1);
      const { records } = await readAll(inputs, TOPIC, 1);
      expect(records.map(({ offset, value }) => [offset, value.byteLength])).toEqual([[1, 0]]);
    });

    it('is not changed by what the writer does with its bytes later', async () => {
      const { inputs, writer } = subject();
      const value = bytesOf('before');
      await writer.append(TOPIC, [value]);
      value.fill(0);
      const { records } = await readAll(inputs, TOPIC, 0);
      expect(textOf(records[0]?.value)).toBe('before');
    });

    it('ends a read at the number of records, from anywhere', async () => {
      const { inputs, writer } = subject();
      await writer.append(TOPIC, values(4));
      await writer.append(TOPIC, values(4, 'w'));
      const { records, next } = await readAll(inputs, TOPIC, 2, 3);
      expect(records.map(({ value }) => textOf(value))).toEqual(['v2', 'v3', 'w0']);
      expect(next).toBe(5);
    });

    it('ends a read once so many bytes are reached, and gives one record in any case', async () => {
      const { inputs, writer } = subject();
      await writer.append(TOPIC, values(9));
      const few = await inputs.read(TOPIC, 0, { records: 9, bytes: 5 });
      expect(few.records.length).toBe(3);
      expect(few.next).toBe(3);
      const one = await inputs.read(TOPIC, 3, { records: 9, bytes: 0 });
      expect(one.records.length).toBe(1);
    });

    it('says that a position is gone before the first and after the next', async () => {
      const { inputs, writer } = subject();
      await writer.append(TOPIC, values(2));
      await expect(inputs.read(TOPIC, 3, ALL)).rejects.toThrow(PositionGone);
      await expect(inputs.read(TOPIC, -1, ALL)).rejects.toThrow(PositionGone);
      expect(await readAll(inputs, TOPIC, 2)).toEqual({ records: [], next: 2 });
    });

    it('refuses a topic that it does not have', async () => {
      const { inputs, writer } = subject();
      await expect(inputs.read('unheard-of', 0, ALL)).rejects.toThrow('unheard-of');
      await expect(writer.append('unheard-of', values(1))).rejects.toThrow('unheard-of');
    });

    it('reads on beyond offsets that hold no record', async () => {
      const { inputs, writer, leaveGap } = subject();
      if (leaveGap === undefined) return;
      await writer.append(TOPIC, values(2));
      leaveGap(TOPIC, 2);
      await writer.append(TOPIC, values(1, 'w'));
      leaveGap(TOPIC, 1);
      const { records, next } = await readAll(inputs, TOPIC, 2);
      expect(records.map(({ offset }) => offset)).toEqual([4]);
      expect(next).toBe(6);
      expect((await inputs.read(TOPIC, 1, { ...ALL, records: 1 })).next).toBe(4);
    });

    it('is the same for the next process', async () => {
      const { writer, reopen } = subject();
      await writer.append(TOPIC, values(3));
      const again = await reopen();
      try {
        const { records } = await readAll(again.inputs, TOPIC, 0);
        expect(records.map(({ value }) => textOf(value))).toEqual(['v0', 'v1', 'v2']);
        expect(await again.writer.append(TOPIC, values(1))).toBe(3);
      } finally {
        await again.close();
      }
    });
  });

  describe(`${name}: waiting for records`, () => {
    const subject = eachWith(make);

    it('does not wait where a record is there', async () => {
      const { inputs, writer } = subject();
      await writer.append(TOPIC, values(1));
      await inputs.changed(new Map([[TOPIC, 0]]), WHOLE_MINUTE);
    });

    it('ends with an append to one of the topics', async () => {
      const { inputs, writer } = subject();
      await writer.append(TOPIC, values(1));
      const waited = inputs.changed(
        new Map([
          [TOPIC, 1],
          [OTHER_TOPIC, 0],
        ]),
        WHOLE_MINUTE,
      );
      await writer.append(OTHER_TOPIC, values(1));
      await waited;
    });

    it('does not end with an append before its position, and ends when the time is over', async () => {
      const { inputs, writer } = subject();
      let ended = false;
      const waited = inputs.changed(new Map([[TOPIC, 5]]), 2_000).then(() => {
        ended = true;
      });
      await writer.append(TOPIC, values(1));
      expect(ended).toBe(false);
      await waited;
    });
  });
}
