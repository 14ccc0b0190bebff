import fc from 'fast-check';
import type { InputRecord } from '@tidemark/schemas/records';
import { TRANSACTION_SCHEMA } from '@tidemark/schemas/generated/schemas';
import { MS_PER_DAY } from '../calendar';
import { variantDocument } from '../carry-over.fixture';
import { compiledMethodology, NOON, recordOf, step } from '../customer.fixture';
import { evaluateAll } from '../grading/evaluate';
import type { CustomerState } from '../state';

const BOUND = 100;

/** Conditions that only turn false, and when they are false hold until something is learnt. */
const FALLING = [
  `sum30 >= ${BOUND}`,
  `${BOUND} < sum30`,
  `max60 > ${BOUND}`,
  'distinct30 >= 2',
  'reports >= 1',
  'sum30 + 50 * count90 >= 250',
  "sum(byProduct.filter(g, has(g.product) && g.product != 'a').map(g, g.value)) >= 3",
  "byProduct.exists(g, g.value >= 2 && g.product == 'a')",
  "at(byProduct, 'a') + at(byProduct, expectedBusiness) >= 3",
  'size(byProduct) >= 2',
  `count([sum30 >= ${BOUND}, count90 >= 3, reports >= 2]) >= 2`,
  `customerKind == 'natural' ? sum30 >= ${BOUND} : count90 >= 3`,
  `sum30 >= ${BOUND} && (count90 >= 3 || linkHit('X-H3'))`,
  'expectedBusiness.exists(b, at(byProduct, b) >= 2)',
];

/** Conditions that time can turn both ways, and those that only turn true. */
const OTHERS = [
  `before >= ${BOUND}`,
  `sum30 < ${BOUND}`,
  `sum30 == ${BOUND}`,
  `!(sum30 >= ${BOUND})`,
  'sum30 - 50 * count90 >= 50',
  'sum30 + before >= 150',
  '-3 * count90 >= -4',
  'share(sum30, 2 * before, 50)',
  'byProduct.all(g, g.value >= 2)',
  'sum(byProduct.map(g, 0 - 1)) >= -1',
  'max(count90, 2) == 2',
  'count90 in [1, 2]',
  'beforeByProduct.exists(g, g.value >= 2)',
  '(sum30 >= 100 ? 0 * count90 : count90) >= 1',
];

const methodology = compiledMethodology({
  ...variantDocument('1', {
    features: ['alerts'],
    smaller: [],
    turn: 0,
    task: 'ask',
    segment: 'has(customerKind)',
  }),
  features: {
    alerts: { of: 'riskEvents', where: "kind == 'alert_closed'", count: true },
    sum30: { of: 'transactions', sum: 'amountCny', window: '30d' },
    count90: { of: 'transactions', count: true, window: '90d' },
    max60: { of: 'transactions', max: 'amountCny', window: '60d' },
    distinct30: { of: 'transactions', distinct: 'product', cap: 3, window: '30d' },
    before: { of: 'transactions', sum: 'amountCny', window: '30d', before: '20d' },
    byProduct: { of: 'transactions', count: true, by: ['product'], window: '30d' },
    beforeByProduct: {
      of: 'transactions',
      count: true,
      by: ['product'],
      window: '30d',
      before: '20d',
    },
    reports: { of: 'riskEvents', where: "kind == 'penalty'", count: true, age: '45d' },
  },
  marks: Object.fromEntries([...FALLING, ...OTHERS].map((when, i) => [`m${i}`, when])),
});

const facts = fc.array(
  fc.record({
    lag: fc.constantFrom(0, 1, 10, 19, 20, 29, 30, 44, 50, 59, 89),
    amount: fc.constantFrom(0, 50, 100, 101),
    product: fc.constantFrom('a', 'b', undefined),
    penalty: fc.boolean(),
  }),
  { maxLength: 6 },
);
const kinds = fc.constantFrom('natural', 'entity');

function stateOf(
  list: typeof facts extends fc.Arbitrary<infer T> ? T : never,
  customerKind: string,
): CustomerState {
  const profile = { customerKind, expectedBusiness: ['b'] };
  const records: InputRecord[] = [recordOf({ type: 'profile-change', set: profile }, 'p', NOON)];
  list.forEach(({ lag, amount, product, penalty }, i) => {
    const transaction = {
      type: 'transaction',
      txId: `t${i}`,
      kind: 'cash',
      direction: 'in',
      amount,
      amountCny: amount,
      currency: 'CNY',
      status: 'booked',
      product,
    };
    const content = penalty ? { type: 'risk-event', kind: 'penalty' } : transaction;
    records.push(recordOf(content, `r${i}`, NOON - lag * MS_PER_DAY));
  });
  let state: CustomerState | undefined;
  for (const record of records) ({ state } = step(methodology, state, record, NOON));
  if (state === undefined) throw new Error('no state');
  return state;
}

const { marks } = methodology;

describe('a condition over windows', () => {
  it('holds until the instant that it names, whatever leaves or enters the windows', () => {
    fc.assert(
      fc.property(facts, kinds, (list, kind) => {
        const state = stateOf(list, kind);
        const later = structuredClone(state);
        for (let day = 1; day <= 100; day += 1) {
          const asOf = NOON + day * MS_PER_DAY;
          evaluateAll(methodology, later, asOf);
          const turned = marks.filter(
            ({ index }) =>
              (state.untils[index] ?? 0) > asOf && later.results[index] !== state.results[index],
          );
          if (turned.length > 0) throw new Error(turned.map(({ rule }) => rule).join());
        }
      }),
      { numRuns: 100 },
    );
  });

  it('that can only turn false and is false holds until something is learnt', () => {
    let settled = 0;
    fc.assert(
      fc.property(facts, kinds, (list, kind) => {
        const { results, untils } = stateOf(list, kind);
        marks.slice(0, FALLING.length).forEach(({ index }, mark) => {
          if (results[index] !== 0) return;
          settled += list.length > 0 ? 1 : 0;
          expect([mark, untils[index]]).toEqual([mark, Infinity]);
        });
      }),
    );
    expect(settled).toBeGreaterThan(100);
  });

  it('falls because no amount of a transaction is negative', () => {
    const amounts = TRANSACTION_SCHEMA.fields.filter(({ type }) => type === 'long');
    expect(amounts.map(({ name, tidemark }) => [name, tidemark?.min])).toEqual([
      ['amount', 0],
      ['amountCny', 0],
    ]);
  });
});
