import { dirtySince } from './checkpoint';
import { size } from './due-index';
import {
  faultText,
  Fenced,
  GivenUp,
  PartitionStopped,
  PositionGone,
  StateLost,
  Unsure,
} from './errors';
import { noteVersion, withFigures } from './figures';
import { loadKeys } from './key-states';
import { keysAfter } from './keys';
import { runLive, type Requests } from './live';
import type { Context, Machine } from './machine';
import { addTo, countsIn, newMeasures, observe, type Measures } from './measures';
import type { PartitionOptions } from './options';
import type { JournalEntry, Ports } from './ports';
import { drop, takeOver, type Live, type Trying } from './recovery';
import { contextOf } from './step';
import { noteStuck } from './stuck';

export type Phase = 'recovering' | 'live' | 'stopped';

/** What others may know of a running partition. */
export interface PartitionStatus {
  readonly phase: Phase;
  /** The last committed step; -1 before the first. */
  readonly step: number;
  /** UTC milliseconds. */
  readonly clock: number;
  readonly version: string;
  readonly keys: number;
  readonly dirty: number;
  readonly restartStep: number;
  /** Since when there is a state that is newer than the checkpoint, UTC milliseconds; undefined: there is none. */
  readonly dirtySince: number | undefined;
  /** Steps that the copy of the states has yet to get; 0 where there is no copy. */
  readonly copyBehind: number;
  /** While recovering: steps replayed so far and in all. */
  readonly replay: { readonly done: number; readonly of: number };
  /** Whether a sweep over all keys is under way. */
  readonly sweeping: boolean;
  /** Keys that a running sweep has yet to decide, about; 0: none runs. */
  readonly sweepLeft: number;
  /** The next offset of each topic after the last committed step. */
  readonly positions: Readonly<Record<string, number>>;
  /** By name: what its measures say (records, outcome:late ...), and since the start of this runner commits, recoveries ... */
  readonly counts: Readonly<Record<string, number>>;
}

/** A partition that runs. */
export interface PartitionHandle<State, Globals> {
  /** Resolves after `stop`, rejects with what stopped it otherwise. */
  readonly done: Promise<void>;
  /** Takes nothing more, finishes the step under way, resolves when all is written. */
  readonly stop: () => Promise<void>;
  readonly status: () => PartitionStatus;
  /**
   * Looks at the committed state of a key between two steps; `look` must not change it.
   * Rejects once the partition has stopped; waits while it recovers.
   */
  readonly view: <T>(
    key: string,
    look: (state: State | undefined, context: Context<Globals>) => T,
  ) => Promise<T>;
}

/** The first wait after a failure, and the longest; each is twice the one before. */
const PAUSE_MS = { first: 5, longest: 5_000 };

/**
 * Runs one partition as its owner: takes it over, brings it up to the journal, then goes on with new
 * records until it is stopped. Whatever fails on the way without a verdict (a commit whose outcome is
 * unknown, a store that cannot be reached) is answered alike: drop all states, take over again.
 */
export function runPartition<State, Input, Output, Globals>(
  machine: Machine<State, Input, Output, Globals>,
  ports: Ports,
  options: PartitionOptions,
): PartitionHandle<State, Globals> {
  const measures = options.measures ?? newMeasures();
  const run = newRun<State, Input, Output, Globals>(measures, options.measures !== undefined);
  const done = loop(run, machine, ports, { ...options, measures }).finally(() => {
    run.phase = 'stopped';
    for (const { reject } of run.views.splice(0)) reject(new PartitionStopped('has stopped'));
  });
  // whoever waits for the end is told of the failure; nobody need wait
  done.catch(() => undefined);
  return {
    done,
    stop: () => {
      run.stopping = true;
      ports.ledger.giveUp?.();
      run.wake();
      run.stopped();
      return done.catch(() => undefined);
    },
    status: () => statusOf(run),
    view: (key, look) => view(run, key, look),
  };
}

interface Run<State, Input, Output, Globals> {
  live: Live<State, Input, Output, Globals> | undefined;
  /** When it went live last, UTC milliseconds. */
  liveSince: number;
  readonly measures: Measures;
  /** Somebody keeps the measures. */
  readonly isWatched: boolean;
  /** The newest record that is known of while it is not live: nothing is decided meanwhile. */
  known: JournalEntry | undefined;
  phase: Phase;
  stopping: boolean;
  replay: { done: number; of: number };
  readonly counts: Record<string, number>;
  readonly views: View<State, Globals>[];
  /** Ends the rest of a partition that waits for records. */
  wake: () => void;
  /** Ends the wait after a failure. */
  stopped: () => void;
}

interface View<State, Globals> {
  readonly key: string;
  readonly look: (state: State | undefined, context: Context<Globals>) => void;
  readonly reject: (error: Error) => void;
}

function newRun<State, Input, Output, Globals>(
  measures: Measures,
  isWatched: boolean,
): Run<State, Input, Output, Globals> {
  return {
    live: undefined,
    liveSince: 0,
    known: undefined,
    measures,
    isWatched,
    phase: 'recovering',
    stopping: false,
    replay: { done: 0, of: 0 },
    counts: {},
    views: [],
    wake: () => undefined,
    stopped: () => undefined,
  };
}

/**
 * Resolves when something new waits. A promise for each rest: one that lives on would keep something
 * of every race that it was part of.
 */
const woken = <State, Input, Output, Globals>(
  run: Run<State, Input, Output, Globals>,
): Promise<void> =>
  new Promise((resolve) => {
    run.wake = resolve;
    if (run.stopping || run.views.length > 0) resolve();
  });

async function loop<State, Input, Output, Globals>(
  run: Run<State, Input, Output, Globals>,
  machine: Machine<State, Input, Output, Globals>,
  ports: Ports,
  options: PartitionOptions,
): Promise<void> {
  const count = (name: string, n = 1): void => {
    run.counts[name] = (run.counts[name] ?? 0) + n;
    addTo(run.measures.others, name, n);
  };
  const progress = (done: number, of: number): void => {
    run.replay = { done, of };
  };
  const known = (last: JournalEntry | undefined): void => {
    run.known = last ?? run.known;
  };
  let first: JournalEntry | undefined;
  let unsure: Trying | undefined;
  const signedIn = (last: JournalEntry, before: JournalEntry): void => {
    first = last;
    const outcome = unsure === undefined ? undefined : outcomeOf(unsure, before);
    if (outcome !== undefined) count(`unknown-commits:${outcome}`);
    unsure = undefined;
    sureAt = ports.clock.now();
    count('takeovers');
  };
  let sureAt = ports.clock.now();
  let failures = 0;
  let seen = 0;
  let isLost = false;
  const stuck = noteStuck(options);
  while (!run.stopping) {
    try {
      run.phase = 'recovering';
      run.live = undefined;
      first = undefined;
      run.replay = { done: 0, of: 0 };
      if (isLost && ports.states === undefined) throw stateMissing();
      const began = performance.now();
      run.live = await takeOver(machine, ports, stuck.over(options), {
        ...{ count, progress, signedIn, known, copyLost: isLost },
        stopping: () => run.stopping,
      });
      isLost = false;
      run.phase = 'live';
      noteLive(run, ports, options, performance.now() - began);
      const { live } = run;
      await withFigures(live, run.isWatched, () => runLive(live, requestsOf(run)));
    } catch (error) {
      if (error instanceof Fenced) throw error;
      if (error instanceof GivenUp) return;
      unsure = run.live?.trying ?? unsure;
      known(run.live?.last ?? first);
      // after a commit without an answer the journal may have gone on by this owner's own record
      const isDoubtful = isFinal(error) || error instanceof StateLost;
      const isOver = isDoubtful ? await isOvertaken(ports, run.live?.last ?? first) : false;
      if (isOver === true) throw new Fenced('another owner has taken the partition over');
      const isTriedApart = run.phase === 'live' && stuck.note(error, run.live?.last);
      if (isFinal(error) && isOver === false && !isTriedApart) throw error;
      options.failed?.(faultText(error));
      sureAt = Math.max(sureAt, run.live?.sureAt ?? sureAt);
      if (ports.clock.now() - sureAt > options.ownedMsMax) {
        throw new Unsure('the partition may be owned by another by now');
      }
      const commits = run.counts['commits'] ?? 0;
      failures = commits > seen ? 1 : failures + 1;
      seen = commits;
      count(error instanceof StateLost ? 'states-lost' : 'recoveries');
      if (failures >= options.failuresMax) {
        throw new PartitionStopped(
          `partition ${options.partition} stops after ${failures} failures in a row; the last: ${faultText(error)}`,
          { cause: error },
        );
      }
      isLost ||= error instanceof StateLost;
      // at once the first time: most failures are over by then
      if (failures > 1) await pause(run, ports, failures);
    }
  }
}

/** It is live after a recovery. */
function noteLive<State, Input, Output, Globals>(
  run: Run<State, Input, Output, Globals>,
  { clock }: Ports,
  { told }: PartitionOptions,
  ms: number,
): void {
  run.liveSince = clock.now();
  observe(run.measures.recovery, ms / 1000);
  if (run.live === undefined) return;
  noteVersion(run.live);
  const { step } = run.live.last.record;
  told?.({ kind: 'recovered', step, replayed: run.replay.of, ms: Math.round(ms) });
  const { sweep } = run.live;
  if (sweep !== undefined) told?.({ kind: 'sweep-begun', step, cause: sweep.cause });
}

const isFinal = (error: unknown): boolean =>
  error instanceof Fenced || error instanceof PartitionStopped || error instanceof PositionGone;

/**
 * Whether the journal has gone on without this owner. One that stood still for long and wakes finds
 * stores that do not fit what it knows: that is no damage, and nobody is to be woken for it.
 * @param last the newest record of its own
 * @returns undefined: the journal does not say now
 */
async function isOvertaken(
  { ledger }: Ports,
  last: JournalEntry | undefined,
): Promise<boolean | undefined> {
  if (last === undefined) return false;
  try {
    const newest = await ledger.last();
    return newest !== undefined && newest.record.step > last.record.step;
  } catch {
    return undefined;
  }
}

/** What became of a commit without an answer; undefined: later records hide it. */
function outcomeOf({ step, bytes }: Trying, newest: JournalEntry): 'found' | 'lost' | undefined {
  if (newest.record.step > step) return undefined;
  return Buffer.compare(newest.bytes, bytes) === 0 ? 'found' : 'lost';
}

const stateMissing = (): PartitionStopped =>
  new PartitionStopped(
    'the checkpoint lacks the state of a known key: remove the checkpoint and start again; it is made anew from the journal',
    { reason: 'data' },
  );

/** Longer from failure to failure: what is down is not asked without end. A stop ends the wait. */
async function pause<State, Input, Output, Globals>(
  run: Run<State, Input, Output, Globals>,
  { clock }: Ports,
  failures: number,
): Promise<void> {
  if (clock.pause === undefined || run.stopping) return;
  const ms = Math.min(PAUSE_MS.longest, PAUSE_MS.first * 2 ** Math.min(failures, 20));
  const stopped = new Promise<void>((resolve) => {
    run.stopped = resolve;
  });
  await Promise.race([clock.pause(ms), stopped]);
}

function requestsOf<State, Input, Output, Globals>(
  run: Run<State, Input, Output, Globals>,
): Requests {
  return {
    stopping: () => run.stopping,
    pending: () => run.views.length > 0,
    serve: () => serve(run),
    woken: () => woken(run),
  };
}

/** Answers what was asked since the last step; every state in memory is a committed one. */
async function serve<State, Input, Output, Globals>(
  run: Run<State, Input, Output, Globals>,
): Promise<void> {
  const { live } = run;
  if (run.views.length === 0 || live === undefined) return;
  const views = run.views.splice(0);
  try {
    await loadKeys(
      live.executor,
      views.map(({ key }) => key),
    );
  } catch (error) {
    run.views.unshift(...views);
    throw error;
  }
  const context = contextOf(live.executor);
  for (const { key, look } of views) look(live.executor.keys.cached.get(key)?.state, context);
  // who only looks may look at all keys, and no step comes to make room
  drop(live);
}

function view<State, Input, Output, Globals, T>(
  run: Run<State, Input, Output, Globals>,
  key: string,
  look: (state: State | undefined, context: Context<Globals>) => T,
): Promise<T> {
  if (run.phase === 'stopped') return Promise.reject(new PartitionStopped('has stopped'));
  return new Promise((resolve, reject) => {
    const answer: View<State, Globals>['look'] = (state, context) => {
      try {
        resolve(look(state, context));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    run.views.push({ key, look: answer, reject });
    run.wake();
  });
}

function statusOf<State, Input, Output, Globals>({
  live,
  liveSince,
  known,
  phase,
  replay,
  counts,
  measures,
}: Run<State, Input, Output, Globals>): PartitionStatus {
  return {
    phase,
    step: (live?.last ?? known)?.record.step ?? -1,
    clock: live?.executor.clock ?? 0,
    version: live?.executor.version ?? '',
    keys: live === undefined ? 0 : size(live.executor.keys.due),
    dirty: live?.executor.keys.dirty.size ?? 0,
    restartStep: (live?.last ?? known)?.record.restart.step ?? 0,
    dirtySince: live === undefined ? undefined : dirtySince(live.executor.keys, liveSince),
    copyBehind: live?.copying === undefined ? 0 : live.last.record.step - live.copying.done,
    replay: { ...replay },
    sweeping: live?.sweep !== undefined,
    sweepLeft: live?.sweep === undefined ? 0 : keysAfter(live.executor.keys, live.sweep.after),
    // not those of a step under way: it may be given up, and nobody takes its records but this partition
    positions: (live?.last ?? known)?.record.positions ?? {},
    counts: { ...countsIn(measures), ...counts },
  };
}
