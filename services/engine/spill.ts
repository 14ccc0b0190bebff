import { encoded } from './key-states';
import { evict, type Entry } from './keys';
import type { Blob } from './ports';
import type { Executor } from './step';

/** States that have left memory and are stored nowhere, or not as new, encoded. */
export type Spilled = Map<string, Blob>;

/** A state in memory as it goes to stores. One that the checkpoint lacks keeps its bytes for it. */
export function blobOf<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  entry: Entry<State>,
): Blob {
  const { key, state, step, dueAt } = entry;
  const bytes = state === undefined ? undefined : encoded(executor, key, state);
  if (executor.keys.dirty.has(key)) entry.bytes = bytes;
  return { key, step, dueAt, bytes };
}

/** Leaves at most `max` states decoded; what the checkpoint lacks is kept encoded. */
export function spillDirty<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  spilled: Spilled,
  max: number,
): void {
  const { keys } = executor;
  if (keys.cached.size <= max) return;
  const mayGo = (entry: Entry<State>): boolean => {
    // a tombstone is known by its step alone
    if (entry.state !== undefined && keys.dirty.has(entry.key)) {
      spilled.set(entry.key, blobOf(executor, entry));
    }
    return true;
  };
  // in bulk, and again until those lately used have lost their second chance
  while (keys.cached.size > max * ROOM) evict(keys, Math.floor(max * ROOM), mayGo);
}

const ROOM = 0.9;

/**
 * States from among the spilled, and from elsewhere those that are not. A spilled one is given once: it
 * is in memory then, and stays there until it is stored or spilled anew.
 */
export async function getOver(
  spilled: Spilled,
  keys: readonly string[],
  get: (keys: readonly string[]) => Promise<readonly (Blob | undefined)[]>,
): Promise<readonly (Blob | undefined)[]> {
  if (spilled.size === 0) return get(keys);
  const others = keys.filter((key) => !spilled.has(key));
  const blobs = others.length === 0 ? [] : await get(others);
  const found = new Map(others.map((key, i) => [key, blobs[i]]));
  return keys.map((key) => {
    const blob = spilled.get(key) ?? found.get(key);
    spilled.delete(key);
    return blob;
  });
}
