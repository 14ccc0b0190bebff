import type { Reader } from '@tidemark/engine/adapters/kafka/kafka';
import { topicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import { pause } from '@tidemark/engine/pause';
import { sampleLags } from './lag-metrics';
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

describe('lags', () => {
  it('are not told of a partition that recovers: it stands nowhere yet, which is not the beginning', async () => {
    const [topic = ''] = INPUT_TOPICS;
    const lags = sampleLags({
      ...{ reader, names },
      admin: () => ({
        ...{ create: refuse, setConfig: refuse, committed: refuse, cluster: refuse },
        ...{ topics: () => Promise.resolve([]), close: () => Promise.resolve() },
      }),
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
});
