import { commitStep, stepOf, type Pace } from './commit';
import { decideKey } from './decide';
import { nextDue, putBack, takeDue } from './due-index';
import { loadKeys } from './key-states';
import { forgetOrder, keysInOrder } from './keys';
import type { Live } from './recovery';

/** So often the clock is noted where nothing else happens. */
const CLOCK_MS = 60_000;

/** Whether keys are due, or a sweep is under way. */
export const hasBackground = <State, Input, Output, Globals>({
  executor,
  options,
  sweep,
}: Live<State, Input, Output, Globals>): boolean => {
  if (sweep !== undefined) return true;
  const due = options.time === 'wall' ? nextDue(executor.keys.due) : undefined;
  return due !== undefined && due.at <= executor.clock;
};

/** One step of what waits in the background; ticks and a sweep take turns. */
export async function backgroundStep<State, Input, Output, Globals>(
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
export async function tickStep<State, Input, Output, Globals>(
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

export const tellSweep = <State, Input, Output, Globals>(
  { options }: Live<State, Input, Output, Globals>,
  kind: 'sweep-begun' | 'sweep-done',
  step: number,
  cause: string,
): void => options.told?.({ kind, step, cause });

/** Nothing to do: what is dirty for long goes to the checkpoint, and the clock is noted now and then. */
export async function quietStep<State, Input, Output, Globals>(
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
  const isLate = options.time === 'wall' && executor.clock - last.record.clock >= CLOCK_MS;
  if (!isOld && !isLate) return false;
  await commitStep(live, stepOf(live), { kind: 'tick' }, pace);
  return true;
}
