import { hostname, userInfo } from 'node:os';
import type { Ledger, TopicLog } from '@tidemark/engine/ports';
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

/** What tells where a partition stands. */
export interface Standing {
  readonly inputs: Pick<TopicLog, 'bounds' | 'read'>;
  readonly ledger: Pick<Ledger, 'last'>;
}

const ONE_RECORD = { records: 1, bytes: 1 };

/**
 * A partition that stops at a record has decided all before it, so its journal says where it stands.
 * @param ports of the partition, to look at only
 * @throws UsageFault when it does not stand at that record
 */
export async function checkStands({ inputs, ledger }: Standing, place: Place): Promise<void> {
  const { topic, offset } = place;
  const { first, next } = await inputs.bounds(topic);
  if (offset >= next) throw new UsageFault(`there is no ${placeText(place)}: it ends at ${next}`);
  const decided = (await ledger.last())?.record.positions[topic] ?? first;
  if (offset < decided) {
    throw new UsageFault(
      `${placeText(place)} was decided already: the partition stands at ${topic}@${decided}`,
    );
  }
  // what lies between the two is no record: a marker of a transaction, or compacted away
  const waiting = (await inputs.read(topic, decided, ONE_RECORD)).records[0]?.offset ?? decided;
  if (waiting === offset) return;
  throw new UsageFault(
    `no partition stands at ${placeText(place)}: the next record of ${topic} there is ${waiting}. Name the record that the message of the stopped partition names, and each that it stops at for itself`,
  );
}

/** @throws UsageFault */
export function checkPartition(partition: number, partitions: number): void {
  if (partition < partitions) return;
  throw new UsageFault(`no partition ${partition}: there are 0 to ${partitions - 1}`);
}
