import { PositionGone } from './errors';
import type { JournalEntry, Ledger } from './ports';

type Journal = Pick<Ledger, 'read'>;

/** So near in the journal is near enough: it is read on from there. */
const NEAR = 256;

/**
 * Where a step's record stands in the journal, or one a little before it; found by halves, for the steps
 * before it may be many. Where the journal has lost it, a later one.
 * @param from a place at or before it, or one that is gone
 * @param to the place of a later step
 */
export async function placeBefore(
  journal: Journal,
  from: number,
  to: number,
  step: number,
): Promise<number> {
  let low = (await entryFrom(journal, from))?.position ?? from;
  let high = to;
  while (high - low > NEAR) {
    const middle = Math.floor((low + high) / 2);
    const entry = await entryFrom(journal, middle);
    if (entry !== undefined && entry.record.step <= step) low = entry.position;
    else high = middle;
  }
  return low;
}

/** The first record from a place on of those that there still are. */
async function entryFrom(journal: Journal, position: number): Promise<JournalEntry | undefined> {
  try {
    return (await journal.read(position, 1))[0];
  } catch (error) {
    if (!(error instanceof PositionGone) || error.first <= position) throw error;
    return (await journal.read(error.first, 1))[0];
  }
}
