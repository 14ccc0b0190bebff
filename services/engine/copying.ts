import { Fenced, PartitionStopped } from './errors';
import type { Blob, JournalEntry, Ledger, OwnerToken, Ports, StateStore } from './ports';

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

/** More keys than this wait for nobody: the steps wait for them. They are encoded at once, without a break. */
const BEHIND_MAX = 5_000;

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
 * Looks whether the copy is still there, now and then: by reading nothing, which is refused where states
 * would be.
 * @throws StateLost when it is not as this owner has left it, or a scrubber has found damage
 * @throws Fenced when another owner has opened it
 */
export async function lookAtCopy(copying: Copying, now: number): Promise<void> {
  if (now - copying.seenAt < LOOK_MS) return;
  await getFromCopy(copying, []);
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

/**
 * States of steps that never were go before the journal grows on and their numbers look alike. In the
 * name of the owner before: this one has no record yet.
 */
export async function wipeAhead(
  { states, ledger }: Pick<Ports, 'states' | 'ledger'>,
  newest: JournalEntry,
): Promise<void> {
  const { record, position } = newest;
  const watermark = await states?.watermark();
  if (states === undefined || watermark === undefined || watermark <= record.step) return;
  await openCopy(states, ledger, position, newest);
  await states.forget(position);
}

/**
 * @param newest the last record of the journal, as far as this owner knows
 * @throws PartitionStopped when the copy has an owner whom the journal does not know: it is of another one
 */
export async function openCopy(
  states: StateStore,
  ledger: Ledger,
  owner: OwnerToken,
  newest: JournalEntry,
): Promise<number | undefined> {
  try {
    return await states.open(owner);
  } catch (error) {
    if (!(error instanceof Fenced)) throw error;
    const now = await ledger.last();
    if (now !== undefined && now.record.step > newest.record.step) throw error;
    const { application, generation, partition } = newest.record;
    throw new PartitionStopped(
      `the copy of the states has a later owner than the journal: it belongs to another journal, or this one was restored from an older copy. Remove the copy of ${application}:${generation}:${partition} (in Redis all keys that begin with {${application}:${generation}:${partition}}) and start again; it is made anew`,
      { cause: error, reason: 'data' },
    );
  }
}
