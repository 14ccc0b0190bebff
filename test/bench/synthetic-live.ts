import { completeProfile } from './live-events';

/** Many customers that nobody has recorded: their events are made as they are sent. */
export const INSTITUTION = 'bench';

/** Prime and larger than any stride that a cache foresees: customers come in no order. */
const STRIDE = 7919;
const COUNTERPARTIES = 997;

export const nameOfCustomer = (n: number): string => `c${n}`;

/** The n-th customer in an order that no cache foresees; all of them come before one comes again. */
export const shuffled = (n: number, customers: number): number =>
  ((n % customers) * STRIDE) % customers;

/** Nothing but the kind of customer: the first rating waits for the other facts. */
export const barePerson = (customer: number, occurredAt: number): Buffer =>
  record('profile-change', 'profile', customer, occurredAt, { set: { customerKind: 'natural' } });

/** All that a rating needs. */
export const ratedPerson = (customer: number, occurredAt: number): Buffer =>
  record('profile-change', 'profile', customer, occurredAt, {
    set: completeProfile(customer, occurredAt),
  });

export const payment = (customer: number, n: number, occurredAt: number): Buffer =>
  record('transaction', `t${n}`, customer, occurredAt, {
    txId: `t${n}`,
    kind: 'transfer',
    direction: n % 2 === 0 ? 'out' : 'in',
    amount: 10_000 + (n % 1000),
    currency: 'CNY',
    amountCny: 10_000 + (n % 1000),
    status: 'booked',
    counterpartyId: `p${n % COUNTERPARTIES}`,
  });

/** Cash enough to raise a score for as long as it lies in its window: 200,000.00 yuan. */
export const largeCash = (customer: number, occurredAt: number): Buffer =>
  record('transaction', 'cash', customer, occurredAt, {
    txId: 'cash',
    kind: 'cash',
    direction: 'in',
    amount: 20_000_000,
    currency: 'CNY',
    amountCny: 20_000_000,
    status: 'booked',
  });

/** Puts a customer on a control list: directly the highest grade. */
export const listing = (customer: number, id: string, occurredAt: number): Buffer =>
  record('risk-event', id, customer, occurredAt, { kind: 'control_list_hit', entryId: id });

const record = (
  type: string,
  id: string,
  customer: number,
  occurredAt: number,
  fields: object,
): Buffer =>
  Buffer.from(
    JSON.stringify({
      type,
      id,
      institution: INSTITUTION,
      customer: nameOfCustomer(customer),
      occurredAt,
      ...fields,
    }),
  );

/** Batches of events that are made when they are wanted. */
export function* batchesFrom(
  events: number,
  size: number,
  make: (n: number) => Buffer,
): Generator<Buffer[]> {
  for (let from = 0; from < events; from += size) {
    yield Array.from({ length: Math.min(size, events - from) }, (_, i) => make(from + i));
  }
}
