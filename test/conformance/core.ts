/** The rating core as the conformance tests use it: records in order of arrival, rated at as-of. */
import { parseRecord, type InputRecord, type Rating } from '@tidemark/schemas/records';
import { decide, rateInFull } from '@tidemark/rating/customer';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import type { CustomerState } from '@tidemark/rating/state';
import type { Evaluation } from './evaluator';

/** @throws Error when a record is bad: those who make them made a mistake */
export function parsedRecords(records: readonly unknown[]): InputRecord[] {
  return records.map((value) => {
    const parsed = parseRecord(value);
    if (!parsed.ok) throw new Error(`a bad record: ${JSON.stringify([value, parsed.faults])}`);
    return parsed.record;
  });
}

/** The customer after the records up to as-of; undefined when there are none. */
export function stateAfter(
  methodology: Methodology,
  records: readonly InputRecord[],
  asOf: number,
): CustomerState | undefined {
  let state: CustomerState | undefined;
  for (const record of records) {
    if (record.occurredAt > asOf) continue;
    const decision = decide(state, { kind: 'record', record }, { methodology, asOf });
    if (decision.outcome === 'refused') throw new Error(JSON.stringify(decision.refusals));
    state = decision.state;
  }
  return state;
}

/** null: no rating, the kind of customer is not known. */
export function rateByCore(
  methodology: Methodology,
  records: readonly unknown[],
  asOf: number,
): Rating | null {
  const state = stateAfter(methodology, parsedRecords(records), asOf);
  return state === undefined ? null : (rateInFull(methodology, state, asOf) ?? null);
}

const BASES = ['scored', 'direct-highest', 'direct-lowest'] as const;

/** What the two programs must agree on. */
export const comparable = (rating: Rating): Evaluation => ({
  segment: rating.items.some(({ id }) => id === 'C7') ? 'NP' : 'EN',
  items: Object.fromEntries(rating.items.map(({ id, score, missing }) => [id, { score, missing }])),
  total: rating.total.sum,
  score: rating.score,
  gradeByScore: rating.gradeByScore,
  directRules: [...rating.directRules],
  calculatedGrade: rating.calculatedGrade,
  basis: BASES.find((basis) => basis === rating.basis) ?? 'scored',
  marks: [...rating.marks],
});
