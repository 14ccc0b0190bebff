import { emptyDueIndex, forget, nextDue, setDue, type DueIndex } from './due-index';
import type { Context, Decision, Machine } from './machine';

/**
 * A partition in memory: the states by key, when each is due, and the clock, which only moves on.
 * The clock here is event time: the greatest time of an accepted input, with a tick at each tick
 * instant passed, at which all keys due by then are taken in (due, key) order (design, rule 9).
 * Another version in force reaches each key when it is next decided; nothing sweeps here.
 */
export interface Partition<State, Input, Output, Globals> {
  readonly machine: Machine<State, Input, Output, Globals>;
  readonly globals: Globals;
  readonly states: Map<string, State>;
  readonly due: DueIndex;
  clock: number;
  /**
   * True while an input is taken, and for good once a machine has thrown: what it left half done
   * is not known, so the partition takes nothing more and is rebuilt from its log.
   */
  busy: boolean;
}

export const memoryPartition = <State, Input, Output, Globals>(
  machine: Machine<State, Input, Output, Globals>,
  globals: Globals,
): Partition<State, Input, Output, Globals> => ({
  machine,
  globals,
  states: new Map(),
  due: emptyDueIndex(),
  clock: Number.NEGATIVE_INFINITY,
  busy: false,
});

type Decided<State, Input, Output> = (decision: Decision<State, Input, Output>) => void;

/**
 * Moves the clock to the input's time, then decides about it.
 * @param onTick what to do with each decision that a tick brings; it may not touch the partition
 * @throws what the machine throws, and from then on at every call: the partition has stopped
 */
export function accept<State, Input, Output, Globals>(
  partition: Partition<State, Input, Output, Globals>,
  input: Input,
  onTick: Decided<State, Input, Output>,
): Decision<State, Input, Output> {
  const { machine, states } = partition;
  begin(partition);
  moveOn(partition, machine.timeOf(input), onTick);
  const key = machine.keyOf(input);
  const work = { kind: 'record', input } as const;
  const decision = machine.decide(states.get(key), work, contextOf(partition, partition.clock));
  keep(partition, key, decision);
  partition.busy = false;
  return decision;
}

/** Moves the clock on to `instant`, taking the ticks on the way. @throws as `accept` */
export function advance<State, Input, Output, Globals>(
  partition: Partition<State, Input, Output, Globals>,
  instant: number,
  onTick: Decided<State, Input, Output>,
): void {
  begin(partition);
  moveOn(partition, instant, onTick);
  partition.busy = false;
}

/** Takes a tick at the clock as it stands, between tick instants. @throws as `accept` */
export function tickNow<State, Input, Output, Globals>(
  partition: Partition<State, Input, Output, Globals>,
  onTick: Decided<State, Input, Output>,
): void {
  begin(partition);
  takeDue(partition, partition.clock, onTick);
  partition.busy = false;
}

function begin(partition: { busy: boolean }): void {
  if (partition.busy) throw new Error('the partition has stopped, or is taking an input');
  partition.busy = true;
}

const contextOf = <State, Input, Output, Globals>(
  { machine, globals }: Partition<State, Input, Output, Globals>,
  asOf: number,
): Context<Globals> => ({ asOf, globals, version: machine.versionAt(globals, asOf) });

function moveOn<State, Input, Output, Globals>(
  partition: Partition<State, Input, Output, Globals>,
  instant: number,
  onTick: Decided<State, Input, Output>,
): void {
  if (instant <= partition.clock) return;
  const { machine, due } = partition;
  for (;;) {
    const next = nextDue(due);
    if (next === undefined || next.at > instant) break;
    // Tick instants at which nothing is due change nothing and are passed over.
    const at = machine.tickAt(next.at, contextOf(partition, next.at));
    if (at > instant) break;
    partition.clock = Math.max(partition.clock, at);
    takeDue(partition, at, onTick);
  }
  partition.clock = instant;
}

/** Ticks every key that is due by `instant`, once each, in (due, key) order. */
function takeDue<State, Input, Output, Globals>(
  partition: Partition<State, Input, Output, Globals>,
  instant: number,
  onTick: Decided<State, Input, Output>,
): void {
  const { machine, states, due } = partition;
  const context = contextOf(partition, partition.clock);
  for (let next = nextDue(due); next !== undefined && next.at <= instant; next = nextDue(due)) {
    const decision = machine.decide(states.get(next.key), { kind: 'tick' }, context);
    if (decision.state !== undefined && decision.dueAt <= partition.clock) {
      // no key: it names a customer, and this message may reach a log
      throw new Error('the machine leaves a key due at its own tick: it would never end');
    }
    keep(partition, next.key, decision);
    onTick(decision);
  }
}

function keep<State, Input, Output, Globals>(
  { states, due }: Partition<State, Input, Output, Globals>,
  key: string,
  { state, dueAt }: Decision<State, Input, Output>,
): void {
  if (state === undefined) {
    states.delete(key);
    forget(due, key);
    return;
  }
  if (states.get(key) !== state) states.set(key, state);
  setDue(due, key, dueAt);
}
