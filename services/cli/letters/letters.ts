import { placeText, type Place } from '@tidemark/processor/orders';
import type { DeadLetter, Order } from '@tidemark/schemas/records';
import type { Stream } from '../cluster/time-order';

/** A dead letter without what its record says. */
export interface LetterHead {
  readonly place: Place;
  /** When it was written, UTC milliseconds; undefined: nobody has noted it. */
  readonly at: number | undefined;
  readonly code: string;
  readonly source: DeadLetter['source'];
  /** Its customer, as `institution:customer`; undefined: it was not asked for, or cannot be told. */
  readonly key: string | undefined;
}

/** A dead letter whole: its payload is customer data. */
export interface FoundLetter {
  readonly head: LetterHead;
  readonly letter: DeadLetter;
  /** The record in JSON form, where the payload is something else and can be decoded. */
  readonly record: unknown;
}

/** The dead letters of a cluster or a data directory. `R` is a record on its way. */
export interface Letters<R> {
  /**
   * All that stand there now, a stream for each place, oldest first.
   * @param withKeys whether customers are asked for: it takes longer
   */
  readonly heads: (withKeys: boolean) => Promise<readonly Stream<LetterHead>[]>;
  readonly find: (place: Place) => Promise<FoundLetter | undefined>;
  readonly orders: () => Promise<readonly Order[]>;
  /** Gives orders while nobody else can. @throws UsageFault when another gives some now */
  readonly ordering: <T>(use: (desk: Desk<R>) => Promise<T>) => Promise<T>;
}

export interface Desk<R> {
  readonly orders: readonly Order[];
  readonly recordOf: (head: LetterHead) => Promise<Sendable<R>>;
  /**
   * Sends records in their order and notes the orders, when it resolves for good.
   * @returns how many of the records were refused again at once
   */
  readonly give: (records: readonly R[], orders: readonly Order[]) => Promise<number>;
}

export type Sendable<R> =
  | { readonly ok: true; readonly record: R; readonly bytes: number }
  /** What is wrong, and what to do. */
  | { readonly ok: false; readonly why: string };

/** The customer that a record in JSON form names. */
export function keyOf(record: unknown): string | undefined {
  if (typeof record !== 'object' || record === null) return undefined;
  const named = 'institution' in record && 'customer' in record;
  if (!named || typeof record.institution !== 'string') return undefined;
  if (typeof record.customer !== 'string') return undefined;
  return `${record.institution}:${record.customer}`;
}

/** Undefined: the text is no JSON. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where a record came from, as commands print it. */
export const sourceText = (source: DeadLetter['source']): string =>
  'topic' in source ? placeText(source) : `${source.file}:${source.line}`;
