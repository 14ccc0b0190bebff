import { isDeepStrictEqual } from 'node:util';
import { shippedDocument, shippedFramework, shippedMethodology } from '../support/methodologies';
import { comparable, rateByCore } from './core';
import { examples } from './mutants/examples';
import { differingExamples } from './mutants/judge';
import { differingTasks } from './mutants/orders';
import { generateCustomer } from './customers';
import { evaluate, type Evaluation } from './evaluator';

/**
 * Two programs written from the same text by different hands agree: the core, event by event in the
 * order of arrival, and the naive evaluator, all facts at as-of.
 */
const CUSTOMERS = 2400;
const FIRST_SEED = 1;

const methodology = shippedMethodology('cn-aml-bank');

describe('the core and the independent evaluator', () => {
  it(`agree on ${CUSTOMERS} customers on every sub-item, missing flag, total, grade and direct rule (P-2, W-6, W-7, W-8, X-P)`, () => {
    const differences: unknown[] = [];
    let rated = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + CUSTOMERS; seed += 1) {
      const { records, asOf } = generateCustomer(seed);
      const expected = evaluate(records, asOf);
      const rating = rateByCore(methodology, records, asOf);
      if (rating === null || expected.segment === null) {
        if ((rating === null) !== (expected.segment === null)) differences.push({ seed, rating });
        continue;
      }
      rated += 1;
      const found = comparable(rating);
      if (!isDeepStrictEqual(found, expected)) {
        differences.push({ seed, ...difference(found, expected) });
      }
    }
    expect(differences.slice(0, 12)).toEqual([]);
    expect(rated).toBeGreaterThanOrEqual(2000);
  });

  it('agree on customers made by hand on bounds that the generator does not reach (E-G2, E-B2.6, X-H6)', () => {
    expect(examples().length).toBeGreaterThan(15);
    const framework = shippedFramework('cn-2013-2');
    expect(differingExamples(shippedDocument('cn-aml-bank'), framework)).toEqual([]);
  });
});

function difference(found: Evaluation, expected: Evaluation): object {
  const items = Object.keys({ ...found.items, ...expected.items }).filter(
    (id) => !isDeepStrictEqual(found.items[id], expected.items[id]),
  );
  return {
    items: items.map((id) => ({ id, found: found.items[id], expected: expected.items[id] })),
    found: { ...found, items: undefined },
    expected: { ...expected, items: undefined },
  };
}

describe('a product that nobody has assessed', () => {
  it('opens a task, expected, stated as used or transacted; an assessed one does not (O-4)', () => {
    expect(differingTasks(methodology)).toEqual([]);
  });
});
