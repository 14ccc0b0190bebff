import { decide, type CustomerDecision } from '@tidemark/rating/customer';
import type { CustomerState } from '@tidemark/rating/state';
import { openMethodology } from '../methodology-file';
import { SAMPLE_INSTITUTION, samplePortfolio } from './portfolio';

const START = Date.UTC(2024, 11, 31, 16); // 2025-01-01 in Asia/Shanghai
const DAY_MS = 86_400_000;

/** Folds a smaller portfolio on event time, with a tick at each midnight for who is due. */
function rateSample(customers: number) {
  const methodology = openMethodology('cn-aml-bank');
  const states = new Map<string, CustomerState>();
  const dueAt = new Map<string, number>();
  const grades = new Map<string, number>();
  const bases = new Set<string>();
  const directions = { initial: 0, up: 0, down: 0 };
  let refused = 0;
  const take = (customer: string, decision: CustomerDecision): void => {
    if (decision.state !== undefined) states.set(customer, decision.state);
    dueAt.set(customer, decision.dueAt);
    refused += decision.refusals.length;
    for (const { kind, record } of decision.outputs) {
      if (kind !== 'grade-change') continue;
      directions[record.direction] += 1;
      grades.set(customer, record.grade);
      bases.add(`${record.direction} ${record.basis}`);
    }
  };
  let asOf = 0;
  let midnight = START + DAY_MS;
  for (const record of samplePortfolio({ seed: 1, customers, days: 365, start: START })) {
    asOf = Math.max(asOf, record.occurredAt);
    for (; midnight <= asOf; midnight += DAY_MS) {
      const context = { methodology, asOf: midnight };
      for (const [customer, due] of dueAt) {
        if (due > midnight) continue;
        const tick = { kind: 'tick', institution: SAMPLE_INSTITUTION, customer } as const;
        take(customer, decide(states.get(customer), tick, context));
      }
    }
    const { customer } = record;
    const context = { methodology, asOf };
    take(customer, decide(states.get(customer), { kind: 'record', record }, context));
  }
  return { grades, bases, directions, refused };
}

describe('the sample portfolio under cn-aml-bank', () => {
  const customers = 500;
  const { grades, bases, directions, refused } = rateSample(customers);
  const share = (...wanted: readonly number[]): number =>
    [...grades.values()].filter((grade) => wanted.includes(grade)).length / customers;

  it('has most customers in the grades 1 to 3, some in 4 and few in 5', () => {
    expect(share(1)).toBeGreaterThan(0.35);
    expect(share(1)).toBeLessThan(0.7);
    expect(share(2)).toBeGreaterThan(0.2);
    expect(share(3)).toBeGreaterThan(0.04);
    expect(share(4)).toBeGreaterThan(0.003);
    expect(share(5)).toBeGreaterThan(0.005);
    expect(share(4, 5)).toBeLessThan(0.1);
  });

  it('moves grades up and down, also directly, in plausible numbers', () => {
    expect(directions.up).toBeGreaterThan(200);
    expect(directions.down).toBeGreaterThan(150);
    expect(directions.up + directions.down).toBeLessThan(1_000);
    expect([...bases]).toEqual(
      expect.arrayContaining(['up direct-highest', 'initial direct-lowest', 'down direct-lowest']),
    );
  });

  it('gives the core nothing to refuse', () => {
    expect(refused).toBe(0);
  });
});
