import type { Journal, OutputEntry, Refused, Slice } from '@tidemark/schemas/records';
import { addDeadLetter, waiting } from './dead-letter';
import { nextDue } from './due-index';
import { PartitionStopped } from './errors';
import { hashOfRecords, sha256 } from './journal';
import { keep, load, noteSize, type Keys } from './keys';
import type { Context, Decision, Decoded, Machine, Work } from './machine';
import { addTo, newStepMeasures, type StepMeasures } from './measures';
import type { Blob, LogRecord, LogSlice, Origin, OutputRecord } from './ports';
import { cannotGoOn, cannotRead, cannotTake, cannotTick, cannotWrite } from './stops';

/** What decides: the machine over the keys of one partition, live or in a replay. */
export interface Executor<State, Input, Output, Globals> {
  readonly machine: Machine<State, Input, Output, Globals>;
  readonly partition: number;
  readonly keys: Keys<State>;
  /** Where states are that are not in memory. */
  readonly get: (keys: readonly string[]) => Promise<readonly (Blob | undefined)[]>;
  readonly count: (name: string, n?: number) => void;
  /** A larger state takes no records. */
  readonly stateBytesMax: number;
  /** Fingerprints of the schemas met so far, by id. */
  readonly schemas: Map<number, string>;
  globals: Globals;
  /** The version in force. */
  version: string;
  /** The clock only moves on. */
  clock: number;
}

/** A step under way. */
export interface Step {
  readonly number: number;
  readonly time: Journal['time'];
  /** Of a replay: the journal decided where slices end and which records were refused. */
  readonly replay: boolean;
  readonly slices: Slice[];
  readonly refused: Refused[];
  readonly entries: OutputEntry[];
  readonly outputs: OutputRecord[];
  outputBytes: number;
  /** Keys that were decided about, each once. */
  readonly touched: string[];
  /** Replay: keys whose state had this step already. */
  readonly skipped: Set<string>;
  /** What became of the works, to be counted. */
  readonly outcomes: Map<string, number>;
  readonly measured: StepMeasures;
}

/** The verdict on a record that is passed over by order: it is not even read. */
export const SKIPPED = 'skipped';
const PASSED_OVER = { ok: false, code: SKIPPED, field: null, reason: SKIPPED } as const;

export const newStep = (number: number, time: Journal['time'], replay = false): Step => ({
  number,
  time,
  replay,
  slices: [],
  refused: [],
  entries: [],
  outputs: [],
  outputBytes: 0,
  touched: [],
  skipped: new Set(),
  outcomes: new Map(),
  measured: newStepMeasures(),
});

/** A record of a slice, decoded. */
export interface Taken<Input> extends Origin {
  readonly verdict: Verdict<Input>;
}

/** What is taken is the work at once: there is one for each record. */
type Verdict<Input> =
  | {
      readonly ok: true;
      readonly kind: 'record';
      readonly input: Input;
      /** The very text under which its state is kept, if it is in memory: looked up the faster. */
      key: string;
    }
  | {
      readonly ok: false;
      readonly code: string;
      readonly field: string | null;
      readonly reason: string;
    };

export const contextOf = <Globals>({
  globals,
  version,
  clock,
}: {
  readonly globals: Globals;
  readonly version: string;
  readonly clock: number;
}): Context<Globals> => ({ asOf: clock, globals, version });

/**
 * Decodes records and brings the states of their keys into memory.
 * @param refused of a replay: the verdicts that the journal holds, by offset; they are obeyed
 */
export async function prepare<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  topic: string,
  records: readonly LogRecord[],
  refused?: ReadonlyMap<number, string>,
): Promise<Taken<Input>[]> {
  const taken = records.map((record): Taken<Input> => {
    const code = refused?.get(record.offset);
    const verdict = code === SKIPPED ? PASSED_OVER : verdictOn(executor, topic, record);
    if (code !== undefined) return { topic, record, verdict: refusedBefore(code, verdict) };
    if (refused === undefined) return { topic, record, verdict: withRoom(executor, verdict) };
    if (verdict.ok) return { topic, record, verdict };
    throw new PartitionStopped(
      `${topic}/${executor.partition}@${record.offset} was taken once and this build refuses it (${verdict.code}): run the build that took it`,
      { reason: 'version' },
    );
  });
  const { cached } = executor.keys;
  const absent = new Set<string>();
  for (const { verdict } of taken) {
    if (!verdict.ok) continue;
    const entry = cached.get(verdict.key);
    if (entry === undefined) {
      absent.add(verdict.key);
      continue;
    }
    entry.used = true;
    verdict.key = entry.key;
  }
  if (absent.size > 0) await loadKeys(executor, absent);
  return taken;
}

function verdictOn<State, Input, Output, Globals>(
  { machine, globals, partition }: Executor<State, Input, Output, Globals>,
  topic: string,
  { value, offset }: LogRecord,
): Verdict<Input> {
  try {
    const decoded = machine.decode(topic, value, globals);
    if (!decoded.ok) return decoded;
    const input = decoded.value;
    return { ok: true, kind: 'record', input, key: machine.keyOf(input) };
  } catch (cause) {
    throw cannotTake(topic, partition, offset, cause);
  }
}

/** Of a live record: whether the state of its key has room for it. The journal notes the verdict. */
function withRoom<State, Input, Output, Globals>(
  { keys: { large }, stateBytesMax }: Executor<State, Input, Output, Globals>,
  verdict: Verdict<Input>,
): Verdict<Input> {
  if (large.size === 0 || !verdict.ok || !large.has(verdict.key)) return verdict;
  const reason = `what is kept of this key has grown over ${stateBytesMax} bytes: it takes nothing more until some of it is out of date`;
  return { ok: false, code: 'state-too-large', field: null, reason };
}

/** The verdict is the journal's; its words are this build's, where it says the same. */
const refusedBefore = (
  code: string,
  now: Decoded<unknown> | Verdict<unknown>,
): Extract<Decoded<never>, { readonly ok: false }> =>
  !now.ok && now.code === code ? now : { ok: false, code, field: null, reason: code };

/** @throws StateLost, PartitionStopped when this build cannot read a state */
export function loadKeys<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  wanted: Iterable<string>,
): Promise<void> {
  const context = contextOf(executor);
  return load(executor.keys, wanted, executor.get, (bytes) => {
    try {
      return executor.machine.decodeState(bytes, context);
    } catch (cause) {
      throw cannotRead(executor.partition, cause);
    }
  });
}

/** A state as it goes to stores; its size is noted. @throws PartitionStopped when this build cannot write it */
export function encoded<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  key: string,
  state: State,
): Uint8Array {
  const { keys, stateBytesMax } = executor;
  const bytes = encodeOrStop(executor, state);
  noteSize(keys, key, bytes.length > stateBytesMax);
  return bytes;
}

function encodeOrStop<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  state: State,
): Uint8Array {
  try {
    return executor.machine.encodeState(state, contextOf(executor));
  } catch (cause) {
    throw cannotWrite(executor.partition, cause);
  }
}

/**
 * Decides about the records of a slice in order. In event time each moves the clock to its own time;
 * where a key would be due on the way, the slice ends before the record.
 * @param until stops before the record for which it is true
 * @returns how many records were taken, and the tick instant before the next if there is one
 * @throws PartitionStopped with coordinates when the machine throws
 */
export function decideRecords<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  topic: string,
  taken: readonly Taken<Input>[],
  until: (position: number) => boolean,
): { readonly count: number; readonly tickAt?: number } {
  let context = contextOf(executor);
  for (let i = 0; i < taken.length; i += 1) {
    if (until(i)) return { count: i };
    const one = taken[i] ?? NOTHING;
    const { verdict } = one;
    if (!verdict.ok) {
      step.refused.push({ topic, offset: one.record.offset, code: verdict.code });
      refuse(executor, step, verdict, one);
      continue;
    }
    if (step.time === 'event') {
      const at = timeOrStop(executor, one, verdict.input);
      if (at > executor.clock) {
        const tickAt = step.replay ? Infinity : nextTick(executor);
        if (tickAt <= at) return { count: i, tickAt: Math.max(tickAt, executor.clock) };
        executor.clock = at;
        context = contextOf(executor);
      }
    }
    decideIn(context, executor, step, verdict.key, verdict, one);
  }
  return { count: taken.length };
}

function refuse<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  verdict: Extract<Verdict<Input>, { readonly ok: false }>,
  origin: Origin,
): void {
  try {
    addDeadLetter(executor, step, verdict, '', origin);
  } catch (cause) {
    throw cannotTake(origin.topic, executor.partition, origin.record.offset, cause);
  }
}

/** Event time: the next instant at which ticks are taken; Infinity: nothing is ever due. */
export function nextTick<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
): number {
  const due = nextDue(executor.keys.due);
  if (due === undefined) return Infinity;
  try {
    return executor.machine.tickAt(due.at, contextOf(executor));
  } catch (cause) {
    throw cannotTick(executor.partition, cause);
  }
}

/** When a record happened, UTC milliseconds. @throws PartitionStopped with its coordinates when the machine throws */
export function timeOrStop<State, Input, Output, Globals>(
  { machine, partition }: Executor<State, Input, Output, Globals>,
  { topic, record: { offset } }: Origin,
  input: Input,
): number {
  try {
    return machine.timeOf(input);
  } catch (cause) {
    throw cannotTake(topic, partition, offset, cause, machine.loggedId?.(input));
  }
}

const NOTHING: Taken<never> = {
  topic: '',
  record: { offset: 0, value: new Uint8Array(0) },
  verdict: { ok: false, code: '', field: null, reason: '' },
};

/**
 * Takes in records of a global topic; a refused one goes to the dead letters.
 * @param refused of a replay: the verdicts that the journal holds, by offset
 * @throws PartitionStopped when what was published cannot be loaded
 */
export function takeGlobals<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  topic: string,
  records: readonly LogRecord[],
  refused?: ReadonlyMap<number, string>,
): void {
  for (const record of records) {
    const code = refused?.get(record.offset);
    const now = takeGlobal(executor, topic, record);
    const taken = code === undefined ? now : refusedBefore(code, now);
    if (taken.ok) {
      executor.globals = taken.value;
      continue;
    }
    step.refused.push({ topic, offset: record.offset, code: taken.code });
    addDeadLetter(executor, step, taken, '', { topic, record });
  }
}

function takeGlobal<State, Input, Output, Globals>(
  { machine, globals, partition }: Executor<State, Input, Output, Globals>,
  topic: string,
  { value, offset }: LogRecord,
): Decoded<Globals> {
  try {
    return machine.takeGlobal(globals, topic, value);
  } catch (cause) {
    throw new PartitionStopped(
      `the version published at ${topic}@${offset} cannot be loaded by this build; partition ${partition} stops`,
      { cause, reason: 'version' },
    );
  }
}

/** One decision about one key, whose state is in memory if it has any. */
export function decideKey<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  key: string,
  work: Work<Input>,
): void {
  decideIn(contextOf(executor), executor, step, key, work, undefined);
}

/** @param context of the executor as it is now: one for many keys */
function decideIn<State, Input, Output, Globals>(
  context: Context<Globals>,
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  key: string,
  work: Work<Input>,
  origin: Origin | undefined,
): void {
  const { keys, clock } = executor;
  const entry = keys.cached.get(key);
  if (entry !== undefined && entry.step >= step.number && entry.decidedIn !== step.number) {
    step.skipped.add(key);
    return;
  }
  const decision = decideOrStop(context, executor, step, entry?.state, work, origin);
  if (work.kind !== 'record' && decision.state !== undefined && decision.dueAt <= clock) {
    // no key: it names a customer, and this message may reach a log
    throw new PartitionStopped(
      `step ${step.number}: the machine leaves a key due at its own clock: it would never end`,
    );
  }
  const isFirst =
    entry === undefined ? decision.state !== undefined : entry.decidedIn !== step.number;
  if (isFirst) step.touched.push(key);
  keep(keys, key, entry, decision, step.number);
  step.outcomes.set(decision.outcome, (step.outcomes.get(decision.outcome) ?? 0) + 1);
  try {
    addOutcome(executor, step, key, decision, work, origin);
  } catch (cause) {
    throw stopAt(executor, step, work, origin, cause);
  }
}

/** What follows from a decision for others: outputs and dead letters. */
function addOutcome<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  key: string,
  { outputs, refusals }: Decision<State, Input, Output>,
  work: Work<Input>,
  origin: Origin | undefined,
): void {
  for (const output of outputs) addOutput(executor.machine, step, output, origin);
  for (const refusal of refusals) {
    const own = work.kind === 'record' && refusal.input === work.input ? origin : undefined;
    addDeadLetter(executor, step, refusal, key, own ?? waiting(step, refusal));
  }
}

function decideOrStop<State, Input, Output, Globals>(
  context: Context<Globals>,
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  state: State | undefined,
  work: Work<Input>,
  origin: Origin | undefined,
): Decision<State, Input, Output> {
  try {
    return executor.machine.decide(state, work, context);
  } catch (cause) {
    throw stopAt(executor, step, work, origin, cause);
  }
}

function stopAt<State, Input, Output, Globals>(
  { machine, partition }: Executor<State, Input, Output, Globals>,
  { number }: Step,
  work: Work<Input>,
  origin: Origin | undefined,
  cause: unknown,
): PartitionStopped {
  const id = work.kind === 'record' ? machine.loggedId?.(work.input) : undefined;
  return cannotGoOn(partition, number, work.kind, origin, cause, id);
}

function addOutput<State, Input, Output, Globals>(
  machine: Machine<State, Input, Output, Globals>,
  step: Step,
  output: Output,
  origin: Origin | undefined,
): void {
  const { topic, kind, key, sequence, named, published, counted } = machine.describe(output);
  const value = machine.encodeOutput(output);
  step.entries.push({
    topic,
    key,
    kind,
    sequence,
    digest: sha256(named),
    ...(published === null ? {} : { published }),
  });
  step.outputs.push({ topic, key, value, origin });
  step.outputBytes += value.length;
  if (counted !== undefined) addTo(step.measured.counted, counted);
}

/**
 * Notes the schemas that records were written with.
 * @throws PartitionStopped when an id stands for another one than before: the registry was replaced
 */
export function learnSchemas<State, Input, Output, Globals>(
  { schemas, partition }: Executor<State, Input, Output, Globals>,
  topic: string,
  { schemas: found = [], missing = [] }: LogSlice,
): void {
  const lost = missing.find((id) => schemas.has(id));
  if (lost !== undefined) {
    // its records were taken before: to refuse them now would be to lose them
    throw new PartitionStopped(
      `the registry has lost schema ${lost}, which records of ${topic}/${partition} name and which was there before. Restore it with its ids, and start again`,
      { reason: 'data' },
    );
  }
  for (const { id, fingerprint, foreign = false } of found) {
    const known = schemas.get(id);
    if (known === undefined) {
      if (!foreign) schemas.set(id, fingerprint);
    } else if (known !== fingerprint) {
      throw new PartitionStopped(
        `schema ${id}, which records of ${topic}/${partition} name, is another one than before: the registry was replaced or lost. Restore it with its ids, and start again`,
        { reason: 'data' },
      );
    }
  }
}

/** Notes what was read of a topic and decided. */
export function addSlice(
  step: Step,
  topic: string,
  from: number,
  next: number,
  records: readonly LogRecord[],
  clock: number,
): void {
  if (next === from) return;
  const hash = hashOfRecords(records);
  step.slices.push({ topic, from, next, count: records.length, hash, clock });
}
