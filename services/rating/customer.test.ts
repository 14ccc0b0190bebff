import type { GradeChange, InputRecord, Rating, ReviewTask } from '@tidemark/schemas/records';
import { MS_PER_DAY, MS_PER_HOUR } from './calendar';
import type { CustomerDecision } from './customer';
import {
  compiledMethodology,
  NOON,
  recordOf,
  shippedDocument,
  step,
  type Content,
} from './customer.fixture';
import { focus } from './grading/evaluate';
import type { CustomerState } from './state';

const methodology = compiledMethodology(shippedDocument('cn-aml-bank'));

/** One customer, its clock moved by hand. */
function newCustomer(start = NOON): {
  readonly at: (clock: number, record: InputRecord | 'tick') => CustomerDecision;
  readonly says: (
    content: Content,
    id: string,
    clock: number,
    occurredAt?: number,
  ) => CustomerDecision;
  readonly state: () => CustomerState | undefined;
} {
  let state: CustomerState | undefined;
  const at = (clock: number, record: InputRecord | 'tick'): CustomerDecision => {
    const decided = step(methodology, state, record, start + clock);
    ({ state } = decided);
    return decided;
  };
  return {
    at,
    says: (content, id, clock, occurredAt = clock) =>
      at(clock, recordOf(content, id, start + occurredAt)),
    state: () => state,
  };
}

const PROFILE = {
  institutionType: 'bank',
  customerKind: 'natural',
  infoOpenness: 'audited',
  channel: 'counter',
  idIssuer: 'CN',
  idCheck: 'registry_verified',
  birthDate: 8000,
  residency: 'resident',
  nationality: ['CN'],
  domicile: { country: 'CN', region: '310115' },
  branchRegion: '310100',
  occupation: 'retired',
  pepStatus: 'none',
  lastScreened: NOON - MS_PER_DAY,
  cdd: 'cooperative',
  agentKind: 'none',
  expectedBusiness: ['deposit'],
  netFinancialAssets: 100,
  relationshipStart: NOON - 400 * MS_PER_DAY,
};
const profile = (set: Readonly<Record<string, unknown>> = PROFILE): Content => ({
  type: 'profile-change',
  set,
});
const clear = (...names: string[]): Content => ({ type: 'profile-change', clear: names });
const event = (kind: string, fields: object = {}): Content => ({
  type: 'risk-event',
  kind,
  ...fields,
});
const listHit = event('control_list_hit', { entryId: 'l1' });
const listCleared = event('control_list_cleared', { entryId: 'l1' });
const confirm = (sequence: number, by = 'u2'): Content => ({
  type: 'decision',
  kind: 'confirm',
  sequence,
  by,
});
const booked: Content = {
  type: 'transaction',
  txId: 't1',
  kind: 'cash',
  direction: 'in',
  amount: 100_000_000,
  amountCny: 100_000_000,
  currency: 'CNY',
  status: 'booked',
};

const changes = ({ outputs }: CustomerDecision): GradeChange[] =>
  outputs.flatMap((output) => (output.kind === 'grade-change' ? [output.record] : []));
const ratings = ({ outputs }: CustomerDecision): Rating[] =>
  outputs.flatMap((output) => (output.kind === 'rating' ? [output.record] : []));
const tasks = ({ outputs }: CustomerDecision): string[] =>
  outputs.flatMap(({ kind, record }) =>
    kind === 'review-task'
      ? [`${(record as ReviewTask).action} ${(record as ReviewTask).kind}`]
      : [],
  );

describe('the first rating', () => {
  it('is published at once when nothing is missing (T-1, P-2)', () => {
    const decided = newCustomer().says(profile(), 'p', 0);
    expect(changes(decided)).toMatchObject([
      { sequence: 1, previousGrade: null, direction: 'initial', grade: 1, status: 'preliminary' },
    ]);
    expect(ratings(decided)).toHaveLength(1);
    expect(tasks(decided)).toEqual([]);
  });

  it('waits for what is missing 24 h of the clock from the first record, to the millisecond, then opens tasks (S-6, T-1)', () => {
    const { pepStatus: _, ...known } = PROFILE;
    const customer = newCustomer();
    const first = customer.says(profile(known), 'p', 0);
    expect(first.outputs).toEqual([]);
    expect(first.dueAt).toBe(NOON + 24 * MS_PER_HOUR);
    expect(customer.at(24 * MS_PER_HOUR - 1, 'tick').outputs).toEqual([]);
    const due = customer.at(24 * MS_PER_HOUR, 'tick');
    expect(changes(due)).toMatchObject([{ sequence: 1, cause: { kind: 'tick', eventId: null } }]);
    expect(tasks(due)).toEqual(['open collect-pep-status']);
    const stated = customer.says(profile({ pepStatus: 'none' }), 'q', 25 * MS_PER_HOUR);
    expect(tasks(stated)).toEqual(['close collect-pep-status']);
  });

  it('does not wait when a direct-highest rule fires (X-H0, X-H1)', () => {
    const customer = newCustomer();
    customer.says(profile({ customerKind: 'natural' }), 'p', 0);
    expect(changes(customer.says(listHit, 'e', 1))).toMatchObject([
      {
        sequence: 1,
        grade: 5,
        basis: 'direct-highest',
        cause: { kind: 'control_list_hit', eventId: 'e' },
      },
    ]);
  });

  it('needs the kind of customer: a task after 24 h, the rating when it is stated (E-1, S-6)', () => {
    const { customerKind: _, ...rest } = PROFILE;
    const customer = newCustomer();
    customer.says(profile(rest), 'p', 0);
    customer.says(listHit, 'e', 1);
    const due = customer.at(MS_PER_DAY, 'tick');
    expect(changes(due)).toEqual([]);
    expect(tasks(due)).toEqual(['open collect-customer-kind']);
    const stated = customer.says(profile({ customerKind: 'natural' }), 'q', MS_PER_DAY + 1);
    expect(changes(stated)).toMatchObject([{ grade: 5 }]);
    expect(tasks(stated)).toEqual(['close collect-customer-kind']);
  });
});

describe('a rating that stands', () => {
  it('opens the task for the kind of customer when it is cleared, and keeps the grade (S-6)', () => {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    const cleared = customer.says(clear('customerKind'), 'q', 1);
    expect(tasks(cleared)).toEqual(['open collect-customer-kind']);
    expect(changes(cleared)).toEqual([]);
    expect(customer.state()?.published.grade).toBe(1);
    expect(tasks(customer.says(profile({ customerKind: 'natural' }), 'r', 2))).toEqual([
      'close collect-customer-kind',
    ]);
  });

  it('goes up at once and comes back when the hit is cleared, with the rule as its reason (X-H1, P-4)', () => {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    const up = changes(customer.says(listHit, 'e', 10))[0];
    expect(up).toMatchObject({ sequence: 2, grade: 5, direction: 'up', basis: 'direct-highest' });
    expect(up?.reasons).toEqual([{ code: 'X-H1', from: 0, to: 1 }]);
    expect(up?.measures).toContain('M-E1');
    const down = changes(customer.says(listCleared, 'f', 20))[0];
    expect(down).toMatchObject({ sequence: 3, grade: 1, direction: 'down', basis: 'scored' });
    expect(down?.reasons).toEqual([{ code: 'X-H1', from: 1, to: 0 }]);
    expect(down?.previousHash).toBe(up?.hash);
  });

  it('publishes nothing for a record that changes no grade (P-4)', () => {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    expect(customer.says(event('staff_note'), 'n', 1).outputs).toEqual([]);
    expect(customer.says({ ...booked, amount: 1, amountCny: 1 }, 't', 2).outputs).toEqual([]);
  });
});

describe('an item that reads another', () => {
  it('is evaluated again when that one changes: cash that the trade explains (E-B1, I-3)', () => {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    customer.says({ ...booked, amount: 20_000_000, amountCny: 20_000_000 }, 't', 0);
    const index = methodology.items.find(({ name }) => name === 'B1')?.index ?? 0;
    expect(customer.state()?.results[index]).toBe(4);
    customer.says(profile({ occupation: 'owner', industry: 'F5191' }), 'q', 1);
    expect(customer.state()?.results[index]).toBe(3);
  });
});

describe('the review date', () => {
  const day = (year: number, month: number, date: number): number =>
    Date.UTC(year, month - 1, date) / MS_PER_DAY;

  it('follows the ladder from the decision, the last day of a shorter month (T-2)', () => {
    const start = Date.UTC(2025, 7, 31, 4);
    const customer = newCustomer(start);
    customer.says(profile({ ...PROFILE, lastScreened: start }), 'p', 0);
    expect(changes(customer.says(listHit, 'e', 0))).toMatchObject([
      { grade: 5, reviewDueOn: day(2026, 2, 28) },
    ]);
  });

  it('of a first-time customer lies at most 36 months after the first rating (T-3)', () => {
    expect(changes(newCustomer().says(profile(), 'p', 0))).toMatchObject([
      { grade: 1, reviewDueOn: day(2029, 3, 4) },
    ]);
  });

  it('is never postponed by an upgrade (T-4)', () => {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    const late = 1090 * MS_PER_DAY;
    const up = changes(customer.says(listHit, 'e', late)).pop();
    expect(up).toMatchObject({ grade: 5, direction: 'up', reviewDueOn: day(2029, 3, 4) });
  });

  it('has no first bound where the document states none', () => {
    const { review, ...document } = shippedDocument('trade-credit-aaa-c');
    expect(review?.firstReviewMonths).toBeUndefined();
    const months = { 1: 60, 2: 60, 3: 60, 4: 60, 5: 60 };
    const other = compiledMethodology({ ...document, review: { months } });
    const { state } = step(
      other,
      undefined,
      recordOf(profile({ channel: 'counter' }), 'p', NOON),
      NOON,
    );
    const due = step(other, state, 'tick', NOON + MS_PER_DAY);
    expect(changes(due)).toMatchObject([{ reviewDueOn: day(2031, 3, 5) }]);
  });
});

describe('a confirmation', () => {
  it('makes the current rating final; a new grade is preliminary again (S-10)', () => {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    const decided = customer.says(confirm(1), 'd', 1);
    expect(decided.outcome).toBe('applied');
    expect(changes(decided)).toEqual([]);
    expect(ratings(decided)).toMatchObject([{ sequence: 1, status: 'final', grade: 1 }]);
    expect(changes(customer.says(listHit, 'e', 2))).toMatchObject([{ status: 'preliminary' }]);
  });

  it('of another sequence is refused and changes nothing (S-10)', () => {
    const customer = newCustomer();
    expect(customer.says(confirm(1), 'd0', 0)).toMatchObject({
      outcome: 'refused',
      state: undefined,
    });
    customer.says(profile(), 'p', 0);
    for (const sequence of [2, 3]) {
      const before = structuredClone(customer.state());
      const decided = customer.says(confirm(sequence), `d${sequence}`, 0);
      expect(decided.refusals).toMatchObject([{ code: 'not-current', field: 'sequence' }]);
      expect(decided.outputs).toEqual([]);
      expect(customer.state()).toEqual(before);
    }
  });

  it('that comes again is a duplicate, also when another rating has become current (S-10)', () => {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    customer.says(confirm(1), 'd', 1);
    expect(customer.says(confirm(1), 'd', 2, 1)).toMatchObject({
      outcome: 'duplicate',
      outputs: [],
    });
    customer.says(listHit, 'e', 3);
    expect(customer.says(confirm(1), 'd', 4, 1)).toMatchObject({
      outcome: 'duplicate',
      refusals: [],
    });
    expect(customer.says(confirm(1, 'u3'), 'd', 4, 1).refusals).toMatchObject([
      { code: 'conflicting-duplicate' },
    ]);
  });

  it('of a rating that is final already publishes nothing (S-10)', () => {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    customer.says(confirm(1), 'd', 1);
    expect(customer.says(confirm(1, 'u3'), 'd2', 2).outputs).toEqual([]);
    expect(customer.state()?.published.confirmedBy).toBe('u2');
  });
});

describe('bad input', () => {
  /** Refused with a code, and nothing else of the customer is changed. */
  function refuses(content: Content, id: string, occurredAt: number, code: string): void {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    customer.says(event('penalty'), 'e', 0);
    customer.says(booked, 't', 0);
    const before = structuredClone(customer.state());
    const decided = customer.says(content, id, 0, occurredAt);
    expect(decided.outcome).toBe('refused');
    expect(decided.refusals).toMatchObject([{ code, input: { id } }]);
    expect(decided.outputs).toEqual([]);
    expect(customer.state()).toEqual(before);
  }
  const mismatched = { ...booked, status: 'reversed', amount: 1 };

  it.each<[string, Content, string, number, string]>([
    ['an id with other attributes', profile({ cdd: 'refused' }), 'p', 0, 'conflicting-duplicate'],
    ['an id with another time', profile(), 'p', -1, 'conflicting-duplicate'],
    ['an id of another type of record', event('penalty'), 'p', 0, 'conflicting-duplicate'],
    ['an event id with another kind', event('criminal_record'), 'e', 0, 'conflicting-duplicate'],
    [
      'a transaction id with another amount',
      { ...booked, amount: 1 },
      't',
      0,
      'conflicting-duplicate',
    ],
    ['a posting booked under two ids', booked, 't2', 0, 'conflicting-duplicate'],
    [
      'a posting booked under two ids with two amounts',
      { ...booked, amount: 1 },
      't2',
      0,
      'conflicting-duplicate',
    ],
    ['a reversal with another amount', mismatched, 'r', 0, 'reversal-mismatch'],
    [
      'an attribute that nobody declared',
      profile({ extra: { shoeSize: 44 } }),
      'q',
      0,
      'unknown-attribute',
    ],
    [
      'a record from beyond the tolerance',
      event('penalty'),
      'f',
      5 * 60_000 + 1,
      'from-the-future',
    ],
  ])('is refused and leaves the customer as it was: %s', (_, content, id, occurredAt, code) => {
    refuses(content, id, occurredAt, code);
  });

  it.each([
    ['day', 2_932_897],
    ['day', 2 ** 52],
    ['instant', 2 ** 53 - 1],
    ['instant', -(2 ** 53) + 1],
  ] as const)('is refused where it states a declared %s that is none: %d', (type, odd) => {
    const document = shippedDocument('cn-aml-bank');
    const own = compiledMethodology({ ...document, attributes: { odd: { type } } });
    const stated = profile({ customerKind: 'natural', extra: { odd } });
    const decided = step(own, undefined, recordOf(stated, 'p', NOON), NOON);
    expect(decided.refusals).toMatchObject([{ code: 'unknown-attribute', field: 'set.extra.odd' }]);
  });

  it('is not what a transaction leaves unsaid: absent crossBorder is false, in filters and reversals (E-B3)', () => {
    const { features = {}, ...document } = shippedDocument('cn-aml-bank');
    const domestic = {
      of: 'transactions',
      where: '!crossBorder',
      count: true,
      window: '30d',
    } as const;
    const own = compiledMethodology({ ...document, features: { ...features, domestic } });
    const count = (state: CustomerState | undefined): unknown => {
      if (state === undefined) throw new Error('no state');
      focus(own, state, NOON);
      return own.features.get('domestic')?.run(own.env);
    };
    const first = step(own, undefined, recordOf(booked, 't', NOON - 1), NOON);
    expect(count(first.state)).toBe(1);
    const reversal = { ...booked, status: 'reversed', crossBorder: false };
    const second = step(own, first.state, recordOf(reversal, 'r', NOON), NOON);
    expect([second.outcome, count(second.state)]).toEqual(['applied', 0]);
  });

  it('keeps nothing of a customer whose first record is refused or too old', () => {
    const future = newCustomer().says(event('penalty'), 'f', 0, 5 * 60_000 + 1);
    expect(future).toMatchObject({ outcome: 'refused', state: undefined, dueAt: Infinity });
    const late = newCustomer().says(booked, 't', 0, -400 * MS_PER_DAY);
    expect(late).toMatchObject({ outcome: 'late', state: undefined, refusals: [] });
    expect(newCustomer().at(0, 'tick')).toMatchObject({ outcome: 'ticked', state: undefined });
  });

  it('waits with a record of the near future until its time, and then refuses it if it must', () => {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    const waiting = customer.says(listHit, 'e', 0, 60_000);
    expect(waiting).toMatchObject({ outcome: 'pending', outputs: [], dueAt: NOON + 60_000 });
    customer.says(event('penalty'), 'p', 0, 60_001);
    expect(customer.at(59_999, 'tick').outputs).toEqual([]);
    expect(changes(customer.at(60_000, 'tick'))).toMatchObject([
      { grade: 5, occurredAt: NOON + 60_000 },
    ]);
    expect(customer.at(60_001, 'tick').refusals).toMatchObject([
      { code: 'conflicting-duplicate', input: { id: 'p', type: 'risk-event' } },
    ]);
  });

  it('throws when a state follows another methodology', () => {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    const other = compiledMethodology(shippedDocument('trade-credit-aaa-c'));
    expect(() => step(other, customer.state(), 'tick', NOON)).toThrow('another methodology');
  });
});

describe('the clock', () => {
  it('of a customer never goes back', () => {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    expect(customer.at(-MS_PER_DAY, 'tick').state?.asOf).toBe(NOON);
  });

  it('forgets a transaction on the local midnight after its window, not before (E-B1)', () => {
    const customer = newCustomer();
    customer.says(profile(), 'p', 0);
    customer.says(booked, 't', 0);
    const score = (clock: number): number | undefined => {
      customer.at(clock, 'tick');
      const index = methodology.items.find(({ name }) => name === 'B1')?.index ?? 0;
      return customer.state()?.results[index];
    };
    const midnight = 30 * MS_PER_DAY - 12 * MS_PER_HOUR;
    expect([score(midnight - 1), score(midnight)]).toEqual([5, 1]);
  });

  it.each([
    ['before', ['r', 't']],
    ['after', ['t', 'r']],
  ])(
    'takes a reversal back that comes %s its booking, on the day of the booking (E-B1)',
    (_, order) => {
      const customer = newCustomer();
      customer.says(profile(), 'p', 0);
      for (const id of order) {
        const reversed = id === 'r';
        customer.says(
          { ...booked, status: reversed ? 'reversed' : 'booked' },
          id,
          1,
          reversed ? 1 : -5 * MS_PER_DAY,
        );
      }
      const index = methodology.items.find(({ name }) => name === 'B1')?.index ?? 0;
      expect(customer.state()?.results[index]).toBe(1);
    },
  );
});
