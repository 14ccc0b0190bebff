import type { Journal } from '@tidemark/schemas/records';
import type { Keys } from './keys';
import type { Blob, CheckpointSlice, JournalEntry, Restart } from './ports';

/** Where the records of recent steps stand in the journal: from the restart position on. */
export type Positions = Map<number, number>;

/** Nothing of a checkpoint counts: all is replayed, and all of it is written to the checkpoint again. */
export const FROM_THE_BEGINNING = { step: 0, position: 0 };

/**
 * Whether a checkpoint begins with this record: that of an owner who has found none, or one that has lost
 * something. What is in it from before counts for nothing.
 */
export const beginsCheckpoint = ({ kind, restart }: Journal): boolean =>
  (kind === 'genesis' || kind === 'owner') && restart.step === FROM_THE_BEGINNING.step;

/** Marks keys that a step has touched: their blobs in the checkpoint are out of date from it on. */
export function markDirty<State>(
  { dirty }: Keys<State>,
  touched: Iterable<string>,
  since: number,
  at: number,
): void {
  for (const key of touched) if (!dirty.has(key)) dirty.set(key, { since, at });
}

/** The first step that is not wholly in the checkpoint, when all up to `step` are decided. */
export function restartStep<State>({ dirty }: Keys<State>, step: number): number {
  // the oldest stands first: keys become dirty in the order of the steps
  for (const { since } of dirty.values()) return since;
  return step + 1;
}

/**
 * Since when there is a state that is newer than the checkpoint, UTC milliseconds; undefined: there is none.
 * @param liveSince what a recovery has found to be newer is taken to be as old as the recovery
 */
export function dirtySince<State>({ dirty }: Keys<State>, liveSince: number): number | undefined {
  for (const { at } of dirty.values()) return Math.max(at, liveSince);
  return undefined;
}

/**
 * The states that ride with a step: the oldest dirty ones. They count as clean from here on; after a
 * failed commit all states are dropped anyway.
 * @param count how many at most
 * @param encode the states as they are after the step
 * @param copied the last step that the copy of the states has; Infinity where there is none
 */
export function takeSlice<State>(
  keys: Keys<State>,
  step: number,
  count: number,
  positions: Positions,
  encode: (key: string, state: State) => Uint8Array,
  copied: number,
): CheckpointSlice | undefined {
  if (count <= 0 || keys.dirty.size === 0) return undefined;
  const blobs: Blob[] = [];
  for (const key of keys.dirty.keys()) {
    if (blobs.length >= count) break;
    const entry = keys.cached.get(key);
    // not in memory: it is loaded before its turn comes, see `oldestDirty`
    if (entry === undefined) break;
    keys.dirty.delete(key);
    const { state } = entry;
    const bytes = state === undefined ? undefined : (entry.bytes ?? encode(key, state));
    entry.bytes = undefined;
    blobs.push({ key, step: entry.step, dueAt: entry.dueAt, bytes });
  }
  if (blobs.length === 0) return undefined;
  const restart = restartStep(keys, step);
  const forgotten = forgettable(keys, Math.min(restart, copied + 1), step);
  return { blobs, forgotten, restart: restartAt(positions, restart, step) };
}

/** Steps that change no state are run again in a recovery, until a slice tells of them. */
const UNTOLD_STEPS_MAX = 100;

/**
 * Whether the journal has told of a slice and the owner who has signed in has found none: the checkpoint
 * was lost, or something of it.
 */
export const isCheckpointLost = (before: JournalEntry, { record }: JournalEntry): boolean =>
  record.restart.step === FROM_THE_BEGINNING.step &&
  (before.record.restart.step > 0 || before.record.step > UNTOLD_STEPS_MAX);

/** A slice without states, where the checkpoint lacks none of many steps and does not say so. */
export function moveRestart<State>(
  keys: Keys<State>,
  step: number,
  positions: Positions,
  told: Pick<Restart, 'step'>,
): CheckpointSlice | undefined {
  const restart = restartStep(keys, step);
  if (restart - told.step < UNTOLD_STEPS_MAX) return undefined;
  return { blobs: [], forgotten: [], restart: restartAt(positions, restart, step) };
}

const restartAt = (positions: Positions, step: number, asOf: number): Restart => ({
  step,
  position: placeOf(positions, step),
  asOf,
});

/** Keys that the next slice wants in memory. */
export function oldestDirty<State>({ dirty, cached }: Keys<State>, count: number): string[] {
  const found: string[] = [];
  let looked = 0;
  for (const key of dirty.keys()) {
    looked += 1;
    if (looked > count) break;
    if (!cached.has(key)) found.push(key);
  }
  return found;
}

/** Tombstones of steps before `before`, which no replay meets any more, written in an earlier step. */
function forgettable<State>(keys: Keys<State>, before: number, step: number): string[] {
  const gone: string[] = [];
  for (const [key, removedIn] of keys.removed) {
    if (removedIn >= before || removedIn >= step || keys.dirty.has(key)) continue;
    gone.push(key);
  }
  for (const key of gone) {
    keys.removed.delete(key);
    keys.cached.delete(key);
  }
  return gone;
}

/** The place of the record before a step, or of the newest that is known before it. */
export function placeOf(positions: Positions, step: number): number {
  for (let s = step - 1; s >= 0; s -= 1) {
    const place = positions.get(s);
    if (place !== undefined) return place;
  }
  return 0;
}

/** Forgets places that no replay will begin at. */
export function prunePlaces(positions: Positions, restart: number): void {
  for (const step of positions.keys()) {
    if (step >= restart - 1) return;
    positions.delete(step);
  }
}
