import kafkajsRequest from 'kafkajs/src/protocol/requests/produce/v7/request';
import type { Header, KafkaRecord } from '../kafka';
import { batchesIn, startOf, takeRecord } from './batch';
import { produceExchange, type PartitionBatch } from './produce-request';
import type { Message } from './protocol-codec';

const TIMESTAMP = 1_764_300_000_123;
const LIMITS = { timeoutMs: 8_000, timestamp: TIMESTAMP };
const IDENTITY = { producerId: '9007199254740993', producerEpoch: 7 };

const bytesOf = async (encoding: Promise<unknown>): Promise<Buffer> =>
  ((await encoding) as { readonly buffer: Buffer }).buffer;

const messages: readonly Message[] = [
  { key: 'bank:1', value: Buffer.from('value') },
  { key: null, value: Buffer.alloc(0) },
  { key: '银行:客户😀', value: null },
  { key: '', value: Buffer.alloc(100_000, 7) },
  ...Array.from({ length: 200 }, (_, i) => ({ key: `k${i}`, value: Buffer.alloc(i, i) })),
];
/** What another producer has written, as it is written once more. */
const copied: readonly Message[] = [
  { key: Buffer.from([0xff, 0]), value: Buffer.from('a'), timestamp: TIMESTAMP - 40_000_000_000 },
  {
    ...{ key: 'k', value: Buffer.from('b'), timestamp: TIMESTAMP - 63 },
    headers: [
      { name: 'traceparent', value: Buffer.from('00-1-2-01') },
      { name: '来源', value: Buffer.alloc(300, 1) },
      { name: '来源', value: Buffer.alloc(0) },
    ],
  },
  { key: null, value: null, timestamp: TIMESTAMP + 5_000_000_000 },
];
const batches: readonly PartitionBatch[] = [
  { topic: 'a', partition: 3, firstSequence: 5, messages },
  { topic: 'b', partition: 0, firstSequence: 2 ** 31 - 1, messages: messages.slice(0, 1) },
  { topic: 'a', partition: 4, firstSequence: 0, messages: messages.slice(2, 3) },
  { topic: 'b', partition: 1, firstSequence: 0, messages: copied },
];

/** Headers as kafkajs wants them. */
function byName(headers: readonly Header[]): Record<string, Buffer[]> {
  const named: Record<string, Buffer[]> = {};
  for (const { name, value } of headers) {
    if (value !== null) (named[name] ??= []).push(Buffer.from(value));
  }
  return named;
}

/** The same as kafkajs writes it: the topics in order, each with its partitions. */
const byKafkajs = (transactionalId: string | null): Promise<Buffer> =>
  bytesOf(
    kafkajsRequest({
      ...IDENTITY,
      ...{ transactionalId, acks: -1, timeout: LIMITS.timeoutMs },
      topicData: ['a', 'b'].map((topic) => ({
        topic,
        partitions: batches
          .filter((batch) => batch.topic === topic)
          .map(({ partition, firstSequence, messages: those }) => ({
            ...{ partition, firstSequence },
            messages: those.map(({ key, value, timestamp, headers = [] }) => ({
              ...{ key, value, timestamp: timestamp ?? TIMESTAMP },
              headers: byName(headers),
            })),
          })),
      })),
    }).encode(),
  );

it('writes the bytes of a transaction that kafkajs writes', async () => {
  const identity = { ...IDENTITY, transactionalId: 'tidemark-1-0' };
  const written = await bytesOf(produceExchange(identity, batches, LIMITS).request.encode());
  expect(written.equals(await byKafkajs('tidemark-1-0'))).toBe(true);
});

it('writes the bytes of an idempotent producer that kafkajs writes', async () => {
  const written = await bytesOf(produceExchange(IDENTITY, batches, LIMITS).request.encode());
  expect(written.equals(await byKafkajs(null))).toBe(true);
});

/** The records of a batch in the topic `a`, read back. */
async function readBack(those: readonly Message[], withHeaders: boolean): Promise<KafkaRecord[]> {
  const batch = { topic: 'a', partition: 3, firstSequence: 0, messages: those };
  const written = await bytesOf(produceExchange(IDENTITY, [batch], LIMITS).request.encode());
  // transactional id, acks, timeout, topics, a topic of one letter, partitions, partition, length
  const [read] = batchesIn(written.subarray(2 + 2 + 4 + 4 + 3 + 4 + 4 + 4));
  if (read === undefined) throw new Error('no batch was read');
  const place = startOf(read);
  const records = those.map(() => takeRecord(read, place, true, withHeaders));
  expect(place.left).toBe(0);
  return records;
}

it('writes batches that are read back as they were', async () => {
  const read = await readBack(messages, false);
  expect(read.map(({ key }) => textOf(key))).toEqual(messages.map(({ key }) => key));
  expect(read.map(({ value }) => value.length)).toEqual(
    messages.map(({ value }) => value?.length ?? 0),
  );
  expect(read.every(({ timestamp }) => timestamp === TIMESTAMP)).toBe(true);
  expect(read.every((record) => !('headers' in record))).toBe(true);
});

it('writes keys that are no text, times and headers as they were', async () => {
  const none: Message = {
    ...{ key: 'none', value: null, timestamp: 0 },
    headers: [{ name: '', value: null }],
  };
  const those = [...copied, none];
  const read = await readBack(those, true);
  expect(read.map(({ timestamp }) => timestamp)).toEqual(those.map(({ timestamp }) => timestamp));
  expect(read.map(({ headers }) => headers)).toEqual(those.map(({ headers = [] }) => headers));
  expect(read[0]?.key).toEqual(copied[0]?.key);
  expect(await readBack(those, false)).toEqual(
    read.map(({ offset, key, value, timestamp }) => ({ offset, key, value, timestamp })),
  );
});

const textOf = (key: Uint8Array | undefined): string | null =>
  key === undefined ? null : Buffer.from(key).toString();
