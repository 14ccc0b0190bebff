import type { Hooks, PortCall, Wait } from '@tidemark/engine/adapters/memory/hooks';
import type { Random } from './random';
import { callText, lineOf, type Answer } from './trace';

/** A process as the network sees it. */
export interface Caller {
  readonly name: string;
  /** Nothing is answered any more. */
  crashed: boolean;
  /** Nothing is answered before this instant of the simulated time. */
  stalledUntil: number;
}

/** A call under way. */
interface Pending {
  readonly caller: Caller;
  readonly call: PortCall;
  /** Does the call and answers, or throws to the caller. */
  readonly deliver: () => Answer;
  /** Does the call without an answer. */
  readonly perform: () => Answer;
  /** Answers with an error, without doing the call. */
  readonly fail: (message: string) => void;
}

interface Waiting {
  readonly caller: Caller;
  readonly call: PortCall;
  readonly deadline: number;
  readonly ready: () => boolean;
  readonly resolve: () => void;
}

/** All calls of all processes: each is answered when the network gets to it. */
export interface Network {
  readonly random: Random;
  now: number;
  readonly pending: Pending[];
  waiting: Waiting[];
  /** Calls whose callers will never hear of them, still on their way. */
  stray: {
    readonly name: string;
    readonly call: PortCall;
    readonly perform: () => Answer;
  }[];
  /** What befalls the next call that fits, once. */
  readonly ambushes: Ambush[];
  readonly trace: (line: () => string | undefined) => void;
}

export interface Ambush {
  readonly partition: number;
  readonly fits: (call: PortCall) => boolean;
  readonly how: 'refused' | 'done' | 'undone' | 'late';
}

export const newNetwork = (random: Random, now: number, trace: Network['trace']): Network => ({
  random,
  now,
  pending: [],
  waiting: [],
  stray: [],
  ambushes: [],
  trace,
});

/** The hooks through which one process calls. */
export function hooksOf(network: Network, caller: Caller): Hooks {
  return {
    call: <T>(call: PortCall, perform: () => T) =>
      new Promise<T>((resolve, reject) => {
        if (caller.crashed) return;
        const answer = (settle: (value: T) => void, refuse: (error: unknown) => void): Answer => {
          try {
            const value = perform();
            settle(value);
            return { value };
          } catch (error) {
            refuse(error);
            return { error };
          }
        };
        network.pending.push({
          caller,
          call,
          deliver: () => answer(resolve, reject),
          perform: () => answer(ignore, ignore),
          fail: (message) => reject(new Error(message)),
        });
      }),
    wait: (call: PortCall, { ready, waitMs }: Wait) =>
      new Promise((resolve) => {
        if (caller.crashed) return;
        network.waiting.push({ caller, call, deadline: network.now + waitMs, ready, resolve });
      }),
  };
}

const ignore = (): void => undefined;

/** Whether anything can be answered now. */
const isAwake = (network: Network, { crashed, stalledUntil }: Caller): boolean =>
  !crashed && stalledUntil <= network.now;

/**
 * Answers one call, or lets one stray call arrive, whichever chance picks.
 * @returns false when there is nothing to do at this instant
 */
export function deliverOne(network: Network): boolean {
  const { random, pending, stray } = network;
  const calls = pending.filter(({ caller }) => isAwake(network, caller));
  const waits = network.waiting.filter(
    (wait) => isAwake(network, wait.caller) && (wait.deadline <= network.now || wait.ready()),
  );
  // strays come late or never before others are done
  const straying = stray.length > 0 && (random.chance(0.1) || calls.length + waits.length === 0);
  if (straying) {
    const [one] = stray.splice(random.int(0, stray.length - 1), 1);
    if (one !== undefined) {
      const outcome = one.perform();
      network.trace(() => `${one.name} (late) ${lineOf(one.call, outcome) ?? callText(one.call)}`);
    }
    return true;
  }
  if (calls.length + waits.length === 0) return false;
  network.now += random.int(0, 2);
  const index = random.int(0, calls.length + waits.length - 1);
  const wait = waits[index - calls.length];
  if (wait !== undefined) {
    network.waiting = network.waiting.filter((other) => other !== wait);
    wait.resolve();
    return true;
  }
  const call = calls[index];
  if (call !== undefined) {
    pending.splice(pending.indexOf(call), 1);
    answer(network, call);
  }
  return true;
}

function answer(network: Network, one: Pending): void {
  const { call, caller } = one;
  const at = network.ambushes.findIndex(
    ({ partition, fits }) => partition === call.partition && fits(call),
  );
  const [ambush] = at < 0 ? [] : network.ambushes.splice(at, 1);
  const tell = (answer: Answer, how = ''): void =>
    network.trace(() => {
      const line = lineOf(call, answer);
      return line === undefined ? undefined : `${caller.name} ${line}${how}`;
    });
  switch (ambush?.how) {
    case undefined:
      return tell(one.deliver());
    case 'done':
      one.fail('no answer');
      return tell(one.perform(), ' (done, and not answered)');
    case 'late':
      one.fail('no answer');
      network.stray.push({ name: caller.name, call, perform: one.perform });
      return tell({ error: 'no answer, and still on its way' });
    case 'refused':
    case 'undone':
      one.fail(ambush.how);
      return tell({ error: ambush.how });
  }
}

/** Cuts a process off: what it has sent may still arrive, or not. */
export function cutOff(network: Network, caller: Caller): void {
  caller.crashed = true;
  network.waiting = network.waiting.filter((wait) => wait.caller !== caller);
  for (let i = network.pending.length - 1; i >= 0; i -= 1) {
    const one = network.pending[i];
    if (one?.caller !== caller) continue;
    network.pending.splice(i, 1);
    if (network.random.chance(0.5)) {
      network.stray.push({ name: caller.name, call: one.call, perform: one.perform });
    }
  }
}

/** The next instant at which something can be answered that cannot be now; Infinity: none. */
export function nextInstant({ now, pending, waiting }: Network): number {
  let next = Infinity;
  for (const { caller } of pending) {
    if (!caller.crashed && caller.stalledUntil > now) next = Math.min(next, caller.stalledUntil);
  }
  for (const { caller, deadline } of waiting) {
    if (!caller.crashed) next = Math.min(next, Math.max(deadline, caller.stalledUntil));
  }
  return next;
}
