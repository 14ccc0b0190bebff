import { getFromCopy } from './copying';
import { addTo, type Figures, type Tally } from './measures';
import { pause } from './pause';
import type { Blob } from './ports';
import type { Live } from './recovery';
import { contextOf } from './step';

/**
 * Figures of all keys of a partition (how many there are of each kind), for those who look after it. They
 * are found by a walk over all states beside the steps: so they follow from what is stored, are right
 * after every recovery, and cost a step nothing. The price: they are as old as the last walk, and a walk
 * takes a share of the time.
 */

const KEYS_AT_ONCE = 100;
/** A walk takes a part of this of the time of its thread. */
const PART = 50;
const PAUSE_MS_MIN = 5;
/** Between two walks: so long at least, and so many times as long as the last one took. */
const REST_MS_MIN = 10_000;
const REST_TIMES = 4;
/** Where there is nothing to count by yet, or a store does not answer. */
const AGAIN_MS = 1_000;

/**
 * Runs a live partition, and finds its figures meanwhile.
 * @param isWatched somebody wants them; where every turn is to be the same, nobody does
 */
export async function withFigures<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  isWatched: boolean,
  run: () => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  // it ends by itself: a store that does not answer must not keep a recovery waiting
  if (isWatched) void keepFigures(live, over.signal);
  try {
    await run();
  } finally {
    over.abort();
  }
}

/** Notes what is in force. */
export function noteVersion<State, Input, Output, Globals>({
  executor,
  measures,
}: Live<State, Input, Output, Globals>): void {
  try {
    measures.inForce = executor.machine.inForce?.(contextOf(executor)) ?? [];
  } catch {
    // nothing is decided by it: what has no name is not told of
    measures.inForce = [];
  }
}

/** Walks again and again until it is to end. Never rejects: what fails here, fails for the steps too. */
async function keepFigures<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  signal: AbortSignal,
): Promise<void> {
  if (live.executor.machine.figures === undefined) return;
  while (!signal.aborted) {
    const began = performance.now();
    const figures = await walk(live, signal);
    if (figures !== undefined) live.measures.figures = figures;
    const took = performance.now() - began;
    const restMs = Math.max(REST_MS_MIN, REST_TIMES * took);
    await pause(figures === undefined ? AGAIN_MS : restMs, signal);
  }
}

/** @returns undefined: it was ended before it was through, or before a version was in force */
async function walk<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  signal: AbortSignal,
): Promise<Figures | undefined> {
  const { executor, ports } = live;
  const tally: Tally = new Map();
  // grows with keys that come on the way
  const keys = executor.keys.due.dueOf.keys();
  for (;;) {
    const some = takeSome(keys);
    if (executor.version === '') return undefined;
    if (some.length === 0) {
      for (const name of alwaysNamed(live)) addTo(tally, name, 0);
      return { tally, completedAt: ports.clock.now() };
    }
    const stored = await storedOf(live, some, signal);
    if (signal.aborted) return undefined;
    const began = performance.now();
    some.forEach((key, i) => addKey(live, key, stored[i], tally));
    const took = performance.now() - began;
    await pause(Math.max(PAUSE_MS_MIN, took * PART), signal);
  }
}

function alwaysNamed<State, Input, Output, Globals>({
  executor,
}: Live<State, Input, Output, Globals>): readonly string[] {
  try {
    return executor.machine.figureNames?.(contextOf(executor)) ?? [];
  } catch {
    // nothing is decided by it
    return [];
  }
}

function takeSome(keys: Iterator<string>): string[] {
  const some: string[] = [];
  while (some.length < KEYS_AT_ONCE) {
    const next = keys.next();
    if (next.done === true) break;
    some.push(next.value);
  }
  return some;
}

/** The states of those that are not in memory; asked for again while the store does not answer. */
async function storedOf<State, Input, Output, Globals>(
  { executor, ports, copying }: Live<State, Input, Output, Globals>,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly (Blob | undefined)[]> {
  const { cached } = executor.keys;
  const absent = keys.filter((key) => !cached.has(key));
  while (absent.length > 0 && !signal.aborted) {
    try {
      // the checkpoint may be some steps behind: for a figure that does
      const blobs =
        copying !== undefined
          ? await getFromCopy(copying, absent)
          : ports.states === undefined
            ? await ports.checkpoints.get(absent)
            : [];
      const found = new Map(absent.map((key, i) => [key, blobs[i]]));
      return keys.map((key) => found.get(key));
    } catch {
      await pause(AGAIN_MS, signal);
    }
  }
  return [];
}

function addKey<State, Input, Output, Globals>(
  { executor }: Live<State, Input, Output, Globals>,
  key: string,
  blob: Blob | undefined,
  tally: Tally,
): void {
  const { machine, keys } = executor;
  const context = contextOf(executor);
  const entry = keys.cached.get(key);
  const bytes = entry === undefined ? blob?.bytes : undefined;
  try {
    const state = bytes === undefined ? entry?.state : machine.decodeState(bytes, context);
    if (state !== undefined) machine.figures?.(state, context, (name) => addTo(tally, name));
  } catch {
    // a damaged state is for those who decide, and for the scrubber
  }
}
