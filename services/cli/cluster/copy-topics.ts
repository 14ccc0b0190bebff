import type {
  Admin,
  ProducedRecord,
  Reader,
  Transactions,
} from '@tidemark/engine/adapters/kafka/kafka';
import { Failure, Fenced, PartitionStopped, PositionGone } from '@tidemark/engine/errors';
import { orAborted, orLate, pause } from '@tidemark/engine/pause';
import { pauseMs } from '../client/connection';
import { UsageFault } from '../exit';
import { copyOf, lanesBetween, noteOf, type Installation, type Lane } from './copy-lanes';

export interface CopySettings {
  readonly source: Installation;
  readonly target: Installation & { readonly application: string };
  /** Goes on with what comes, until it is stopped; else it ends when nothing is left. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** So many more records are in the target. */
  readonly advance: (records: number) => void;
}

export interface CopiedTopic {
  /** Without prefix. */
  readonly topic: string;
  /** Records, by this run. */
  readonly copied: number;
  /** Offsets that the source has beyond what was copied; undefined: it does not say. */
  readonly left: number | undefined;
}

export interface Copied {
  readonly topics: readonly CopiedTopic[];
  /** Records whose partition nothing says. */
  readonly withoutKey: number;
}

/** Of one lane at a time. */
const READ = { records: 1_000, bytes: 1 << 20, headers: true };
/** Of one transaction. */
const BATCH_RECORDS = 4_000;
/** A signal is noticed within this. */
const WAIT_MS = 500;
/** In a row, without a record in between: about half a minute. */
const FAILURES_MAX = 7;
/** How long the source is asked for its end after a signal. */
const LEFT_MS = 2_000;

/** What is read and not yet known to be written. */
interface Batch {
  readonly records: ProducedRecord[];
  readonly lanes: { readonly lane: Lane; readonly next: number; readonly records: number }[];
}

interface Job extends CopySettings {
  /** Its transactional id, and the group that notes how far it is. */
  readonly id: string;
  readonly lanes: readonly Lane[];
  readonly reader: Reader;
  readonly admin: Admin;
  readonly copied: Map<string, number>;
  withoutKey: number;
  /** Transactions that are known to be written. */
  written: number;
  /** Perhaps it was written. */
  unsure: Batch | undefined;
  /** The lane that is read next. */
  turn: number;
  /** By topic, at the end of a copy that was not stopped. */
  left: ReadonlyMap<string, number> | undefined;
}

/**
 * Copies all input and global topics of one installation to another. Records and how far they have been
 * copied are written in one transaction: a copy that is broken off goes on where it was, and nothing is
 * there twice. What is of one key keeps its order.
 * @throws UsageFault for what a person has to mend; Failure when the brokers do not answer for long
 */
export async function copyTopics(settings: CopySettings): Promise<Copied> {
  const { source, target } = settings;
  const { lanes, cluster } = await lanesBetween(source, target);
  const way = `${cluster}.${source.prefix}-to-${target.prefix}`;
  const job: Job = {
    ...settings,
    ...{ id: `${target.application}-copy-${way}`, lanes },
    ...{ reader: source.kafka.reader(), admin: target.kafka.admin() },
    ...{
      copied: new Map(),
      withoutKey: 0,
      written: 0,
      unsure: undefined,
      turn: 0,
      left: undefined,
    },
  };
  try {
    await untilDone(job);
    const left = job.left ?? (await orLate(leftOf(job), LEFT_MS));
    const logicals = [...new Set(lanes.map(({ logical }) => logical))];
    return {
      topics: logicals.map((topic) => ({
        ...{ topic, copied: job.copied.get(topic) ?? 0, left: left?.get(topic) },
      })),
      withoutKey: job.withoutKey,
    };
  } finally {
    await Promise.all([job.reader.close(), job.admin.close()]);
  }
}

/** After a failure nothing is known but what the target has noted. */
async function untilDone(job: Job): Promise<void> {
  for (let failures = 0; ; failures += 1) {
    const before = job.written;
    try {
      await copyOn(job);
      return;
    } catch (error) {
      if (job.signal.aborted) return;
      if (error instanceof Fenced) {
        throw new UsageFault('another copy of these topics has begun: that one goes on');
      }
      if (error instanceof PartitionStopped || error instanceof PositionGone) {
        throw new UsageFault(error.message);
      }
      if (job.written > before) failures = 0;
      if (!(error instanceof Failure) || failures >= FAILURES_MAX) throw error;
      await pause(pauseMs(failures), job.signal);
    }
  }
}

/** @throws Failure when something was perhaps written and perhaps not */
async function copyOn(job: Job): Promise<void> {
  const { target, id, signal, follow, reader, lanes } = job;
  const writer = await target.kafka.transactions(id, signal);
  try {
    await goWhereItWas(job);
    // nothing can be rated before the methodology is there
    const globals = lanes.filter(({ global }) => global);
    while (!signal.aborted && (await copySome(job, writer, globals)));
    while (!signal.aborted) {
      if (await copySome(job, writer, lanes)) continue;
      if (!follow) {
        job.left = await leftOf(job);
        if ([...job.left.values()].every((left) => left === 0)) return;
      }
      const waited = reader.changed(
        lanes.map(({ from, next }) => ({ ...from, from: next })),
        WAIT_MS,
      );
      await orAborted(waited, signal);
    }
  } finally {
    await writer.close();
  }
}

/** @throws UsageFault when records were removed before they were copied */
async function goWhereItWas(job: Job): Promise<void> {
  const { lanes, reader, admin, id, unsure } = job;
  const noted = await admin.committed(id, [...new Set(lanes.map(({ to }) => to.topic))]);
  const notedOf = (lane: Lane): number | undefined => {
    const { topic, partition } = noteOf(lane);
    return noted.get(`${topic}/${partition}`);
  };
  if (unsure?.lanes.every(({ lane, next }) => notedOf(lane) === next) === true) done(job, unsure);
  job.unsure = undefined;
  for (const lane of lanes) {
    const { first } = await reader.bounds(lane.from);
    lane.next = notedOf(lane) ?? first;
    if (lane.next >= first) continue;
    const { topic, partition } = lane.from;
    throw new UsageFault(
      `records of ${topic}/${partition} from ${lane.next} on were removed before they were copied; the first that is kept is ${first}. Begin anew with another --to-prefix`,
    );
  }
}

/** @returns whether there was anything */
async function copySome(job: Job, writer: Transactions, lanes: readonly Lane[]): Promise<boolean> {
  const batch = await gather(job, lanes);
  if (batch.lanes.length === 0) return false;
  job.unsure = batch;
  const next = batch.lanes.map(({ lane, next: offset }) => ({ ...noteOf(lane), offset }));
  await writer.commit(batch.records, { group: job.id, next });
  done(job, batch);
  job.unsure = undefined;
  return true;
}

/** Each lane once, in turn, as far as the batch reaches. */
async function gather(job: Job, lanes: readonly Lane[]): Promise<Batch> {
  const batch: Batch = { records: [], lanes: [] };
  for (let n = 0; n < lanes.length && batch.records.length < BATCH_RECORDS; n += 1) {
    const lane = lanes[job.turn % lanes.length];
    job.turn = (job.turn + 1) % lanes.length;
    if (lane === undefined) break;
    const read = await orAborted(job.reader.read(lane.from, lane.next, READ), job.signal);
    if (read === undefined) break;
    if (read.next === lane.next) continue;
    batch.records.push(...read.records.map((record) => copyOf(lane, record)));
    batch.lanes.push({ lane, next: read.next, records: read.records.length });
  }
  return batch;
}

/** A batch is in the target. */
function done(job: Job, { records, lanes }: Batch): void {
  for (const { lane, next, records: count } of lanes) {
    lane.next = next;
    job.copied.set(lane.logical, (job.copied.get(lane.logical) ?? 0) + count);
  }
  job.withoutKey += records.filter(({ key }) => key === null).length;
  job.written += 1;
  job.advance(records.length);
}

/** By topic. */
async function leftOf({ lanes, reader }: Job): Promise<ReadonlyMap<string, number>> {
  const left = new Map<string, number>();
  for (const { logical, from, next } of lanes) {
    const { next: end } = await reader.bounds(from);
    left.set(logical, (left.get(logical) ?? 0) + Math.max(0, end - next));
  }
  return left;
}
