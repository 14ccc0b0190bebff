import type { Skip } from '@tidemark/engine/options';
import type { Order } from '@tidemark/schemas/records';

/** Where a record or a dead letter stands. */
export interface Place {
  /** By its name within the application. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** As commands and messages name it. */
export const placeText = ({ topic, partition, offset }: Place): string =>
  `${topic}/${partition}@${offset}`;

/** Undefined: the text names no place. */
export function placeIn(text: string): Place | undefined {
  const [, topic, partition, offset] = /^([a-z][a-z-]*)\/(\d{1,6})@(\d{1,15})$/.exec(text) ?? [];
  if (topic === undefined) return undefined;
  return { topic, partition: Number(partition), offset: Number(offset) };
}

/** The orders to pass records of a partition over, with the reason as the journal keeps it. */
export const skipsOf = (orders: readonly Order[], partition: number): readonly Skip[] =>
  orders
    .filter((order) => order.kind === 'skip' && order.partition === partition)
    .map(({ topic, offset, reason, by }) => ({ topic, offset, reason: `${reason} (${by})` }));

/** What was ordered about each dead letter, by its place; of several orders the first stands. */
export function verdictsOf(orders: readonly Order[]): ReadonlyMap<string, Order> {
  const verdicts = new Map<string, Order>();
  for (const order of orders) {
    const place = placeText(order);
    if (order.kind !== 'skip' && !verdicts.has(place)) verdicts.set(place, order);
  }
  return verdicts;
}

/** The order to pass a record over; of several the first. */
export const skipAt = (orders: readonly Order[], at: Place): Order | undefined =>
  orders.find((order) => order.kind === 'skip' && placeText(order) === placeText(at));
