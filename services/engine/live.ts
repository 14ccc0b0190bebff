import { nextDue, putBack, takeDue } from './due-index';
import { commitStep, type Pace } from './commit';
import { handOn, lookAtCopy, settled } from './copying';
import { PartitionStopped } from './errors';
import type { Skip } from './options';
import type { LogRecord, ReadLimit } from './ports';
import { noteVersion } from './figures';
import { forgetOrder, keysInOrder } from './keys';
import { noteSlice } from './measures';
import { blobsOf, type Live } from './recovery';
import {
  addSlice,
  decideKey,
  decideRecords,
  learnSchemas,
  loadKeys,
  newStep,
  nextTick,
  prepare,
  SKIPPED,
  takeGlobals,
  timeOrStop,
  type Step,
} from './step';

/** What reaches a running partition from outside, between two steps. */
export interface Requests {
  readonly stopping: () => boolean;
  /** Requests wait: the step under way is to be committed soon. */
  readonly pending: () => boolean;
  /** Answers what waits; all states are committed ones. */
  readonly serve: () => Promise<void>;
  /** Resolves when something new waits. */
  readonly woken: () => Promise<void>;
}

const MS_PER_MINUTE = 60_000;
const GLOBALS_AT_ONCE = { records: 100, bytes: 4 << 20, onlyReady: true };

/**
 * Runs a partition until it is asked to stop: records first, then at most one step in the background
 * (ticks, a sweep) for each step of records, so that live work never waits for more than one of them.
 */
export async function runLive<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  requests: Requests,
): Promise<void> {
  const pace: Pace = { at: live.ports.clock.now() };
  const { executor, options } = live;
  // an owner before may have stopped between two steps of one tick
  if (options.time === 'event' && executor.version !== '' && nextTick(executor) <= executor.clock) {
    await finishTick(live, requests, pace);
  }
  let turn = 0;
  while (!requests.stopping()) {
    await requests.serve();
    copyOn(live);
    moveClock(live);
    if (await versionStep(live, pace)) continue;
    const hadRecords = live.executor.version !== '' && (await recordsStep(live, requests, pace));
    turn += 1;
    const hadWork = (await backgroundStep(live, pace, turn)) || hadRecords;
    if (hadWork || requests.stopping()) continue;
    if (await quietStep(live, pace)) continue;
    if (live.copying !== undefined) await lookAtCopy(live.copying, live.ports.clock.now());
    await rest(live, requests);
  }
  await finishCopy(live);
}

/** What gathered while the copy of the states was being written goes to it. */
function copyOn<State, Input, Output, Globals>({
  copying,
  executor,
  last,
}: Live<State, Input, Output, Globals>): void {
  if (copying === undefined) return;
  handOn(copying, last.record.step, (keys) => blobsOf(executor, keys));
}

/** A clean end leaves the copy at the last step. */
async function finishCopy<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
): Promise<void> {
  const { copying, last } = live;
  while (copying !== undefined && copying.done < last.record.step) {
    copyOn(live);
    await settled(copying);
  }
}

/** The wall clock, if it is the partition's: it only moves on, and not by leaps. */
function moveClock<State, Input, Output, Globals>({
  executor,
  options,
  ports,
}: Live<State, Input, Output, Globals>): void {
  if (options.time === 'event') return;
  const now = ports.clock.now();
  const leap = now - executor.clock;
  if (executor.version !== '' && leap > options.clockLeapMsMax) {
    throw new PartitionStopped(
      `the clock would move on by ${Math.round(leap / MS_PER_MINUTE)} minutes, and it never goes back: check the system's time; if it is right, start with --accept-clock`,
      { reason: 'clock' },
    );
  }
  executor.clock = Math.max(executor.clock, now);
}

const stepOf = <State, Input, Output, Globals>({
  last,
  options,
}: Live<State, Input, Output, Globals>): Step => newStep(last.record.step + 1, options.time);

/** Takes in what the global topics brought, and what has come into force since. */
async function versionStep<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  pace: Pace,
): Promise<boolean> {
  const { executor, ports, options, positions } = live;
  const step = stepOf(live);
  for (const topic of options.globalTopics) {
    const from = positions.get(topic) ?? 0;
    const read = await ports.inputs.read(topic, from, GLOBALS_AT_ONCE);
    const { records, next } = read;
    if (next === from) continue;
    learnSchemas(executor, topic, read);
    takeGlobals(executor, step, topic, records);
    addSlice(step, topic, from, next, records, executor.clock);
    positions.set(topic, next);
  }
  const version = versionNow(live);
  const isNew = version !== executor.version;
  if (step.slices.length === 0 && !isNew) return false;
  if (isNew) {
    // a newer version restarts a running sweep; before the first version there is nothing to sweep
    if (executor.version !== '') {
      live.sweep = { cause: 'version', after: '' };
    }
    executor.version = version;
  }
  await commitStep(live, step, { kind: 'version' }, pace);
  if (!isNew) return true;
  noteVersion(live);
  options.told?.({ kind: 'version', step: step.number, inForce: live.measures.inForce });
  if (live.sweep !== undefined) tellSweep(live, 'sweep-begun', step.number, live.sweep.cause);
  return true;
}

/**
 * By the partition's clock, which does not go back when the next owner's is behind. In event time by
 * the wall clock: a version is published for those who rate now.
 */
function versionNow<State, Input, Output, Globals>({
  executor: { machine, globals, clock },
  ports,
  options,
}: Live<State, Input, Output, Globals>): string {
  try {
    return machine.versionAt(globals, options.time === 'event' ? ports.clock.now() : clock);
  } catch (cause) {
    throw new PartitionStopped(
      `what comes into force now cannot be loaded by this build; partition ${options.partition} stops`,
      { cause, reason: 'version' },
    );
  }
}

/** Takes records until a bound is reached or something is published. @returns whether there were any */
async function recordsStep<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  requests: Requests,
  pace: Pace,
): Promise<boolean> {
  const { options, ports, positions } = live;
  const step = stepOf(live);
  const opened = ports.clock.now();
  const room: Room = { records: options.step.records, bytes: options.step.bytes };
  let end: SliceTaken = { count: 0, closes: false };
  for (;;) {
    let took = false;
    for (const topic of options.inputTopics) {
      end = await takeSliceOf(live, step, topic, room);
      took ||= end.count > 0;
      if (isFull(live, step, room) || end.closes) break;
    }
    if (isFull(live, step, room) || end.closes) break;
    if (step.entries.length > 0 || requests.pending() || requests.stopping()) break;
    const left = opened + options.step.ageMs - ports.clock.now();
    if (left <= 0 || (!took && step.slices.length === 0)) break;
    if (!took) {
      // nobody waits for a step to fill while there is work to do
      if (hasBackground(live)) break;
      await Promise.race([ports.inputs.changed(positions, left), requests.woken()]);
      if (options.time === 'wall') moveClock(live);
    }
  }
  const { skipping, tickAt } = end;
  const had = step.slices.length > 0;
  if (had) {
    const kind = skipping === undefined ? 'records' : 'skip';
    await commitStep(
      live,
      step,
      { kind, ...(skipping === undefined ? {} : { note: skipping }) },
      pace,
    );
  }
  if (tickAt === undefined) return had;
  // event time: what is due at the tick comes before the record that goes beyond it
  live.executor.clock = Math.max(live.executor.clock, tickAt);
  await finishTick(live, requests, pace);
  return true;
}

/** Takes all keys that are due at the clock. */
async function finishTick<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  requests: Requests,
  pace: Pace,
): Promise<void> {
  while (!requests.stopping() && (await tickStep(live, pace))) await requests.serve();
}

/** Whether keys are due, or a sweep is under way. */
const hasBackground = <State, Input, Output, Globals>({
  executor,
  options,
  sweep,
}: Live<State, Input, Output, Globals>): boolean => {
  if (sweep !== undefined) return true;
  const due = options.time === 'wall' ? nextDue(executor.keys.due) : undefined;
  return due !== undefined && due.at <= executor.clock;
};

interface Room {
  records: number;
  bytes: number;
}

const isFull = <State, Input, Output, Globals>(
  { options }: Live<State, Input, Output, Globals>,
  step: Step,
  room: Room,
): boolean => room.records <= 0 || room.bytes <= 0 || step.outputBytes >= options.step.outputBytes;

interface SliceTaken {
  readonly count: number;
  /** What comes next is for another step. */
  readonly closes: boolean;
  /** The record is passed over by a person's order: a step of its own. */
  readonly skipping?: string | undefined;
  readonly tickAt?: number | undefined;
}

/** Reads, decides and notes one slice of a topic. */
async function takeSliceOf<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  step: Step,
  topic: string,
  room: Room,
): Promise<SliceTaken> {
  const { executor, ports, positions, options } = live;
  const from = positions.get(topic) ?? 0;
  const read = await ports.inputs.read(topic, from, atOnce(live, room));
  learnSchemas(executor, topic, read);
  const [records, skipped, reason] = upToSkip(read.records, topic, options.skips);
  if (skipped !== undefined && records.length === 0) {
    // alone in its step: what is open is committed first
    if (step.slices.length > 0) return { count: 0, closes: true };
    await decideSkip(live, step, topic, from, skipped);
    options.told?.({ kind: 'skipped', step: step.number, topic, offset: skipped.offset });
    return { count: 1, closes: true, skipping: reason };
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
  return { count, closes: tickAt !== undefined, tickAt };
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

/** The records before the first that is to be passed over, that one, and why. */
function upToSkip(
  records: readonly LogRecord[],
  topic: string,
  skips: readonly Skip[],
): [readonly LogRecord[], LogRecord | undefined, string | undefined] {
  const reasons = new Map(
    skips.flatMap((skip) => (skip.topic === topic ? [[skip.offset, skip.reason] as const] : [])),
  );
  const at = reasons.size === 0 ? -1 : records.findIndex(({ offset }) => reasons.has(offset));
  const found = records[at];
  if (found === undefined) return [records, undefined, undefined];
  return [records.slice(0, at), found, reasons.get(found.offset)];
}

async function decideSkip<State, Input, Output, Globals>(
  { executor, positions }: Live<State, Input, Output, Globals>,
  step: Step,
  topic: string,
  from: number,
  record: LogRecord,
): Promise<void> {
  const verdict = new Map([[record.offset, SKIPPED]]);
  const taken = await prepare(executor, topic, [record], verdict);
  decideRecords(executor, step, topic, taken, () => false);
  addSlice(step, topic, from, record.offset + 1, [record], executor.clock);
  positions.set(topic, record.offset + 1);
}

/** One step of what waits in the background; ticks and a sweep take turns. */
async function backgroundStep<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  pace: Pace,
  turn: number,
): Promise<boolean> {
  const tick = (): Promise<boolean> =>
    live.options.time === 'event' ? Promise.resolve(false) : tickStep(live, pace);
  const sweep = (): Promise<boolean> => sweepStep(live, pace);
  const [first, second] = turn % 2 === 0 ? [tick, sweep] : [sweep, tick];
  return (await first()) || (await second());
}

/** Takes the next keys that are due at the clock. */
async function tickStep<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  pace: Pace,
): Promise<boolean> {
  const { executor, options } = live;
  const { due } = executor.keys;
  const taken = takeDue(due, executor.clock, options.step.keys);
  if (taken.length === 0) return false;
  const step = stepOf(live);
  await loadKeys(
    executor,
    taken.map(({ key }) => key),
  );
  let count = 0;
  for (const { key } of taken) {
    if (count > 0 && step.outputBytes >= options.step.outputBytes) break;
    decideKey(executor, step, key, { kind: 'tick' });
    count += 1;
  }
  putBack(due, taken.slice(count));
  const first = taken[0];
  const last = taken[count - 1];
  if (first === undefined || last === undefined) return false;
  const range = { fromKey: first.key, toKey: last.key, toDue: last.at };
  await commitStep(live, step, { kind: 'tick', range }, pace);
  return true;
}

/** Decides the next keys of a running sweep once more. */
async function sweepStep<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  pace: Pace,
): Promise<boolean> {
  const { executor, options, sweep } = live;
  if (sweep === undefined) return false;
  const { after, cause } = sweep;
  const keys = keysInOrder(executor.keys, after, undefined, options.step.keys);
  await loadKeys(executor, keys);
  const step = stepOf(live);
  let count = 0;
  for (const key of keys) {
    if (count > 0 && step.outputBytes >= options.step.outputBytes) break;
    decideKey(executor, step, key, { kind: 'sweep', cause });
    count += 1;
  }
  const toKey = keys[count - 1];
  const isDone = count === keys.length && count < options.step.keys;
  live.sweep = isDone ? undefined : { cause, after: toKey ?? after };
  if (isDone) forgetOrder(executor.keys);
  const range = toKey === undefined ? {} : { range: { fromKey: after, toKey } };
  await commitStep(live, step, { kind: 'sweep', ...range }, pace);
  if (isDone) tellSweep(live, 'sweep-done', step.number, cause);
  return true;
}

const tellSweep = <State, Input, Output, Globals>(
  { options }: Live<State, Input, Output, Globals>,
  kind: 'sweep-begun' | 'sweep-done',
  step: number,
  cause: string,
): void => options.told?.({ kind, step, cause });

/** Nothing to do: what is dirty for long goes to the checkpoint, and the clock is noted now and then. */
async function quietStep<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  pace: Pace,
): Promise<boolean> {
  const { executor, options, ports, last } = live;
  if (executor.version === '') return false;
  const now = ports.clock.now();
  const [oldest] = executor.keys.dirty.values();
  // not for a few states at once: records that come meanwhile wait for the end of such a step
  const isOld =
    oldest !== undefined &&
    now - oldest.at >= options.checkpoint.intervalMs &&
    now - pace.at >= options.step.ageMs;
  const isLate = options.time === 'wall' && executor.clock - last.record.clock >= MS_PER_MINUTE;
  if (!isOld && !isLate) return false;
  await commitStep(live, stepOf(live), { kind: 'tick' }, pace);
  return true;
}

/** Waits for records, requests, or the next instant at which a key is due. */
async function rest<State, Input, Output, Globals>(
  { executor, options, ports, positions, copying }: Live<State, Input, Output, Globals>,
  requests: Requests,
): Promise<void> {
  const due = options.time === 'wall' ? nextDue(executor.keys.due)?.at : undefined;
  const untilDue = due === undefined ? Infinity : Math.max(1, due - ports.clock.now());
  const wait = Math.min(options.idleMs, untilDue);
  // without a version records have to wait, and must not end the rest
  const awaited =
    executor.version === ''
      ? new Map([...positions].filter(([topic]) => options.globalTopics.includes(topic)))
      : positions;
  const waits = [ports.inputs.changed(awaited, wait), requests.woken()];
  if (copying?.writing !== undefined) waits.push(copying.writing);
  await Promise.race(waits);
}
