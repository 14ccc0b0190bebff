import { placeText, verdictsOf } from '@tidemark/processor/orders';
import type { Order } from '@tidemark/schemas/records';
import { inTimeOrder } from '../cluster/time-order';
import { UsageFault } from '../exit';
import { sourceText, type LetterHead, type Letters } from './letters';

export interface ListQuestion {
  readonly code: string | undefined;
  readonly limit: number;
  /** Only letters after this place in the list. */
  readonly after: string | undefined;
  /** Also those about which something was ordered. */
  readonly all: boolean;
}

/** How many letters of one reason and topic there are. */
export interface Count {
  readonly code: string;
  readonly topic: string;
  open: number;
  replayed: number;
  discarded: number;
  /** When the first and the last of them were written, UTC milliseconds, where that is known. */
  first: number | undefined;
  last: number | undefined;
}

export interface ListedLetter {
  readonly letter: string;
  readonly code: string;
  /** Where the record came from. */
  readonly source: string;
  readonly at: number | undefined;
  readonly state: 'open' | 'replayed' | 'discarded';
  readonly order: Pick<Order, 'reason' | 'by' | 'at'> | undefined;
}

export interface Listing {
  readonly counts: readonly Count[];
  readonly letters: readonly ListedLetter[];
  /** The last letter here, where there are more. */
  readonly next: string | undefined;
}

/**
 * Counts all letters, and lists some, the oldest first.
 * @throws UsageFault when the place to go on after is not among them
 */
export async function listed<R>(
  { heads, orders }: Letters<R>,
  { code, limit, after, all }: ListQuestion,
): Promise<Listing> {
  const verdicts = verdictsOf(await orders());
  const counts = new Map<string, Count>();
  const letters: ListedLetter[] = [];
  let isBehind = after === undefined;
  let hasMore = false;
  await inTimeOrder(
    await heads(false),
    ({ at = 0 }) => at,
    (head) => {
      const one = listedOf(head, verdicts);
      const isListed = code === undefined || code === head.code;
      if (isListed) add(counts, head, one.state);
      if (isBehind && isListed && (all || one.state === 'open')) {
        if (letters.length < limit) letters.push(one);
        else hasMore = true;
      }
      isBehind ||= one.letter === after;
    },
  );
  if (!isBehind) throw new UsageFault(`no such letter: ${after}`);
  const byName = (a: Count, b: Count): number =>
    b.open - a.open || (`${a.code} ${a.topic}` < `${b.code} ${b.topic}` ? -1 : 1);
  const next = hasMore ? letters.at(-1)?.letter : undefined;
  return { counts: [...counts.values()].sort(byName), letters, next };
}

/** Instead of a topic, for what was refused before it came to one. */
const DOOR = 'the door';

const STATES = { replay: 'replayed', discard: 'discarded' } as const;

export function stateOf(verdict: Order | undefined): ListedLetter['state'] {
  return verdict === undefined || verdict.kind === 'skip' ? 'open' : STATES[verdict.kind];
}

function listedOf(head: LetterHead, verdicts: ReadonlyMap<string, Order>): ListedLetter {
  const letter = placeText(head.place);
  const verdict = verdicts.get(letter);
  const { code, source, at } = head;
  const order =
    verdict === undefined ? undefined : { reason: verdict.reason, by: verdict.by, at: verdict.at };
  return { letter, code, source: sourceText(source), at, state: stateOf(verdict), order };
}

function add(counts: Map<string, Count>, head: LetterHead, state: ListedLetter['state']): void {
  const { code, source, at } = head;
  const topic = 'topic' in source ? source.topic : DOOR;
  const name = `${code} ${topic}`;
  const count = counts.get(name) ?? {
    ...{ code, topic, open: 0, replayed: 0, discarded: 0 },
    ...{ first: at, last: at },
  };
  count[state] += 1;
  if (at !== undefined) {
    count.first = Math.min(count.first ?? at, at);
    count.last = Math.max(count.last ?? at, at);
  }
  counts.set(name, count);
}
