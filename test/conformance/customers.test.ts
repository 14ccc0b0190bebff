/** The generator must reach what it is there for, and its records must be lawful. */
import { coverage, loneDisqualifier } from './coverage';
import { generateCustomer } from './customers';
import { evaluate } from './evaluator';
import { WEIGHTS } from './evaluator/lists';
import type { InputRecord, Transaction } from './evaluator/records';

const SEEDS = Array.from({ length: 2000 }, (_, index) => index + 1);
const customers = SEEDS.map((seed) => ({ seed, ...generateCustomer(seed) }));
const results = customers.map(({ records, asOf }) => evaluate(records, asOf));
const reached = coverage(results);

const ITEMS = [...new Set([...Object.keys(WEIGHTS.NP), ...Object.keys(WEIGHTS.EN)])];
const NEVER_MISSING = ['C4', 'B1', 'B2', 'B3'];
const HIGHEST = ['X-H1', 'X-H2', 'X-H3', 'X-H4', 'X-H5', 'X-H6'];

function unreached(keys: string[], atLeast = 1): string[] {
  return keys.filter((key) => (reached.get(key) ?? 0) < atLeast);
}

function transactionsOf(records: InputRecord[], status: string): Transaction[] {
  return records
    .filter((record) => record.type === 'transaction')
    .filter((record) => record.status === status);
}

/** What the text leaves outside the law. */
function unlawful(records: InputRecord[]): string[] {
  const faults: string[] = [];
  const contents = new Map<string, string>();
  for (const record of records) {
    const content = JSON.stringify(record);
    if ((contents.get(record.id) ?? content) !== content)
      faults.push(`two contents of ${record.id}`);
    contents.set(record.id, content);
  }
  const bookings = new Map<string, Transaction>();
  for (const tx of transactionsOf(records, 'booked')) {
    if ((bookings.get(tx.txId) ?? tx).id !== tx.id) faults.push(`${tx.txId} is booked twice`);
    bookings.set(tx.txId, tx);
  }
  for (const tx of transactionsOf(records, 'reversed')) {
    const booked = bookings.get(tx.txId);
    if (booked === undefined || tx.occurredAt <= booked.occurredAt)
      faults.push(`reversal ${tx.id}`);
  }
  return faults;
}

describe('2,000 generated customers', () => {
  it('reach every score of every sub-item (E-C1 to I-3)', () => {
    expect(
      unreached(
        ITEMS.flatMap((id) => [1, 2, 3, 4, 5].map((score) => `score ${id} ${score}`)),
        3,
      ),
    ).toEqual([]);
  });

  it('reach the missing flag of every sub-item that can be missing (S-6, 12.7), and no other', () => {
    const canBeMissing = ITEMS.filter((id) => !NEVER_MISSING.includes(id));
    expect(
      unreached(
        canBeMissing.map((id) => `missing ${id}`),
        3,
      ),
    ).toEqual([]);
    expect(NEVER_MISSING.filter((id) => reached.has(`missing ${id}`))).toEqual([]);
  });

  it('reach every direct rule, each also alone (X-H1 to X-H6, X-L0)', () => {
    expect(
      unreached(
        HIGHEST.flatMap((rule) => [`rule ${rule}`, `alone ${rule}`]),
        3,
      ),
    ).toEqual([]);
    expect(unreached(['alone X-L0'], 20)).toEqual([]);
  });

  it('let each disqualifier alone decide against direct low (X-L1 to X-L6)', () => {
    const lone = customers.map(({ records, asOf }, index) => {
      const result = results[index];
      return result === undefined ? undefined : loneDisqualifier(records, asOf, result);
    });
    for (const rule of ['X-L1', 'X-L2', 'X-L3', 'X-L4', 'X-L5', 'X-L6']) {
      expect([rule, lone.filter((found) => found === rule).length >= 3]).toEqual([rule, true]);
    }
  });

  it('reach every mark, every segment, no segment, and every grade both ways (W-8)', () => {
    expect(
      unreached(
        [
          ...['identity-only', 'by-reference', 'unconfirmed-default'].map((mark) => `mark ${mark}`),
          ...['NP', 'EN', 'null'].map((segment) => `segment ${segment}`),
          ...[1, 2, 3, 4, 5].flatMap((grade) => [`grade ${grade}`, `grade by score ${grade}`]),
        ],
        3,
      ),
    ).toEqual([]);
  });

  it('are the same again from the same seed', () => {
    for (const { seed, records, asOf } of customers.slice(0, 50)) {
      expect(generateCustomer(seed)).toEqual({ records, asOf });
    }
  });

  it('have one content per id, one booking per txId, and reversals later than it', () => {
    const faults = customers.flatMap(({ seed, records }) =>
      unlawful(records).map((fault) => `seed ${seed}: ${fault}`),
    );
    expect(faults).toEqual([]);
  });

  it('hold duplicates, late and early records, and reversals on both sides of as-of', () => {
    const has = (test: (records: InputRecord[], asOf: number) => boolean): number =>
      customers.filter(({ records, asOf }) => test(records, asOf)).length;
    expect(has((all) => new Set(all.map(({ id }) => id)).size < all.length)).toBeGreaterThan(100);
    expect(has((all, asOf) => all.some((one) => one.occurredAt > asOf))).toBeGreaterThan(100);
    expect(has((all, asOf) => all.some((one) => one.occurredAt === asOf))).toBeGreaterThan(100);
    expect(has((all) => all.at(-1)?.type === 'profile-change')).toBeGreaterThan(100);
    const reversals = (all: InputRecord[]): Transaction[] => transactionsOf(all, 'reversed');
    expect(has((all, asOf) => reversals(all).some((tx) => tx.occurredAt > asOf))).toBeGreaterThan(
      50,
    );
    expect(has((all, asOf) => reversals(all).some((tx) => tx.occurredAt <= asOf))).toBeGreaterThan(
      50,
    );
    expect(
      has((all) =>
        reversals(all).some(
          (tx) =>
            all.indexOf(tx) <
            all.findIndex(
              (one) =>
                one.type === 'transaction' && one.txId === tx.txId && one.status === 'booked',
            ),
        ),
      ),
    ).toBeGreaterThan(50);
  });

  it('do not change their rating with the order of arrival', () => {
    customers.slice(0, 300).forEach(({ records, asOf }, index) => {
      expect(evaluate([...records].reverse(), asOf)).toEqual(results[index]);
    });
  });
});
