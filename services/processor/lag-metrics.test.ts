import type { Reader } from '@tidemark/engine/adapters/kafka/kafka';
import { topicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import { PartitionStopped } from '@tidemark/engine/errors';
import { pause } from '@tidemark/engine/pause';
import { sampleLags, type LagSource } from './lag-metrics';
import { INPUT_TOPICS } from './topics';

const refuse = (): never => {
  throw new Error('nobody asks for this');
};

/** Each partition of each topic has 100 records, appended a minute ago. */
const reader: Reader = {
  bounds: () => Promise.resolve({ first: 0, next: 100 }),
  read: (_at, offset) => {
    const timestamp = Date.now() - 60_000;
    const record = { offset, timestamp, key: undefined, value: new Uint8Array() };
    return Promise.resolve({ records: [record], next: offset + 1 });
  },
  ...{ changed: refuse, release: () => undefined, expect: refuse, close: () => Promise.resolve() },
  view: () => reader,
};

const names = topicNames({ prefix: 'bank', partitioned: INPUT_TOPICS, global: [] });

const admin: LagSource['admin'] = () => ({
  ...{ create: refuse, setConfig: refuse, committed: refuse, cluster: refuse },
  ...{ topics: () => Promise.resolve([]), close: () => Promise.resolve() },
});

describe('lags', () => {
  it('are not told of a partition that recovers: it stands nowhere yet, which is not the beginning', async () => {
    const [topic = ''] = INPUT_TOPICS;
    const lags = sampleLags({
      ...{ reader, names, admin },
      positions: () => [
        { partition: 0, positions: {} },
        { partition: 1, positions: { [topic]: 97 } },
      ],
    });
    while (lags.lagsOf(1).length === 0) await pause(1);
    expect(lags.lagsOf(0)).toEqual([]);
    expect(lags.lagsOf(1)).toContainEqual(expect.objectContaining({ topic, records: 3 }));
    await lags.close();
  });

  it('are told of each partition also where another one stopped at what cannot be read', async () => {
    const [topic = ''] = INPUT_TOPICS;
    const damaged: Reader = {
      ...reader,
      read: (at, offset, limit) =>
        at.partition === 0
          ? Promise.reject(new PartitionStopped('a batch is damaged'))
          : reader.read(at, offset, limit),
    };
    const lags = sampleLags({
      ...{ reader: { ...damaged, view: () => damaged }, names, admin },
      positions: () => [0, 1].map((partition) => ({ partition, positions: { [topic]: 97 } })),
    });
    while (lags.lagsOf(1).length === 0) await pause(1);
    const told = { topic, records: 3 };
    expect(lags.lagsOf(1)).toContainEqual(expect.objectContaining(told));
    const unknown = { ageMs: undefined, retentionLeftMs: undefined };
    expect(lags.lagsOf(0)).toContainEqual({ ...told, ...unknown });
    await lags.close();
  });

  it('are told of what is answered while one topic of one partition is not, which is asked for once', async () => {
    const [topic = '', other = ''] = INPUT_TOPICS;
    let asked = 0;
    const cut: Reader = {
      ...reader,
      bounds: (at) => {
        if (at.partition !== 0 || at.topic !== names.of(topic).topic) return reader.bounds(at);
        asked += 1;
        return new Promise(() => undefined);
      },
    };
    const lags = sampleLags({
      ...{ reader: { ...cut, view: () => cut }, names, admin },
      positions: () => [0, 1].map((partition) => ({ partition, positions: { [topic]: 97 } })),
    });
    while (lags.lagsOf(0).length === 0 || lags.lagsOf(1).length === 0) await pause(10);
    expect(lags.lagsOf(1)).toHaveLength(INPUT_TOPICS.length);
    expect(lags.lagsOf(0).map((lag) => lag.topic)).toEqual(
      INPUT_TOPICS.filter((name) => name !== topic),
    );
    expect(lags.lagsOf(0)).toContainEqual(expect.objectContaining({ topic: other }));
    expect(lags.isHeard()).toBe(true);
    expect(asked).toBe(1);
    await lags.close();
  });
});
