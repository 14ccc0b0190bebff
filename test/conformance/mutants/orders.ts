/**
 * What follows a grade by section 12, note 9 of the guideline: measures and the day of the next review,
 * written here from the text and compared with what the core publishes for a customer of each grade.
 */
import { decide } from '@tidemark/rating/customer';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import type { CustomerState } from '@tidemark/rating/state';
import { parsedRecords, stateAfter } from '../core';
import {
  addEvent,
  addPayment,
  cleanNatural,
  newDraft,
  setProfile,
  yuan,
  type Draft,
} from '../draft';
import { dayOf } from '../evaluator/calendar';
import type { Attributes } from '../evaluator/records';

const MONTHS: Readonly<Record<number, number>> = { 1: 36, 2: 36, 3: 24, 4: 12, 5: 6 };
const FIRST_REVIEW_MONTHS = 36;
const MEASURES: Readonly<Record<number, string>> = {
  1: 'M-S1 M-S2 M-S3 M-S4',
  2: '',
  3: '',
  4: 'M-E2 M-E3 M-E5',
  5: 'M-E1 M-E2 M-E3 M-E4 M-E5 M-E6 M-E9',
};

const YEAR = 2026;
const LATER_YEAR = 2031;
const MONTH = 3;
const DATE = 4;
const noon = (year: number): number => Date.UTC(year, MONTH - 1, DATE, 4);
const after = (year: number, months: number): number => dayOf(year, MONTH + months, DATE);

/** A resident of whom everything is known, and what gives it each grade. */
const CUSTOMERS: Readonly<Record<number, { set: Attributes; cash?: number }>> = {
  1: { set: {} },
  2: { set: { infoOpenness: 'closed', channel: 'remote' } },
  3: {
    set: {
      infoOpenness: 'closed',
      channel: 'remote',
      idCheck: 'unverifiable',
      agentKind: 'unrelated',
    },
  },
  4: {
    set: {
      infoOpenness: 'closed',
      channel: 'remote',
      idCheck: 'unverifiable',
      agentKind: 'unrelated',
      birthDate: dayOf(2016, 1, 1),
    },
    cash: yuan(1_000_000),
  },
  5: { set: { cdd: 'refused' } },
};

interface Order {
  readonly grade: number;
  readonly measures: string;
  readonly reviewDueOn: number | null;
}

/** The records of a year: what is stated anew, the cash, and a listing that comes and goes. */
function recordsOf(draft: Draft, grade: number, listed: boolean): void {
  const { set, cash } = CUSTOMERS[grade] ?? { set: {} };
  if (cash !== undefined) addPayment(draft, { kind: 'cash', amountCny: cash });
  setProfile(draft, { ...cleanNatural(draft), idExpiry: draft.today + 9000, ...set });
  if (!listed) return;
  addEvent(draft, 'control_list_hit', { entryId: 'l1' }, draft.asOf);
  addEvent(draft, 'control_list_cleared', { entryId: 'l1' }, draft.asOf + 1);
}

/** The grade changes of a customer that is rated first in 2026, and listed for a moment in 2031. */
function ordersOf(methodology: Methodology, grade: number): Order[] {
  let state: CustomerState | undefined;
  const orders: Order[] = [];
  let made = 0;
  const nextId = (): string => `e${(made += 1)}`;
  for (const year of [YEAR, LATER_YEAR]) {
    const draft = newDraft(noon(year), 'c-1', nextId);
    recordsOf(draft, grade, year === LATER_YEAR && grade <= 2);
    for (const record of parsedRecords(draft.records)) {
      const asOf = Math.max(noon(year), record.occurredAt);
      const decision = decide(state, { kind: 'record', record }, { methodology, asOf });
      ({ state } = decision);
      for (const output of decision.outputs) {
        if (output.kind !== 'grade-change') continue;
        const { grade: to, measures, reviewDueOn } = output.record;
        orders.push({ grade: to, measures: measures.join(' '), reviewDueOn });
      }
    }
    if (grade > 2) break;
  }
  return orders;
}

function expectedOf(grade: number): Order[] {
  const order = (of: number, reviewDueOn: number): Order => ({
    grade: of,
    measures: MEASURES[of] ?? '',
    reviewDueOn,
  });
  const months = (of: number): number => MONTHS[of] ?? 0;
  const first = order(grade, after(YEAR, Math.min(months(grade), FIRST_REVIEW_MONTHS)));
  if (grade > 2) return [first];
  return [
    first,
    // An upward change never postpones the review that is due.
    order(5, Math.min(after(LATER_YEAR, months(5)), first.reviewDueOn ?? 0)),
    order(grade, after(LATER_YEAR, months(grade))),
  ];
}

/** The first grade whose orders differ from the text's; undefined when all agree. */
export function differingOrders(
  methodology: Methodology,
): { readonly found: Order[]; readonly expected: Order[] } | undefined {
  for (const grade of [1, 2, 3, 4, 5]) {
    const found = ordersOf(methodology, grade);
    const expected = expectedOf(grade);
    if (JSON.stringify(found) !== JSON.stringify(expected)) return { found, expected };
  }
  return undefined;
}

/** Measures and the day of the first review of a customer of each grade, rated first on 2026-03-04. */
export function ordersByGrade(methodology: Methodology): {
  readonly measures: Record<number, string[]>;
  readonly reviewDueOn: Record<number, number | null>;
} {
  const measures: Record<number, string[]> = {};
  const reviewDueOn: Record<number, number | null> = {};
  for (const grade of [1, 2, 3, 4, 5]) {
    const [first] = ordersOf(methodology, grade);
    if (first?.grade !== grade) throw new Error(`the customer of grade ${grade} has another`);
    measures[grade] = first.measures.split(' ').filter((code) => code !== '');
    reviewDueOn[grade] = first.reviewDueOn;
  }
  return { measures, reviewDueOn };
}

/**
 * The review days of a customer that is listed at its first rating and cleared 20 months later: the
 * ladder would lead to 56 months, the first review comes at the latest after 36 (T-3).
 */
export function reviewsOfCleared(methodology: Methodology): (number | null)[] {
  const first = newDraft(noon(YEAR));
  setProfile(first, { ...cleanNatural(first), idExpiry: first.today + 9000 });
  addEvent(first, 'control_list_hit', { entryId: 'l1' }, first.asOf);
  const later = newDraft(Date.UTC(YEAR, MONTH - 1 + 20, DATE, 4), first.customer, () => 'cleared');
  addEvent(later, 'control_list_cleared', { entryId: 'l1' }, later.asOf);
  const again = newDraft(later.asOf, first.customer, () => 'screened');
  setProfile(again, { lastScreened: later.asOf }, later.asOf);
  const reviews: (number | null)[] = [];
  let state: CustomerState | undefined;
  for (const record of parsedRecords([...first.records, ...again.records, ...later.records])) {
    const asOf = Math.max(first.asOf, record.occurredAt);
    const decision = decide(state, { kind: 'record', record }, { methodology, asOf });
    ({ state } = decision);
    for (const { kind, record: output } of decision.outputs) {
      if (kind === 'grade-change') reviews.push(output.reviewDueOn);
    }
  }
  return reviews;
}

const UNKNOWN_PRODUCT = 'never-assessed';

/** Where an assessed product opens the task to assess it, or another one does not (O-4). */
export function differingTasks(methodology: Methodology): string[] {
  const { rows } = methodology.document.lists?.['products'] ?? { rows: [] };
  const listed = Array.isArray(rows) ? rows : [];
  const opens = (set: Attributes, product?: string): boolean => {
    const draft = newDraft(noon(YEAR));
    setProfile(draft, { ...cleanNatural(draft), ...set });
    if (product !== undefined) addPayment(draft, { product });
    const state = stateAfter(methodology, parsedRecords(draft.records), draft.asOf);
    return [...(state?.published.tasks ?? [])].some((task) => task.includes('assess-product'));
  };
  const wrong = ASSESSED.filter((product) => opens({ expectedBusiness: [product] }));
  if (opens({}, listed[0])) wrong.push('used');
  if (!opens({ expectedBusiness: [UNKNOWN_PRODUCT] })) wrong.push('expected, unknown');
  if (!opens({ usedBusiness: [UNKNOWN_PRODUCT] })) wrong.push('stated as used, unknown');
  if (!opens({}, UNKNOWN_PRODUCT)) wrong.push('used, unknown');
  const both = ['deposit', UNKNOWN_PRODUCT];
  if (!opens({ expectedBusiness: both }) || !opens({ usedBusiness: both })) wrong.push('both');
  return wrong;
}

/** Products that the default methodology has assessed. */
const ASSESSED = [
  'deposit',
  'payment',
  'payroll',
  'pension',
  'benefit',
  'loan',
  'mortgage',
  'card',
  'wealth',
  'fund',
  'insurance',
  'fx',
  'trade_finance',
  'correspondent_banking',
  'trust',
  'private_banking',
];
