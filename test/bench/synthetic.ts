import { parseRecord, type InputRecord, type Transaction } from '@tidemark/schemas/records';

/** Nothing but what a steady customer sends: a profile, then transfers. */
const FIRST = Date.parse('2025-01-01T00:00:00+08:00');
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

function checked(value: object): InputRecord {
  const parsed = parseRecord(value);
  if (!parsed.ok) throw new Error(`not a record: ${JSON.stringify(parsed.faults)}`);
  return parsed.record;
}

const template = checked({
  type: 'transaction',
  id: 't',
  institution: 'bank',
  customer: 'c',
  occurredAt: FIRST,
  txId: 'x',
  kind: 'transfer',
  direction: 'out',
  amount: 10_000,
  currency: 'CNY',
  amountCny: 10_000,
  status: 'booked',
  counterpartyId: 'p',
}) as Transaction;

export function profile(customer: string, set: object): InputRecord {
  const id = 'profile';
  return checked({
    type: 'profile-change',
    id,
    institution: 'bank',
    customer,
    occurredAt: FIRST,
    set,
  });
}

/** The n-th posting of a customer, `afterMs` after its profile. Built like a decoded record. */
export const posting = (
  customer: string,
  n: number,
  afterMs: number,
  counterparties: number,
): Transaction => ({
  ...template,
  id: `t${n}`,
  customer,
  occurredAt: FIRST + afterMs,
  txId: `x${n}-${customer}`,
  direction: n % 2 === 0 ? 'out' : 'in',
  amount: 10_000 + (n % 1000),
  amountCny: 10_000 + (n % 1000),
  counterpartyId: `p${(n * 7) % counterparties}`,
});
