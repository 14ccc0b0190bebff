import { backgroundStep, hasBackground, quietStep, tellSweep, tickStep } from './background';
import { commitStep, stepOf, type Pace } from './commit';
import { handOn, lookAtCopy, settled } from './copying';
import { nextTick } from './decide';
import { nextDue } from './due-index';
import { PartitionStopped } from './errors';
import { noteVersion } from './figures';
import { takeGlobals } from './global-records';
import { blobsOf, type Live } from './recovery';
import { learnSchemas } from './schemas-met';
import { isFull, takeSliceOf, type Room, type SliceTaken } from './slices';
import { addSlice } from './step';

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
