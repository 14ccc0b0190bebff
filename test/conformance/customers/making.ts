/** A customer in the making: what themes write to, and where the edges of windows and ages lie. */
import { addPayment, reverse, type Draft, type PaymentFields } from '../draft';
import { civilDate, DAY_MS, dayOf, startOfLocalDay } from '../evaluator/calendar';
import type { Attributes, Party, Transaction } from '../evaluator/records';
import type { Random } from './random';

export interface Making {
  draft: Draft;
  random: Random;
  /** What the profile registers shall hold at as-of, apart from parties. */
  profile: Attributes;
  parties: Party[];
  isNatural: boolean;
}

export type Theme = (making: Making) => void;

/** The bound itself, or one unit to either side. */
export function near(making: Making, bound: number): number {
  return bound + making.random.pick([-1, 0, 1]);
}

/** The instant at which a single event is `days` old, or a millisecond to either side. */
export function atAge(making: Making, days: number): number {
  return making.draft.asOf - days * DAY_MS + making.random.pick([-1, 0, 0, 1]);
}

/** Some instant on a local date that is not after as-of. */
function onDate(making: Making, day: number): number {
  const start = startOfLocalDay(day);
  const instant = making.random.pick([start, start + 1, start + DAY_MS / 2, start + DAY_MS - 1]);
  return Math.min(instant, making.draft.asOf);
}

/** Inside a window of so many local dates: its first date, today, as-of itself, or between. */
export function inWindow(making: Making, dates: number): number {
  const { random, draft } = making;
  switch (random.int(0, 4)) {
    case 0:
      return startOfLocalDay(draft.today - dates + 1);
    case 1:
      return onDate(making, draft.today - dates + 1);
    case 2:
      return onDate(making, draft.today);
    case 3:
      return draft.asOf;
    default:
      return onDate(making, draft.today - random.int(0, dates - 1));
  }
}

/** Just outside: the last millisecond, or another instant, of the date before the window. */
export function beforeWindow(making: Making, dates: number): number {
  const day = making.draft.today - dates;
  return making.random.chance(0.5) ? startOfLocalDay(day + 1) - 1 : onDate(making, day);
}

/** A day about `months` calendar months before the local date of as-of, often exactly. */
export function monthsAgo(making: Making, months: number): number {
  const { year, month, day } = civilDate(making.draft.today);
  return dayOf(year, month - months, day) + making.random.pick([-3, -1, -1, 0, 0, 0, 1, 1, 3]);
}

/** A later record of the same kind of thing, which as-of must not see. */
export function afterAsOf(making: Making): number {
  return making.draft.asOf + making.random.pick([1, 1, 1000, DAY_MS, 40 * DAY_MS]);
}

/**
 * A payment that counts in the window, often beside twins that must not count: one reversed in
 * time, one before the window, one after as-of. A reversal after as-of leaves the payment standing.
 */
export function pay(making: Making, fields: PaymentFields, dates: number): Transaction {
  const { draft, random } = making;
  const at = inWindow(making, dates);
  const payment = addPayment(draft, fields, at);
  if (random.chance(0.08)) reverse(draft, payment, Math.max(at + 1, afterAsOf(making)));
  if (random.chance(0.08)) addPayment(draft, fields, beforeWindow(making, dates));
  if (random.chance(0.05)) addPayment(draft, fields, afterAsOf(making));
  if (random.chance(0.08)) payReversed(making, fields, dates);
  return payment;
}

/** A payment inside the window and its reversal not later than as-of. */
export function payReversed(making: Making, fields: PaymentFields, dates: number): void {
  const { draft, random } = making;
  const at = Math.min(inWindow(making, dates), draft.asOf - 1);
  const twin = addPayment(draft, fields, at);
  reverse(draft, twin, random.pick([at + 1, draft.asOf, random.int(at + 1, draft.asOf)]));
}

/** Payments whose CNY amounts add up to `totalFen`, in up to four parts. */
export function payInParts(
  making: Making,
  totalFen: number,
  fields: PaymentFields,
  dates: number,
): void {
  const { random } = making;
  let rest = totalFen;
  const parts = random.int(1, 4);
  for (let part = 1; part < parts && rest > 1; part += 1) {
    const amountCny = random.int(1, rest - 1);
    pay(making, { ...fields, ...money(making, amountCny) }, dates);
    rest -= amountCny;
  }
  pay(making, { ...fields, ...money(making, rest) }, dates);
}

/** Mostly yuan; where it comes out even, yen at 5 fen. */
function money(making: Making, amountCny: number): PaymentFields {
  if (amountCny % 5 === 0 && making.random.chance(0.2)) {
    return { amount: amountCny / 5, currency: 'JPY', amountCny };
  }
  return { amountCny };
}

export function direction(making: Making): string {
  return making.random.pick(['in', 'out']);
}

export function addParty(making: Making, party: Omit<Party, 'partyId'>): Party {
  const added = { partyId: `p${making.parties.length + 1}`, ...party };
  making.parties.push(added);
  return added;
}
