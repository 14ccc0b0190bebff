import { commitOf } from '../../contracts/subject.contract';
import type { Kafka, KafkaRecord, Reader, TopicPartition, Transactions } from './kafka';
import { kafkaLedger } from './ledger';
import { topicNames } from './topic-names';

const names = topicNames({ prefix: 'bank', partitioned: [], global: [] });

/** A broker with one journal; what the real ones do is tried in test/integration/cluster. */
function ledgerOver(records: readonly KafkaRecord[]) {
  const places = new Set<string>();
  let next = records.length;
  const placeOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;
  const view: Pick<Reader, 'bounds' | 'read' | 'expect' | 'release' | 'close'> = {
    bounds: async () => ({ first: 0, next }),
    read: async (at, from, limit) => {
      places.add(placeOf(at));
      const some = records.slice(from, from + limit.records);
      return { records: some, next: from + some.length };
    },
    expect: () => undefined,
    release: (at) => at.forEach((one) => places.delete(placeOf(one))),
    close: async () => places.clear(),
  };
  const transactions: Transactions = {
    commit: async (written) => {
      next += 1;
      return new Map(written.map((one) => [placeOf(one), next - 1]));
    },
    skewMs: () => undefined,
    close: async () => undefined,
  };
  const kafka: Pick<Kafka, 'transactions'> = { transactions: async () => transactions };
  const ledger = kafkaLedger({
    kafka: kafka as Kafka,
    reader: { ...view, view: () => view } as unknown as Reader,
    names,
    ...{ application: 'a', generation: 1, partition: 3, group: 'a' },
    frame: { wrap: (bytes) => bytes, open: async (value) => value.subarray(5) },
  });
  return { ledger, places };
}

const stepAt = (offset: number): KafkaRecord => ({
  offset,
  key: undefined,
  value: Buffer.concat([Buffer.alloc(5), commitOf(offset).bytes]),
  timestamp: 0,
});

it('does not fetch its own steps: what was read of the journal is given back when it is written', async () => {
  const { ledger, places } = ledgerOver([stepAt(0), stepAt(1)]);
  const owner = await ledger.fence();
  expect(await ledger.read(0, 10)).toHaveLength(2);
  expect(places.size).toBe(1);
  await ledger.commit(owner, commitOf(2));
  expect(places.size).toBe(0);
});

it('reads on after that, as one does whose commit got no answer', async () => {
  const { ledger } = ledgerOver([stepAt(0), stepAt(1)]);
  await ledger.commit(await ledger.fence(), commitOf(2));
  const [step] = await ledger.read(1, 1);
  expect(step?.record.step).toBe(1);
});
