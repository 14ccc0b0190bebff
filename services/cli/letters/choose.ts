import { placeText } from '@tidemark/processor/orders';
import type { Order } from '@tidemark/schemas/records';
import { inTimeOrder, type Stream } from '../cluster/time-order';
import type { LetterHead } from './letters';

/** Which letters a command is about. */
export interface Wanted {
  /** Places; none: all that the rest lets through. */
  readonly places: ReadonlySet<string>;
  readonly code: string | undefined;
}

export interface Chosen {
  /** Open letters that are wanted, in order. */
  readonly letters: readonly LetterHead[];
  /** Open letters of the same customers before them, in order, that are not wanted. */
  readonly earlier: readonly LetterHead[];
  /** Both in order. */
  readonly both: readonly LetterHead[];
  /** Wanted by their places, and nothing is to be done about them any more. */
  readonly settled: readonly Order[];
  /** Places without a letter. */
  readonly unknown: readonly string[];
}

const isWanted = ({ places, code }: Wanted, head: LetterHead): boolean =>
  (places.size === 0 || places.has(placeText(head.place))) &&
  (code === undefined || code === head.code);

/**
 * Goes through all letters in the order in which they were written; those of one partition keep their own
 * order, whatever their times.
 * @param verdicts what was ordered about them, by place
 */
export async function choose(
  streams: readonly Stream<LetterHead>[],
  verdicts: ReadonlyMap<string, Order>,
  wanted: Wanted,
): Promise<Chosen> {
  const open: LetterHead[] = [];
  const settled: Order[] = [];
  const unknown = new Set(wanted.places);
  await inTimeOrder(
    streams,
    ({ at = 0 }) => at,
    (head) => {
      const place = placeText(head.place);
      unknown.delete(place);
      const verdict = verdicts.get(place);
      if (verdict === undefined) open.push(head);
      else if (wanted.places.has(place)) settled.push(verdict);
    },
  );
  /** The last wanted letter of each customer. */
  const last = new Map<string, number>();
  open.forEach((head, i) => {
    if (head.key !== undefined && isWanted(wanted, head)) last.set(head.key, i);
  });
  const letters = open.filter((head) => isWanted(wanted, head));
  const isEarlier = (head: LetterHead, i: number): boolean =>
    !isWanted(wanted, head) && head.key !== undefined && i < (last.get(head.key) ?? -1);
  const earlier = open.filter(isEarlier);
  const both = open.filter((head, i) => isWanted(wanted, head) || isEarlier(head, i));
  return { letters, earlier, both, settled, unknown: [...unknown] };
}
