import { emptyDueIndex, forget, isKnown, setDue, size, type DueIndex } from './due-index';
import { StateLost } from './errors';
import type { Blob, DueEntry } from './ports';

/** The state of one key in memory. */
export interface Entry<State> {
  readonly key: string;
  /** Undefined: the key was removed; a tombstone. */
  state: State | undefined;
  /** The last step applied to it. */
  step: number;
  /** As in the due index: one look-up the less for each record. Infinity for a tombstone. */
  dueAt: number;
  /** The last step in which it was decided about here; -1: none, it was loaded. */
  decidedIn: number;
  /** Looked at since the last round of eviction. */
  used: boolean;
  /** The state as it went to the copy, until it changes: the checkpoint that still lacks it takes it over. */
  bytes: Uint8Array | undefined;
}

/** Since when a key's blob in the checkpoint is out of date. */
export interface Dirty {
  /** The first step that is not in it. */
  readonly since: number;
  /** The clock of that step. */
  readonly at: number;
}

/** All keys of a partition: when each is due, and the states of some. */
export interface Keys<State> {
  /** Every known key. A key that is here and has no state anywhere is lost, never new. */
  readonly due: DueIndex;
  readonly cached: Map<string, Entry<State>>;
  /** Keys whose state is newer than the checkpoint, the oldest first. */
  readonly dirty: Map<string, Dirty>;
  /** Tombstones by the step of their removal; kept until no replay reaches that step. */
  readonly removed: Map<string, number>;
  /** Keys whose state was too large when it was last encoded. */
  readonly large: Set<string>;
  /** All known keys in order, while a sweep needs them. */
  ordered: Ordered | undefined;
}

interface Ordered {
  readonly sorted: readonly string[];
  /** Keys that came since. */
  readonly newcomers: Set<string>;
}

export const emptyKeys = <State>(): Keys<State> => ({
  due: emptyDueIndex(),
  cached: new Map(),
  dirty: new Map(),
  removed: new Map(),
  large: new Set(),
  ordered: undefined,
});

/** Notes how large a state is, each time it is encoded. */
export function noteSize<State>({ large }: Keys<State>, key: string, isTooLarge: boolean): void {
  if (isTooLarge) large.add(key);
  else if (large.size > 0) large.delete(key);
}

/** Learns of a key that is stored elsewhere; what is learnt later of it holds. */
export function learn<State>({ due, removed }: Keys<State>, entry: DueEntry): void {
  const { key, step, dueAt } = entry;
  if (entry.removed) {
    if (isKnown(due, key)) forget(due, key);
    removed.set(key, step);
    return;
  }
  setDue(due, key, dueAt);
  if (removed.size > 0) removed.delete(key);
}

/**
 * Brings the states of these keys into memory, those that are known.
 * @throws StateLost when a known key has no state
 */
export async function load<State>(
  keys: Keys<State>,
  wanted: Iterable<string>,
  get: (keys: readonly string[]) => Promise<readonly (Blob | undefined)[]>,
  decode: (bytes: Uint8Array) => State,
): Promise<void> {
  const missing = new Set<string>();
  for (const key of wanted) {
    const entry = keys.cached.get(key);
    if (entry !== undefined) entry.used = true;
    else if (isKnown(keys.due, key)) missing.add(key);
    else {
      const step = keys.removed.get(key);
      if (step !== undefined) {
        keys.cached.set(key, loadedEntry<State>(key, undefined, step, Infinity));
      }
    }
  }
  if (missing.size === 0) return;
  const list = [...missing];
  const blobs = await get(list);
  list.forEach((key, i) => {
    const blob = blobs[i];
    if (blob?.bytes === undefined) {
      throw new StateLost('a known key has no state: the copy of the states is rebuilt');
    }
    const { step, bytes } = blob;
    const dueAt = keys.due.dueOf.get(key) ?? Infinity;
    keys.cached.set(key, loadedEntry(key, decode(bytes), step, dueAt));
  });
}

const loadedEntry = <State>(
  key: string,
  state: State | undefined,
  step: number,
  dueAt: number,
): Entry<State> => ({ key, state, step, dueAt, decidedIn: -1, used: true, bytes: undefined });

/**
 * Keeps what was decided about a key.
 * @param entry of the key, if it has one
 */
export function keep<State>(
  keys: Keys<State>,
  key: string,
  entry: Entry<State> | undefined,
  decided: { readonly state: State | undefined; readonly dueAt: number },
  step: number,
): void {
  const { state, dueAt } = decided;
  if (state === undefined) {
    // a key of which nothing was ever kept leaves no trace
    if (entry === undefined) return;
    forget(keys.due, key);
    keys.removed.set(key, step);
  } else if (entry?.state === undefined || entry.dueAt !== dueAt) {
    if (keys.ordered !== undefined && !isKnown(keys.due, key)) keys.ordered.newcomers.add(key);
    setDue(keys.due, key, dueAt);
    if (keys.removed.size > 0) keys.removed.delete(key);
  }
  if (entry === undefined) {
    const bytes = undefined;
    keys.cached.set(key, { key, state, step, dueAt, decidedIn: step, used: true, bytes });
    return;
  }
  entry.state = state;
  entry.step = step;
  entry.decidedIn = step;
  entry.dueAt = state === undefined ? Infinity : dueAt;
  entry.used = true;
  entry.bytes = undefined;
}

/**
 * Known keys in order of their code units.
 * @param from after this one
 * @param to up to and with this one; undefined: to the end
 * @param max at most so many
 */
export function keysInOrder<State>(
  keys: Keys<State>,
  from: string,
  to: string | undefined,
  max = Number.POSITIVE_INFINITY,
): string[] {
  keys.ordered ??= { sorted: [...keys.due.dueOf.keys()].sort(byCodeUnits), newcomers: new Set() };
  const { sorted, newcomers } = keys.ordered;
  const isIn = (key: string): boolean => key > from && (to === undefined || key <= to);
  const found: string[] = [];
  for (let i = firstAfter(sorted, from); i < sorted.length && found.length < max; i += 1) {
    const key = sorted[i] ?? '';
    if (!isIn(key)) break;
    if (isKnown(keys.due, key)) found.push(key);
  }
  const late = [...newcomers].filter((key) => isIn(key) && isKnown(keys.due, key));
  if (late.length === 0) return found;
  return [...new Set([...found, ...late])].sort(byCodeUnits).slice(0, max);
}

/** How many known keys come after one, about: those that came or went since the order was made count not. */
export function keysAfter<State>({ ordered, due }: Keys<State>, key: string): number {
  if (ordered === undefined) return size(due);
  return ordered.sorted.length - firstAfter(ordered.sorted, key);
}

/** The order of keys is no longer needed. */
export function forgetOrder<State>(keys: Keys<State>): void {
  keys.ordered = undefined;
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function firstAfter(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Drops states from memory until at most `max` are left, those first that were not used lately;
 * `mayGo` says which can be had again from elsewhere.
 */
export function evict<State>(
  { cached }: Keys<State>,
  max: number,
  mayGo: (entry: Entry<State>) => boolean,
): void {
  let looks = Math.min(cached.size, 2 * (cached.size - max));
  if (looks <= 0) return;
  for (const [key, entry] of cached) {
    if (looks <= 0 || cached.size <= max) return;
    looks -= 1;
    cached.delete(key);
    // a second chance: to the end of the queue
    if (entry.used || !mayGo(entry)) {
      entry.used = false;
      cached.set(key, entry);
    }
  }
}
