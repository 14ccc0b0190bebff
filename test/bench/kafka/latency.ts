import { setTimeout as pause } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { quantile } from '../measure';
import { feed, messagesOf, recordsIn } from './broker-tools';
import type { Client } from './client-process';
import type { Place } from './clients';
import { numberOf, unframed, type Stream } from './events';
import { clockMs, startLoad, type Load } from './load';
import { changeType, type ScoringChange } from './scoring-machine';
import { SCHEMA_ID, type Ground } from './throughput';

export interface LatencyPlan {
  readonly eventsPerSecond: number;
  readonly seconds: number;
  /** The load before counts no latencies: code is compiled, caches fill. */
  readonly warmUpSeconds: number;
  readonly stream: Stream;
  /** Number of the first event. */
  readonly from: number;
}

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly changes: number;
  /** Events that were written, the warm-up included. */
  readonly events: number;
  /** Events that were written and not done, looked at every quarter of a second: in the middle, at the end. */
  readonly lag: { readonly middle: number; readonly end: number };
}

/** Tells of the event numbers of changes as they become readable under read_committed. */
export interface Watch {
  readonly close: () => Promise<void>;
}

/** kafkajs, read_committed, from the end of the topic on; resolves when it reads. */
export async function watchChanges(
  kafka: Kafka,
  { output, application }: Pick<Place, 'output' | 'application'>,
  eventOf: (value: Buffer) => number,
  seen: (event: number, atMs: number) => void,
): Promise<Watch> {
  const consumer = kafka.consumer({
    groupId: `${application}-watch-${clockMs()}`,
    maxWaitTimeInMs: 250,
    minBytes: 1,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [output], fromBeginning: false });
  const reads = new Promise<void>((resolve) => {
    consumer.on(consumer.events.FETCH, () => resolve());
  });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const at = clockMs();
      for (const { value } of batch.messages) if (value !== null) seen(eventOf(value), at);
    },
  });
  await reads;
  return { close: () => consumer.disconnect() };
}

/** What the simple scoring publishes names the event. */
export function scoringEventOf(): (value: Buffer) => number {
  const type = changeType();
  return (value) => numberOf((type.fromBuffer(unframed(value)) as ScoringChange).eventId);
}

/** How long after the end of the load what it brought may become readable, ms. */
const TAIL_MS = 60_000;
/** A watch that was told nothing for so long has read all, ms. */
const QUIET_MS = 2_000;
const LOOK_MS = 250;

/**
 * Load at a fixed rate on a running client: from the time an event was due to be produced until the
 * change that it brought can be read. A client or a producer that falls behind is charged for it.
 */
export async function measureLatency(
  { kafka, admin }: Ground,
  place: Place,
  client: Client,
  plan: LatencyPlan,
  eventOf = scoringEventOf(),
): Promise<Latency> {
  const latencies: number[] = [];
  let load: Load | undefined;
  let countFromMs = Infinity;
  const watch = await watchChanges(kafka, place, eventOf, (event, atMs) => {
    const dueAt = load?.dueAt(event);
    if (dueAt !== undefined && dueAt >= countFromMs) latencies.push(atMs - dueAt);
  });
  try {
    const { stream, eventsPerSecond, warmUpSeconds } = plan;
    const from = plan.from + PROBES;
    await feed(kafka, place.input, messagesOf(stream, plan.from, from, SCHEMA_ID));
    const before = await recordsIn(admin, place.input);
    await caughtUp(client, before);
    const seconds = plan.seconds + warmUpSeconds;
    load = await startLoad(kafka, {
      ...{ topic: place.input, stream, from, eventsPerSecond, seconds, schemaId: SCHEMA_ID },
    });
    countFromMs = (load.dueAt(from) ?? 0) + warmUpSeconds * 1000;
    const lags = await lagsDuring(load, client, before);
    const last = clockMs() + TAIL_MS;
    const total = before + load.sent();
    while (((await client.done()) ?? 0) < total && clockMs() < last) await pause(LOOK_MS);
    for (let seen = -1; seen < latencies.length; await pause(QUIET_MS)) seen = latencies.length;
    if (latencies.length === 0) throw nothingRead(client, total, lags);
    return {
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      maxMs: Math.max(...latencies),
      changes: latencies.length,
      events: PROBES + load.sent(),
      lag: { middle: lags[Math.floor(lags.length / 2)] ?? 0, end: lags.at(-1) ?? 0 },
    };
  } finally {
    await watch.close();
  }
}

const nothingRead = ({ name, running }: Client, total: number, lags: readonly number[]): Error =>
  new Error(
    `no change of ${name} was read; of ${total} events ${lags.at(-1) ?? NaN} were left:\n${running.said().slice(-2_000)}`,
  );

/** Events that tell whether a client that was started over old stores is at work already. */
const PROBES = 100;

/** So that a start is not charged to the load. */
async function caughtUp(client: Client, events: number): Promise<void> {
  while (((await client.done()) ?? 0) < events) {
    if (client.running.isOver()) throw new Error(`${client.name} has ended`);
    await pause(LOOK_MS);
  }
}

async function lagsDuring(load: Load, client: Client, before: number): Promise<number[]> {
  const lags: number[] = [];
  const isOver = load.finished.then(() => true);
  for (;;) {
    const over = await Promise.race([isOver, pause(LOOK_MS, false)]);
    if (over) return lags;
    const done = await client.done();
    if (done !== undefined) lags.push(before + load.sent() - done);
  }
}
