import type { Exchange } from 'kafkajs/src/protocol/requests';
import { decode, parse, type Produced } from 'kafkajs/src/protocol/requests/produce/v7/response';
import { batchBytesMost, writeBatch } from './batch-writing';
import type { InTransaction, Message, ProducerId } from './protocol-codec';

/** The records of one partition, with the numbers by which a broker knows them again. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly firstSequence: number;
  readonly messages: readonly Message[];
}

export interface ProduceLimits {
  /** How long the broker may wait for its followers, ms. */
  readonly timeoutMs: number;
  /** Of all records, UTC milliseconds. */
  readonly timestamp: number;
}

const PRODUCE_KEY = 0;
/** Of Kafka 2.1; newer ones know it too. */
const PRODUCE_VERSION = 7;
const ACKS_ALL = -1;

/**
 * Produce request, version 7: transactional id, acks i16, timeout i32, for each topic its name and for each
 * partition: partition i32, bytes i32, one batch. Written into one buffer.
 */
export function produceExchange(
  identity: ProducerId | InTransaction,
  batches: readonly PartitionBatch[],
  limits: ProduceLimits,
): Exchange<Produced> {
  return {
    request: {
      apiKey: PRODUCE_KEY,
      apiVersion: PRODUCE_VERSION,
      apiName: 'Produce',
      encode: () => {
        const buffer = requestBytes(identity, batches, limits);
        // what kafkajs asks of an encoder
        return Promise.resolve({ buf: buffer, buffer });
      },
    },
    response: { decode, parse },
  };
}

function requestBytes(
  identity: ProducerId | InTransaction,
  batches: readonly PartitionBatch[],
  { timeoutMs, timestamp }: ProduceLimits,
): Buffer {
  const { producerId, producerEpoch } = identity;
  const id = 'transactionalId' in identity ? identity.transactionalId : undefined;
  const topics = byTopic(batches);
  const into = Buffer.allocUnsafe(requestBytesMost(id, topics));
  let at = id === undefined ? into.writeInt16BE(-1, 0) : writeText(into, 0, id);
  at = into.writeInt16BE(ACKS_ALL, at);
  at = into.writeInt32BE(timeoutMs, at);
  at = into.writeInt32BE(topics.size, at);
  for (const [topic, those] of topics) {
    at = writeText(into, at, topic);
    at = into.writeInt32BE(those.length, at);
    for (const { partition, firstSequence, messages } of those) {
      const lengthAt = into.writeInt32BE(partition, at);
      const of = { producerId, producerEpoch, transactional: id !== undefined };
      at = writeBatch(into, lengthAt + 4, { ...of, firstSequence, timestamp, messages });
      into.writeInt32BE(at - lengthAt - 4, lengthAt);
    }
  }
  return into.subarray(0, at);
}

function byTopic(batches: readonly PartitionBatch[]): Map<string, PartitionBatch[]> {
  const topics = new Map<string, PartitionBatch[]>();
  for (const batch of batches) {
    const known = topics.get(batch.topic);
    if (known === undefined) topics.set(batch.topic, [batch]);
    else known.push(batch);
  }
  return topics;
}

function requestBytesMost(
  id: string | undefined,
  topics: ReadonlyMap<string, readonly PartitionBatch[]>,
): number {
  let bytes = textBytes(id ?? '') + 2 + 4 + 4;
  for (const [topic, those] of topics) {
    bytes += textBytes(topic) + 4;
    for (const { messages } of those) bytes += 4 + 4 + batchBytesMost(messages);
  }
  return bytes;
}

const textBytes = (text: string): number => 2 + Buffer.byteLength(text);

function writeText(into: Buffer, at: number, text: string): number {
  const bytes = into.write(text, at + 2);
  into.writeInt16BE(bytes, at);
  return at + 2 + bytes;
}
