import kafkajsRequest from 'kafkajs/src/protocol/requests/produce/v7/request';
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
const batches: readonly PartitionBatch[] = [
  { topic: 'a', partition: 3, firstSequence: 5, messages },
  { topic: 'b', partition: 0, firstSequence: 2 ** 31 - 1, messages: messages.slice(0, 1) },
  { topic: 'a', partition: 4, firstSequence: 0, messages: messages.slice(2, 3) },
];

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
            messages: those.map((message) => ({ ...message, timestamp: TIMESTAMP })),
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

it('writes batches that are read back as they were', async () => {
  const [first] = batches;
  if (first === undefined) throw new Error('there is no batch');
  const written = await bytesOf(produceExchange(IDENTITY, [first], LIMITS).request.encode());
  // transactional id, acks, timeout, topics, a topic of one letter, partitions, partition, length
  const [batch] = batchesIn(written.subarray(2 + 2 + 4 + 4 + 3 + 4 + 4 + 4));
  if (batch === undefined) throw new Error('no batch was read');
  const place = startOf(batch);
  const read = messages.map(() => takeRecord(batch, place));
  expect(place.left).toBe(0);
  expect(read.map(({ key }) => key?.toString() ?? null)).toEqual(messages.map(({ key }) => key));
  expect(read.map(({ value }) => value.length)).toEqual(
    messages.map(({ value }) => value?.length ?? 0),
  );
  expect(read.every(({ timestamp }) => timestamp === TIMESTAMP)).toBe(true);
});
