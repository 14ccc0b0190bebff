import { decideRecords, timeOrStop } from './decide';
import type { RecordPlace } from './errors';
import { noteSlice } from './measures';
import type { Skip } from './options';
import type { LogRecord, ReadLimit } from './ports';
import type { Live } from './recovery';
import { learnSchemas } from './schemas-met';
import { addSlice, type Step } from './step';
import { prepare, SKIPPED } from './taken';

/** What a step may still take in. */
export interface Room {
  records: number;
  bytes: number;
}

export const isFull = <State, Input, Output, Globals>(
  { options }: Live<State, Input, Output, Globals>,
  step: Step,
  room: Room,
): boolean => room.records <= 0 || room.bytes <= 0 || step.outputBytes >= options.step.outputBytes;

export interface SliceTaken {
  readonly count: number;
  /** What comes next is for another step. */
  readonly closes: boolean;
  /** The record is passed over by a person's order: a step of its own. */
  readonly skipping?: string | undefined;
  readonly tickAt?: number | undefined;
}

/** Reads, decides and notes one slice of a topic. */
export async function takeSliceOf<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  step: Step,
  topic: string,
  room: Room,
): Promise<SliceTaken> {
  const { executor, ports, positions, options } = live;
  const from = positions.get(topic) ?? 0;
  const read = await ports.inputs.read(topic, from, atOnce(live, room));
  learnSchemas(executor, topic, read);
  const { records, alone } = upToApart(read.records, topic, options.apart);
  // what is open is committed first
  if (alone && step.slices.length > 0) return { count: 0, closes: true };
  const skip = alone ? skipOf(records[0], topic, options.skips) : undefined;
  if (skip !== undefined) {
    await decideSkip(live, step, topic, from, records);
    options.told?.({ kind: 'skipped', step: step.number, topic, offset: skip.offset });
    return { count: 1, closes: true, skipping: skip.reason };
  }
  const began = performance.now();
  const beganAt = ports.clock.now();
  const taken = await prepare(executor, topic, records);
  const { count, tickAt } = decideRecords(executor, step, topic, taken, (i) =>
    i > 0 ? step.outputBytes >= options.step.outputBytes : false,
  );
  const whole = count === read.records.length;
  const next = whole ? read.next : count === 0 ? from : (records[count - 1]?.offset ?? 0) + 1;
  const decided = records.slice(0, count);
  addSlice(step, topic, from, next, decided, executor.clock);
  positions.set(topic, next);
  noteSlice(step.measured, topic, taken, count, (one, input) => timeOrStop(executor, one, input));
  step.measured.processing += performance.now() - began;
  learnPace(live, count, ports.clock.now() - beganAt);
  room.records -= count;
  for (const { value } of decided) room.bytes -= value.length;
  return { count, closes: alone || tickAt !== undefined, tickAt };
}

/** The other partitions of a process wait while one decides about a slice: about so long, milliseconds. */
const SLICE_MS = 50;
const SLICE_RECORDS_MIN = 100;
/** What a slice says of the next one's pace. */
const PACE_SHARE = 0.2;

/** As many records as there is room for, and fewer where they take long: what is read is decoded. */
function atOnce<State, Input, Output, Globals>(
  { msPerRecord }: Live<State, Input, Output, Globals>,
  { records, bytes }: Room,
): ReadLimit {
  const inTime = Math.max(SLICE_RECORDS_MIN, Math.floor(SLICE_MS / msPerRecord));
  return { records: Math.min(records, inTime), bytes, onlyReady: true };
}

function learnPace<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  records: number,
  ms: number,
): void {
  if (records < SLICE_RECORDS_MIN) return;
  live.msPerRecord += PACE_SHARE * (Math.max(0, ms) / records - live.msPerRecord);
}

/** The records before the first that has a step of its own, or that one alone. */
function upToApart(
  records: readonly LogRecord[],
  topic: string,
  apart: readonly RecordPlace[] = [],
): { readonly records: readonly LogRecord[]; readonly alone: boolean } {
  const offsets = new Set(apart.flatMap((place) => (place.topic === topic ? [place.offset] : [])));
  const at = offsets.size === 0 ? -1 : records.findIndex(({ offset }) => offsets.has(offset));
  if (at < 0) return { records, alone: false };
  return at === 0
    ? { records: records.slice(0, 1), alone: true }
    : { records: records.slice(0, at), alone: false };
}

const skipOf = (
  record: LogRecord | undefined,
  topic: string,
  skips: readonly Skip[],
): Skip | undefined => skips.find((skip) => skip.topic === topic && skip.offset === record?.offset);

async function decideSkip<State, Input, Output, Globals>(
  { executor, positions }: Live<State, Input, Output, Globals>,
  step: Step,
  topic: string,
  from: number,
  records: readonly LogRecord[],
): Promise<void> {
  const next = (records.at(-1)?.offset ?? from) + 1;
  const verdicts = new Map(records.map(({ offset }) => [offset, SKIPPED]));
  const taken = await prepare(executor, topic, records, verdicts);
  decideRecords(executor, step, topic, taken, () => false);
  addSlice(step, topic, from, next, records, executor.clock);
  positions.set(topic, next);
}
