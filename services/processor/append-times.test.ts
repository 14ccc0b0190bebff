import type { LogRecord, TopicLog } from '@tidemark/engine/ports';
import { timedLog, type TimedLog } from './append-times';

/** A topic that holds something already. */
function topic(before: number): { log: TimedLog; tick: (ms: number) => void } {
  const values: Uint8Array[] = Array.from({ length: before }, () => new Uint8Array(1));
  let now = 1_000;
  const inputs: TopicLog = {
    bounds: () => Promise.resolve({ first: 0, next: values.length }),
    changed: () => Promise.resolve(),
    read: (_topic, from, { records }) => {
      const found = values
        .slice(from, from + records)
        .map((value, i): LogRecord => ({ offset: from + i, value }));
      return Promise.resolve({ records: found, next: from + found.length });
    },
  };
  const append = (_topic: string, more: readonly Uint8Array[]): Promise<number> => {
    const first = values.length;
    values.push(...more);
    return Promise.resolve(first);
  };
  return {
    log: timedLog('events', inputs, { append }, () => now),
    tick: (ms) => {
      now += ms;
    },
  };
}

const VALUES = [new Uint8Array(1), new Uint8Array(1)];
const timesOf = async ({ inputs }: TimedLog, from: number, records = 100) =>
  (await inputs.read('events', from, { records, bytes: 1e6 })).records.map(
    ({ appendedAt }) => appendedAt,
  );

describe('a log that remembers when it was appended to', () => {
  it('says of each record when it came, and nothing of those from before', async () => {
    const { log, tick } = topic(1);
    await log.writer.append('events', VALUES);
    tick(50);
    await log.writer.append('events', VALUES);
    expect(await timesOf(log, 0)).toEqual([undefined, 1_000, 1_000, 1_050, 1_050]);
    expect(log.appendedAt(3)).toBe(1_050);
    expect(log.appendedAt(5)).toBeUndefined();
  });

  it('tells of the oldest that has not been read', async () => {
    const { log, tick } = topic(0);
    await log.writer.append('events', VALUES);
    tick(7);
    await log.writer.append('events', VALUES);
    expect(await timesOf(log, 1, 2)).toEqual([1_000, 1_007]);
    expect(log.appendedAt(3)).toBe(1_007);
  });

  it('forgets what was read, however much comes', async () => {
    const { log } = topic(0);
    for (let i = 0; i < 5_000; i += 1) await log.writer.append('events', VALUES);
    expect(await timesOf(log, 9_998)).toEqual([1_000, 1_000]);
    expect(log.appendedAt(0)).toBeUndefined();
    expect(log.appendedAt(9_999)).toBe(1_000);
  });

  it('takes only its own topic', async () => {
    const { log } = topic(0);
    await log.writer.append('others', VALUES);
    expect(await timesOf(log, 0)).toEqual([undefined, undefined]);
  });
});
