import { hostname, userInfo } from 'node:os';
import { placeText, skipAt, type Place } from '@tidemark/processor/orders';
import type { Order } from '@tidemark/schemas/records';
import { InvalidArgumentError, type Command } from 'commander';
import { printable } from '@tidemark/schemas/printable';
import { say, UsageFault } from './exit';

/** Who orders something, and why. */
export interface OrderOptions {
  readonly by: string;
  readonly reason: string;
}

export const addAuthor = (command: Command): Command =>
  command.option(
    '--by <name>',
    'who orders it; default: the user of this system',
    word,
    whoIsThis(),
  );

const LENGTH_MAX = 500;

/**
 * A text for the record of orders: it ends up on terminals of others.
 * @throws InvalidArgumentError
 */
export function word(text: string): string {
  const said = text.trim();
  if (said === '') throw new InvalidArgumentError('say something, for those who will ask.');
  if (said.length > LENGTH_MAX) throw new InvalidArgumentError(`at most ${LENGTH_MAX} characters.`);
  if (/\p{Cc}/u.test(said))
    throw new InvalidArgumentError('write one line, without control characters.');
  return said;
}

function whoIsThis(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // a user without a name, as in some containers
    return `${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}

/** What stands of an order in a message. */
export const saidOf = ({ by, at, reason }: Order): string =>
  `by ${printable(by)} on ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC: ${printable(reason)}`;

/** Who gives an order, why and when. */
export type OrderNote = Pick<Order, 'reason' | 'by' | 'at'>;

/**
 * Orders that a record is passed over, unless that was ordered before.
 * @param orders all that were given before
 * @param when it is passed over, for the message
 */
export async function orderSkip(
  orders: readonly Order[],
  place: Place,
  note: OrderNote,
  give: (order: Order) => Promise<void>,
  when: string,
): Promise<void> {
  const before = skipAt(orders, place);
  if (before !== undefined) return say(`${placeText(place)} is ordered already, ${saidOf(before)}`);
  await give({ kind: 'skip', ...place, ...note });
  say(`ordered: ${placeText(place)} is passed over ${when}`);
}

/** @throws UsageFault */
export function checkPartition(partition: number, partitions: number): void {
  if (partition < partitions) return;
  throw new UsageFault(`no partition ${partition}: there are 0 to ${partitions - 1}`);
}
