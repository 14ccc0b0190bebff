/** What a set of evaluated customers has reached, counted by key. */
import type { Evaluation } from './evaluator';
import { gatherFacts } from './evaluator/facts';
import { lowestRule } from './evaluator/direct';
import type { InputRecord } from './evaluator/records';

/**
 * Keys: `score C1 3`, `missing C1` (by item, over both segments), `rule X-H1`, `alone X-H1` (the only
 * direct rule of a customer), `mark identity-only`, `segment NP` (or null), `grade 4`, `grade by score 4`.
 */
export type Coverage = Map<string, number>;

function add(coverage: Coverage, key: string): void {
  coverage.set(key, (coverage.get(key) ?? 0) + 1);
}

export function coverage(results: Evaluation[]): Coverage {
  const counted: Coverage = new Map();
  for (const result of results) {
    add(counted, `segment ${String(result.segment)}`);
    if (result.segment === null) continue;
    for (const [id, item] of Object.entries(result.items)) {
      add(counted, `score ${id} ${item.score}`);
      if (item.missing) add(counted, `missing ${id}`);
    }
    for (const rule of result.directRules) add(counted, `rule ${rule}`);
    const [rule, ...others] = result.directRules;
    if (rule !== undefined && others.length === 0) add(counted, `alone ${rule}`);
    for (const mark of result.marks) add(counted, `mark ${mark}`);
    add(counted, `grade by score ${result.gradeByScore}`);
    add(counted, `grade ${result.calculatedGrade}`);
  }
  return counted;
}

/** The one rule of X-L1 to X-L6 that alone keeps a customer of a low-risk type from direct low. */
export function loneDisqualifier(
  records: InputRecord[],
  asOf: number,
  result: Evaluation,
): string | undefined {
  if (result.segment === null || result.directRules.length > 0) return undefined;
  const { isType, barredBy } = lowestRule(gatherFacts(records, asOf, {}));
  return isType && barredBy.length === 1 ? barredBy[0] : undefined;
}
