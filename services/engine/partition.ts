import { emptyDueIndex, forget, nextDue, setDue, type DueIndex } from './due-index';
import type { Decision, Machine } from './machine';

/**
 * A partition in memory: the states by key, when each is due, and the clock, which only moves on.
 * The clock here is event time: the greatest time of an accepted input, with a tick at each tick
 * instant passed, at which all keys due by then are taken in (due, key) order (design, rule 9).
 */
export interface Partition<State, Input, Decided extends Decision<State>> {
  readonly machine: Machine<State, Input, Decided>;
  readonly states: Map<string, State>;
  readonly due: DueIndex;
  clock: number;
  /**
   * True while an input is taken, and for good once a machine has thrown: what it left half done
   * is not known, so the partition takes nothing more and is rebuilt from its log.
   */
  busy: boolean;
}

export const memoryPartition = <State, Input, Decided extends Decision<State>>(
  machine: Machine<State, Input, Decided>,
): Partition<State, Input, Decided> => ({
  machine,
  states: new Map(),
  due: emptyDueIndex(),
  clock: Number.NEGATIVE_INFINITY,
  busy: false,
});

/**
 * Moves the clock to the input's time, then decides about it.
 * @param onTick what to do with each decision that a tick brings; it may not touch the partition
 * @throws what the machine throws, and from then on at every call: the partition has stopped
 */
export function accept<State, Input, Decided extends Decision<State>>(
  partition: Partition<State, Input, Decided>,
  input: Input,
  onTick: (decided: Decided) => void,
): Decided {
  const { machine, states } = partition;
  begin(partition);
  moveOn(partition, machine.timeOf(input), onTick);
  const key = machine.keyOf(input);
  const decided = machine.decide(states.get(key), input, partition.clock);
  keep(partition, key, decided);
  partition.busy = false;
  return decided;
}

/** Moves the clock on to `instant`, taking the ticks on the way. @throws as `accept` */
export function advance<State, Input, Decided extends Decision<State>>(
  partition: Partition<State, Input, Decided>,
  instant: number,
  onTick: (decided: Decided) => void,
): void {
  begin(partition);
  moveOn(partition, instant, onTick);
  partition.busy = false;
}

/** Takes a tick at the clock as it stands, between tick instants. @throws as `accept` */
export function tickNow<State, Input, Decided extends Decision<State>>(
  partition: Partition<State, Input, Decided>,
  onTick: (decided: Decided) => void,
): void {
  begin(partition);
  takeDue(partition, partition.clock, onTick);
  partition.busy = false;
}

function begin(partition: { busy: boolean }): void {
  if (partition.busy) throw new Error('the partition has stopped, or is taking an input');
  partition.busy = true;
}

function moveOn<State, Input, Decided extends Decision<State>>(
  partition: Partition<State, Input, Decided>,
  instant: number,
  onTick: (decided: Decided) => void,
): void {
  if (instant <= partition.clock) return;
  const { machine, due } = partition;
  for (;;) {
    const next = nextDue(due);
    // Tick instants at which nothing is due change nothing and are passed over.
    const at = next === undefined ? Number.POSITIVE_INFINITY : machine.tickAt(next.at);
    if (at > instant) break;
    partition.clock = Math.max(partition.clock, at);
    takeDue(partition, at, onTick);
  }
  partition.clock = instant;
}

/** Ticks every key that is due by `instant`, once each, in (due, key) order. */
function takeDue<State, Input, Decided extends Decision<State>>(
  partition: Partition<State, Input, Decided>,
  instant: number,
  onTick: (decided: Decided) => void,
): void {
  const { machine, states, due } = partition;
  for (let next = nextDue(due); next !== undefined && next.at <= instant; next = nextDue(due)) {
    const state = states.get(next.key);
    if (state === undefined) {
      forget(due, next.key);
      continue;
    }
    const decided = machine.tick(state, partition.clock);
    if (decided.dueAt <= partition.clock) {
      // no key: it names a customer, and this message may reach a log
      throw new Error('the machine leaves a key due at its own tick: it would never end');
    }
    keep(partition, next.key, decided);
    onTick(decided);
  }
}

function keep<State, Input, Decided extends Decision<State>>(
  { states, due }: Partition<State, Input, Decided>,
  key: string,
  { state, dueAt }: Decided,
): void {
  if (state === undefined) {
    states.delete(key);
    forget(due, key);
    return;
  }
  if (states.get(key) !== state) states.set(key, state);
  setDue(due, key, dueAt);
}
