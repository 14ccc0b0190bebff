import { Fenced, StateLost } from './errors';
import type { Blob, OwnerToken, StateStore } from './ports';

/**
 * Keeps the copy of the states up with the journal, beside the steps: while one write is under way, the
 * keys of the next steps gather, and go together when it is done. A state that the copy lacks stays in
 * memory, so nothing is read from the copy that it does not have.
 */
export interface Copying {
  readonly states: StateStore;
  readonly owner: OwnerToken;
  /** The last step that the copy has acknowledged; -1: none, it is being rebuilt. */
  done: number;
  /** Keys that steps after the write under way have touched. */
  readonly behind: Set<string>;
  /** When it was last seen to be as it should, by the clock of the runner. */
  seenAt: number;
  /** Never rejects. */
  writing: Promise<void> | undefined;
  failure: { readonly error: Error } | undefined;
}

/** More keys than this wait for nobody: the steps wait for them. */
const BEHIND_MAX = 20_000;

export const newCopying = (states: StateStore, owner: OwnerToken, now: number): Copying => ({
  states,
  owner,
  done: -1,
  behind: new Set(),
  seenAt: now,
  writing: undefined,
  failure: undefined,
});

/**
 * Notes what a committed step has touched, and hands it on if nothing is under way.
 * @param blobsOf the states as they are after the step
 * @throws what a write before has met; Fenced when another owner has opened the copy
 */
export async function copyStep(
  copying: Copying,
  step: number,
  touched: Iterable<string>,
  blobsOf: (keys: Iterable<string>) => Blob[],
): Promise<void> {
  const { behind } = copying;
  for (const key of touched) behind.add(key);
  if (behind.size >= BEHIND_MAX) await copying.writing;
  handOn(copying, step, blobsOf);
}

/** Begins the next write, between two steps. @throws what a write before has met */
export function handOn(
  copying: Copying,
  step: number,
  blobsOf: (keys: Iterable<string>) => Blob[],
): void {
  const { behind, failure, done } = copying;
  if (failure !== undefined) throw failure.error;
  if (copying.writing !== undefined || step <= done) return;
  const blobs = blobsOf(behind);
  behind.clear();
  copying.writing = write(copying, step, blobs)
    .catch((error: unknown) => {
      copying.failure = { error: error instanceof Error ? error : new Error(String(error)) };
    })
    .finally(() => {
      copying.writing = undefined;
    });
}

async function write(copying: Copying, step: number, blobs: readonly Blob[]): Promise<void> {
  const { states, owner, done } = copying;
  const previous = done < 0 ? undefined : done;
  const outcome = await states.put({ owner, previous, step, blobs });
  switch (outcome) {
    case 'applied':
    case 'already':
      copying.done = step;
      return;
    case 'fenced':
      throw new Fenced('another owner has taken over the copy of the states');
    case 'gap':
      throw new Error('the copy of the states has fallen back: recovery begins');
    default:
      outcome satisfies never;
  }
}

/** The copy is at `done`, and nothing is under way. @throws what a write has met */
export async function settled(copying: Copying): Promise<void> {
  await copying.writing;
  if (copying.failure !== undefined) throw copying.failure.error;
}

/** A copy that nobody writes is looked at so often, milliseconds: who reads it must not wait for long. */
const LOOK_MS = 5_000;

/**
 * Looks whether the copy is still there, now and then.
 * @throws StateLost when it is not as this owner has left it
 */
export async function lookAtCopy(copying: Copying, now: number): Promise<void> {
  if (now - copying.seenAt < LOOK_MS) return;
  await settled(copying);
  const { states, done } = copying;
  if ((await states.watermark()) !== done) {
    throw new StateLost('the copy of the states is not as its owner has left it');
  }
  copying.seenAt = now;
}

/** States from the copy, at what it has acknowledged. */
export async function getFromCopy(
  copying: Copying,
  keys: readonly string[],
): Promise<readonly (Blob | undefined)[]> {
  await settled(copying);
  const { states, owner, done } = copying;
  return states.get({ owner, watermark: done < 0 ? undefined : done }, keys);
}
