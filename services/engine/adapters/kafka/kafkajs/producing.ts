import type { Produced } from 'kafkajs/src/protocol/requests/produce/v7/response';
import type { ProducedRecord } from '../kafka';
import { answerOf, isForGood, isForNow, refusalOf, TimedOut } from './errors';
import type { Link } from './link';
import { produceExchange } from './produce-request';
import {
  asBuffer,
  exchange,
  type Broker,
  type InTransaction,
  type Message,
  type ProducerId,
} from './protocol-codec';

/** All records of a partition in one request are one batch, and brokers refuse those over 1 MiB. */
const BATCH_BYTES = 900_000;
const BATCH_RECORDS = 2_000;
/** Lengths, deltas and attributes of a record beside its key and value, at most, bytes. */
const RECORD_BYTES = 40;
/** Two lengths. */
const HEADER_BYTES = 10;
/** How long a broker may wait for its followers, ms. */
const ACKS_MS = 8_000;
const MOVED_MS = 20;
/** Sequence numbers begin again at 0 after 2^31 - 1. */
const SEQUENCES = 2 ** 31;

/** A producer id with the sequence numbers that it has used, by partition. */
export interface Sender {
  readonly identity: ProducerId | InTransaction;
  readonly next: Map<string, number>;
  /** Whether what has got no answer is sent again; else it is an error. */
  readonly isInsisting: boolean;
  /** How far our clock was before that of a broker at its last answer, ms, where it stamps records itself. */
  skewMs: number | undefined;
}

export const sender = (identity: ProducerId | InTransaction, isInsisting: boolean): Sender => ({
  identity,
  next: new Map(),
  isInsisting,
  skewMs: undefined,
});

/** Where the records of one partition went; others may have written between them. */
export interface Written {
  readonly first: number;
  readonly last: number;
}

interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly place: string;
  readonly firstSequence: number;
  readonly messages: Message[];
}

/**
 * Writes records, those of a partition in their order. A batch that a broker has refused for now is sent
 * again with the numbers it had, by which brokers drop what they have already.
 * @param until when to give up, UTC milliseconds
 * @returns the places by `topic/partition`
 */
export async function produceAll(
  link: Link,
  from: Sender,
  records: readonly ProducedRecord[],
  until: number,
): Promise<ReadonlyMap<string, Written>> {
  const written = new Map<string, Written>();
  for (const round of roundsOf(from, records)) {
    for (let left: readonly Batch[] = round; left.length > 0;) {
      left = await produceRound(link, from, left, written);
      if (left.length === 0) break;
      if (Date.now() >= until) throw new TimedOut('no leader took the records in time');
      await link.pause(MOVED_MS);
      link.check();
      await link.refresh();
    }
  }
  return written;
}

/** Batches of one partition go one after the other, those of several at once. */
function roundsOf(from: Sender, records: readonly ProducedRecord[]): Batch[][] {
  const rounds: Batch[][] = [];
  const open = new Map<string, { batch: Batch; bytes: number; round: number }>();
  for (const record of records) {
    const { topic, partition } = record;
    const place = `${topic}/${partition}`;
    const message = messageOf(record);
    const bytes = bytesIn(message);
    const known = open.get(place);
    const sequence = from.next.get(place) ?? 0;
    from.next.set(place, (sequence + 1) % SEQUENCES);
    if (
      known !== undefined &&
      known.bytes + bytes <= BATCH_BYTES &&
      known.batch.messages.length < BATCH_RECORDS
    ) {
      known.batch.messages.push(message);
      known.bytes += bytes;
      continue;
    }
    const batch = { topic, partition, place, firstSequence: sequence, messages: [message] };
    const round = known === undefined ? 0 : known.round + 1;
    (rounds[round] ??= []).push(batch);
    open.set(place, { batch, bytes, round });
  }
  return rounds;
}

const messageOf = ({ key, value, headers, timestamp }: ProducedRecord): Message => ({
  key: key === null || typeof key === 'string' ? key : asBuffer(key),
  value: value === null ? null : asBuffer(value),
  headers,
  timestamp,
});

/** About so many at most. */
function bytesIn({ key, value, headers = [] }: Message): number {
  let bytes = (key === null ? 0 : Buffer.byteLength(key)) + (value?.length ?? 0) + RECORD_BYTES;
  for (const header of headers) {
    bytes += Buffer.byteLength(header.name) + (header.value?.length ?? 0) + HEADER_BYTES;
  }
  return bytes;
}

/** @returns the batches that are to be sent again */
async function produceRound(
  link: Link,
  from: Sender,
  batches: readonly Batch[],
  written: Map<string, Written>,
): Promise<readonly Batch[]> {
  const byLeader = new Map<Broker, Batch[]>();
  const left: Batch[] = [];
  for (const batch of batches) {
    const leader = await leaderOf(link, batch);
    if (leader === undefined) left.push(batch);
    else byLeader.set(leader, [...(byLeader.get(leader) ?? []), batch]);
  }
  const sent = [...byLeader].map(async ([leader, those]) => {
    const isTaken = await send(link, from, leader, those, written);
    if (!isTaken) left.push(...those);
  });
  await Promise.all(sent);
  return left;
}

/** Undefined: there is none that can be reached now. Nothing was sent yet, so every fault may pass. */
async function leaderOf(link: Link, { topic, partition }: Batch): Promise<Broker | undefined> {
  try {
    return await link.leader(topic, partition);
  } catch (error) {
    if (isForGood(error)) throw refusalOf(error, [topic]) ?? error;
    return undefined;
  }
}

/** @returns whether all were taken; if not, some may have been */
async function send(
  link: Link,
  from: Sender,
  leader: Broker,
  batches: readonly Batch[],
  written: Map<string, Written>,
): Promise<boolean> {
  const { identity, isInsisting } = from;
  try {
    const limits = { timeoutMs: ACKS_MS, timestamp: Date.now() };
    const answer = await exchange(leader, produceExchange(identity, batches, limits));
    note(batches, answer, written);
    from.skewMs = skewIn(answer, Date.now()) ?? from.skewMs;
    return true;
  } catch (error) {
    if (isForNow(error)) return false;
    const refusal = refusalOf(error, largestFirst(batches));
    if (refusal !== undefined) throw refusal;
    if (!isInsisting || answerOf(error) !== undefined || isForGood(error)) throw error;
    link.drop();
    return false;
  }
}

/** The topics of batches: a broker's answer does not reach us with the one that it is about. */
const largestFirst = (batches: readonly Batch[]): string[] =>
  [...batches].sort((a, b) => bytesOf(b) - bytesOf(a)).map(({ topic }) => topic);

const bytesOf = ({ messages }: Batch): number =>
  messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);

function note(
  batches: readonly Batch[],
  { topics }: Produced,
  written: Map<string, Written>,
): void {
  const bases = new Map<string, number>();
  for (const { topicName, partitions } of topics) {
    for (const { partition, baseOffset } of partitions) {
      bases.set(`${topicName}/${partition}`, Number(baseOffset));
    }
  }
  for (const { place, messages } of batches) {
    const base = bases.get(place);
    if (base === undefined) throw new Error(`a broker said nothing of ${place}`);
    const first = written.get(place)?.first ?? base;
    written.set(place, { first, last: base + messages.length - 1 });
  }
}

/** Undefined: no topic in it has the time of the broker. */
function skewIn({ topics }: Produced, now: number): number | undefined {
  for (const { partitions } of topics) {
    for (const { logAppendTime } of partitions) {
      const appendedAt = Number(logAppendTime);
      if (appendedAt >= 0) return now - appendedAt;
    }
  }
  return undefined;
}
