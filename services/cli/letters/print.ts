import { placeText, verdictsOf } from '@tidemark/processor/orders';
import type { Order } from '@tidemark/schemas/records';
import { printable } from '@tidemark/schemas/printable';
import { saidOf } from '../orders';
import { table } from '../text-layout';
import { sourceText, type FoundLetter } from './letters';
import { stateOf, type Listing } from './list';

const timeText = (at: number | undefined): string =>
  at === undefined ? '-' : new Date(at).toISOString().slice(0, 19).replace('T', ' ');

/** Counts and letters under one another, times in UTC. */
export function listingText({ counts, letters }: Listing): string {
  if (counts.length === 0) return 'no dead letters';
  const rows = counts.map(({ code, topic, open, replayed, discarded, first, last }) =>
    [code, topic, open, replayed, discarded, timeText(first), timeText(last)].map(cell),
  );
  const counted = [
    ['reason', 'topic', 'open', 'replayed', 'discarded', 'first (UTC)', 'last'],
    ...rows,
  ];
  if (letters.length === 0) return [...table(counted, 0), '', 'none is open'].join('\n');
  const lines = letters.map(({ letter, code, source, at, state }) =>
    [letter, code, source, timeText(at), state].map(cell),
  );
  const heading = ['letter', 'reason', 'record', 'when (UTC)', ''];
  return [...table(counted, 0), '', ...table([heading, ...lines], 0)].join('\n');
}

const cell = (value: string | number): string => printable(String(value));

/** A letter whole. */
export function shownText(
  { head, letter, record }: FoundLetter,
  orders: readonly Order[],
  asJson: boolean,
): string {
  const place = placeText(head.place);
  const verdict = verdictsOf(orders).get(place);
  const state = stateOf(verdict);
  if (asJson) {
    return JSON.stringify({ letter: place, at: head.at, state, order: verdict, ...letter, record });
  }
  const { code, reason, field, source, payload } = letter;
  const said = verdict === undefined ? state : `${state} ${saidOf(verdict)}`;
  const rows = [
    ['letter', place],
    ['state', said],
    ['when (UTC)', timeText(head.at)],
    ['reason', `${reason} (${code})`],
    ['field', field ?? '-'],
    ['record', sourceText(source)],
    ['customer', head.key ?? '-'],
  ];
  const content = record === undefined ? payload : JSON.stringify(record);
  return [
    ...table(
      rows.map((row) => row.map(printable)),
      0,
    ),
    '',
    printable(content),
  ].join('\n');
}
