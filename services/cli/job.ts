import { customerMachine } from '@tidemark/rating/customer-machine';
import { MS_PER_DAY } from '@tidemark/rating/calendar';
import { rateInFull } from '@tidemark/rating/customer';
import type { Output } from '@tidemark/rating/grading/publish';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import { globalsOf } from '@tidemark/rating/in-force/in-force';
import { decodeLine } from '@tidemark/rating/input-line';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import type { CustomerState } from '@tidemark/rating/state';
import type { Decision } from '@tidemark/engine/machine';
import {
  accept,
  advance,
  memoryPartition,
  tickNow,
  type Partition,
} from '@tidemark/engine/partition';
import type { DeadLetter, InputRecord, Rating } from '@tidemark/schemas/records';
import { InternalFault, say } from './exit';
import type { Line } from './lines';

export type RatingPartition = Partition<CustomerState, InputRecord, Output, RatingGlobals>;
export type RatingDecision = Decision<CustomerState, InputRecord, Output>;

/** The main job on one partition in memory: records in, decisions out, what became of each counted. */
export interface Job {
  readonly methodology: Methodology;
  readonly partition: RatingPartition;
  readonly counts: Counts;
}

export interface Counts {
  events: number;
  duplicates: number;
  late: number;
  pending: number;
  refused: number;
  afterAsOf: number;
}

export interface JobEvents {
  /** Each decision, caused by a record or by time. */
  readonly decided: (decision: RatingDecision) => void;
  readonly deadLetter: (letter: DeadLetter) => void;
}

export function newJob(methodology: Methodology): Job {
  return {
    methodology,
    partition: memoryPartition(customerMachine, globalsOf(methodology)),
    counts: { events: 0, duplicates: 0, late: 0, pending: 0, refused: 0, afterAsOf: 0 },
  };
}

/** Parses a line and accepts its record; a refused one goes to the dead letters. */
export function acceptLine(
  job: Job,
  { text, number }: Line,
  file: string,
  events: JobEvents,
  admit: (record: InputRecord) => boolean = () => true,
): void {
  job.counts.events += 1;
  const source = { file, line: number };
  const decoded = decodeLine(text, job.methodology.countries);
  if (!decoded.ok) {
    const { reason, code, field } = decoded;
    job.counts.refused += 1;
    events.deadLetter({ reason, code, field, source, payload: text });
    return;
  }
  const { value: record } = decoded;
  if (!admit(record)) return;
  warnOfLeap(job, record, file, number);
  try {
    acceptRecord(job, record, events, () => text, source);
  } catch (cause) {
    throw new InternalFault(`stopped at ${file}:${number}`, { cause });
  }
}

const LEAP_DAYS = 366;

/**
 * The clock is event time: one record dated far ahead makes all others old. That is no fault of the
 * record's form, but nobody should have to find it by the ratings.
 */
function warnOfLeap({ partition }: Job, record: InputRecord, file: string, line: number): void {
  const days = Math.floor((record.occurredAt - partition.clock) / MS_PER_DAY);
  if (!Number.isFinite(days) || days < LEAP_DAYS) return;
  say(
    `${file}:${line}: occurredAt moves the clock on by ${days} days; if it is a slip, older records` +
      ' count as late: correct the date, or rate with --as-of',
  );
}

/** Accepts a record that has been validated. */
export function acceptRecord(
  job: Job,
  record: InputRecord,
  events: JobEvents,
  payload: () => string = () => JSON.stringify(record),
  source: DeadLetter['source'] = { file: 'embedded', line: job.counts.events },
): void {
  const { counts, partition } = job;
  const decision = accept(partition, record, (ticked) => {
    report(ticked, events, source);
  });
  switch (decision.outcome) {
    case 'duplicate':
      counts.duplicates += 1;
      break;
    case 'late':
      counts.late += 1;
      break;
    case 'pending':
      counts.pending += 1;
      break;
    case 'refused':
      counts.refused += 1;
      break;
    default:
  }
  report(decision, events, source, { record, payload });
}

/** Moves the clock on without a record, to the time at which ratings are wanted. */
export function passTime(job: Job, instant: number, events: JobEvents): void {
  const source = { file: 'as-of', line: job.counts.events };
  try {
    const onTick = (ticked: RatingDecision): void => report(ticked, events, source);
    advance(job.partition, instant, onTick);
    tickNow(job.partition, onTick);
  } catch (cause) {
    throw new InternalFault('stopped on the way to as-of', { cause });
  }
}

/** @param taken the record just read; one that had waited for its time has another payload */
function report(
  decision: RatingDecision,
  events: JobEvents,
  source: DeadLetter['source'],
  taken?: { readonly record: InputRecord; readonly payload: () => string },
): void {
  for (const { code, field, reason, input } of decision.refusals) {
    const payload = input === taken?.record ? taken.payload() : JSON.stringify(input);
    events.deadLetter({ reason, code, source, field, payload });
  }
  events.decided(decision);
}

/** The customers' states in order of institution and customer. */
export function* statesInOrder({ partition }: Job): Generator<CustomerState> {
  const states = [...partition.states.values()].sort(
    (a, b) => compare(a.institution, b.institution) || compare(a.customer, b.customer),
  );
  yield* states;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Every customer's rating in full at a time, in order; undefined for those of unknown kind. */
export function* ratingsInOrder(job: Job, asOf: number): Generator<Rating | undefined> {
  for (const state of statesInOrder(job)) yield rateInFull(job.methodology, state, asOf);
}
