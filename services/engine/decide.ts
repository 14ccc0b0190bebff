import { addDeadLetter, waiting } from './dead-letter';
import { nextDue } from './due-index';
import { PartitionStopped } from './errors';
import { sha256 } from './journal';
import { keep } from './keys';
import type { Context, Decision, Machine, Work } from './machine';
import { addTo } from './measures';
import type { Origin } from './ports';
import { contextOf, type Executor, type Step } from './step';
import { cannotGoOn, cannotTake, cannotTick } from './stops';
import type { Taken, Verdict } from './taken';

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
