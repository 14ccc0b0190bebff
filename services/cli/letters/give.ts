import { placeText, verdictsOf } from '@tidemark/processor/orders';
import type { Order } from '@tidemark/schemas/records';
import { UsageFault } from '../exit';
import { choose, type Chosen, type Wanted } from './choose';
import type { Desk, LetterHead, Letters } from './letters';

export type Note = Pick<Order, 'reason' | 'by' | 'at'>;

export interface Replayed {
  readonly sent: number;
  /** So many of them were refused again at once. */
  readonly refused: number;
  /** Letters that stay open, and why. */
  readonly held: readonly { readonly head: LetterHead; readonly why: string }[];
  readonly settled: readonly Order[];
}

/** What goes in one transaction or request. */
const BATCH = { letters: 200, bytes: 2_000_000 };
const DISCARDS = 1_000;
const NAMED_MAX = 10;

/**
 * Sends the records of letters again, those of a customer in the order in which they were refused. A
 * letter goes once: whoever comes second finds the order of the first.
 * @param withEarlier open letters of the same customers before them go too; else they are a reason to refuse
 * @throws UsageFault when that order cannot be kept, or a letter is not there
 */
export const replayLetters = <R>(
  letters: Letters<R>,
  wanted: Wanted,
  withEarlier: boolean,
  note: Note,
): Promise<Replayed> =>
  letters.ordering(async (desk) => {
    const streams = await letters.heads(true);
    const chosen = checked(await choose(streams, verdictsOf(desk.orders), wanted));
    if (!withEarlier) checkEarlier(chosen);
    const done = await sendAll(desk, withEarlier ? chosen.both : chosen.letters, note);
    return { ...done, settled: chosen.settled };
  });

function checked(chosen: Chosen): Chosen {
  const { unknown } = chosen;
  if (unknown.length === 0) return chosen;
  throw new UsageFault(`no such letter: ${named(unknown)}; see tidemark dead-letters list`);
}

function checkEarlier({ earlier }: Chosen): void {
  if (earlier.length === 0) return;
  const places = named(earlier.map(({ place }) => placeText(place)));
  throw new UsageFault(
    `earlier letters of the same customers are open, and would come after: ${places}. Replay them too (--with-earlier), or discard them first`,
  );
}

const named = (places: readonly string[]): string => {
  const more = places.length - NAMED_MAX;
  return `${places.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

async function sendAll<R>(
  desk: Desk<R>,
  heads: readonly LetterHead[],
  note: Note,
): Promise<Omit<Replayed, 'settled'>> {
  const held: { head: LetterHead; why: string }[] = [];
  /** Customers of which one letter stays: what comes after it stays too. */
  const holding = new Set<string>();
  let [sent, refused, bytes] = [0, 0, 0];
  let records: R[] = [];
  let orders: Order[] = [];
  const flush = async (): Promise<void> => {
    if (orders.length === 0) return;
    refused += await desk.give(records, orders);
    sent += records.length;
    [records, orders, bytes] = [[], [], 0];
  };
  for (const head of heads) {
    const { key, place } = head;
    const isBehind = key !== undefined && holding.has(key);
    const found = isBehind ? BEHIND : await desk.recordOf(head);
    if (!found.ok) {
      held.push({ head, why: found.why });
      if (key !== undefined) holding.add(key);
      continue;
    }
    records.push(found.record);
    orders.push({ kind: 'replay', ...place, ...note });
    bytes += found.bytes;
    if (orders.length >= BATCH.letters || bytes >= BATCH.bytes) await flush();
  }
  await flush();
  return { sent, refused, held };
}

const BEHIND = {
  ok: false,
  why: 'an earlier letter of its customer cannot be sent: discard that one first',
} as const;

export interface Discarded {
  readonly discarded: number;
  readonly settled: readonly Order[];
}

/**
 * Notes that nothing is done about letters.
 * @throws UsageFault when a letter is not there
 */
export const discardLetters = <R>(
  letters: Letters<R>,
  wanted: Wanted,
  note: Note,
): Promise<Discarded> =>
  letters.ordering(async (desk) => {
    const streams = await letters.heads(false);
    const chosen = checked(await choose(streams, verdictsOf(desk.orders), wanted));
    const orders = chosen.letters.map(({ place }): Order => ({
      kind: 'discard',
      ...place,
      ...note,
    }));
    for (let i = 0; i < orders.length; i += DISCARDS) {
      await desk.give([], orders.slice(i, i + DISCARDS));
    }
    return { discarded: orders.length, settled: chosen.settled };
  });
