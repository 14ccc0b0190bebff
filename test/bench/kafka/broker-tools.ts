import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, KafkaJSError, logLevel, Partitioners, type Admin, type Producer } from 'kafkajs';
import { partitionOf } from '@tidemark/engine/partitioner';
import { encodeEvent, eventAt, keyOf, type Stream } from './events';

/** What feeds and watches the clients under test: plain kafkajs, the same for all of them. */
export const connectTo = (bootstrap: string): Kafka =>
  new Kafka({
    clientId: 'bench',
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, maxRetryTime: 500, retries: 50 },
  });

export const PARTITIONS = 4;

export interface NewTopic {
  readonly name: string;
  readonly partitions?: number;
  readonly config?: Readonly<Record<string, string>>;
}

/** Resolves when all of them can be written to. */
export async function createTopics(admin: Admin, topics: readonly NewTopic[]): Promise<void> {
  await patiently(() =>
    admin.createTopics({
      waitForLeaders: true,
      topics: topics.map(({ name, partitions = PARTITIONS, config = {} }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor: 1,
        configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      })),
    }),
  );
  for (const { name } of topics) await recordsIn(admin, name);
}

const PATIENCE_MS = 30_000;
const AGAIN_MS = 50;

/** Asks again while a broker has yet to learn what the controller has decided. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const last = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isForNow = error instanceof KafkaJSError && error.retriable;
      if (!isForNow || performance.now() > last) throw error;
      await pause(AGAIN_MS);
    }
  }
}

export async function removeTopics(
  admin: Admin,
  isMeant: (name: string) => boolean,
): Promise<void> {
  const topics = (await admin.listTopics()).filter(isMeant);
  if (topics.length > 0) await admin.deleteTopics({ topics });
}

/** Records of a topic so far. */
export async function recordsIn(admin: Admin, topic: string): Promise<number> {
  const offsets = await patiently(() => admin.fetchTopicOffsets(topic));
  return offsets.reduce((sum, { offset }) => sum + Number(offset), 0);
}

/** Records of a topic that a group has committed; undefined: the coordinator does not say now. */
export async function committedBy(
  admin: Admin,
  group: string,
  topic: string,
): Promise<number | undefined> {
  try {
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    const offsets = found?.partitions.map(({ offset }) => Math.max(0, Number(offset))) ?? [];
    return offsets.reduce((sum, offset) => sum + offset, 0);
  } catch (error) {
    // of a fresh cluster, or while its partition of the offsets topic is being loaded
    if (error instanceof KafkaJSError && error.retriable) return undefined;
    throw error;
  }
}

export async function newProducer(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  return producer;
}

export interface Message {
  readonly key: string;
  readonly value: Buffer;
  readonly partition: number;
}

/** An event as a message; the partition as any Java producer would choose it. */
export function messageOf(stream: Stream, n: number, schemaId: number, at?: number): Message {
  const event = eventAt(stream, n, at);
  const key = keyOf(event.customer);
  const partition = partitionOf(key, PARTITIONS);
  return { key, value: encodeEvent(event, schemaId), partition };
}

/** kafkajs sorts the records of one send by partition in quadratic time. */
const SEND_RECORDS = 2_000;
const IN_FLIGHT = 3;

/** Writes messages as fast as it goes; resolves when all are acknowledged. */
export async function feed(
  kafka: Kafka,
  topic: string,
  messages: Iterable<Message>,
): Promise<number> {
  const producer = await newProducer(kafka);
  const flying = new Set<Promise<void>>();
  let batch: Message[] = [];
  let sent = 0;
  const send = async (): Promise<void> => {
    while (flying.size >= IN_FLIGHT) await Promise.race(flying);
    const answer: Promise<void> = producer
      .send({ topic, messages: batch, acks: -1 })
      .then(() => void flying.delete(answer));
    flying.add(answer);
    sent += batch.length;
    batch = [];
  };
  for (const message of messages) {
    batch.push(message);
    if (batch.length >= SEND_RECORDS) await send();
  }
  if (batch.length > 0) await send();
  await Promise.all(flying);
  await producer.disconnect();
  return sent;
}

/** The events of a stream from one number up to before another. */
export function* messagesOf(
  stream: Stream,
  from: number,
  to: number,
  schemaId: number,
): Generator<Message> {
  for (let n = from; n < to; n += 1) yield messageOf(stream, n, schemaId);
}
