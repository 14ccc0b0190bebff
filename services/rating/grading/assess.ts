import type { Methodology } from '../methodology/methodology';
import { MISSING, NO, YES } from '../methodology/methodology';
import type { CustomerState } from '../state';

/** What the results of the units add up to. */
export interface Assessment {
  /** S = sum(a * p) in 1/scale of the methodology. */
  readonly sum: number;
  readonly gradeByScore: number;
  readonly calculatedGrade: number;
  readonly basis: 'scored' | 'direct-highest' | 'direct-lowest' | 'restricted';
  /** The first direct rule or cap that decides, or null. */
  readonly rule: string | null;
  readonly directRules: readonly string[];
  readonly anyMissing: boolean;
}

/**
 * The grade of the present results: highest, then direct low, then score (X-P). Call it only for a
 * customer with a segment.
 */
export function assess(methodology: Methodology, { results, segment }: CustomerState): Assessment {
  const { items, bands, highest, lowestWhen, lowestUnless, caps } = methodology;
  let sum = 0;
  let anyMissing = false;
  for (const { index, weights } of items) {
    const code = results[index] ?? 0;
    sum += (code & ~MISSING) * (weights[segment] ?? 0);
    if ((code & MISSING) !== 0) anyMissing = true;
  }
  let gradeByScore = bands[0]?.grade ?? 1;
  for (const { grade, from } of bands) if (sum >= from) gradeByScore = grade;
  const rules: string[] = [];
  for (const { index, rule } of highest) {
    if (results[index] === YES && !rules.includes(rule)) rules.push(rule);
  }
  const common = { sum, gradeByScore, anyMissing };
  const [first] = rules;
  if (first !== undefined) {
    return {
      ...common,
      calculatedGrade: methodology.grades,
      basis: 'direct-highest',
      rule: first,
      directRules: rules,
    };
  }
  const low =
    lowestWhen !== undefined &&
    results[lowestWhen.index] === YES &&
    lowestUnless.every(({ index }) => results[index] === NO);
  let calculatedGrade = low ? 1 : gradeByScore;
  let rule = low ? lowestWhen.rule : null;
  // A cap holds whatever gave the grade.
  for (const cap of caps) {
    if (results[cap.index] === YES && cap.grade > calculatedGrade) {
      calculatedGrade = cap.grade;
      rule = cap.rule;
    }
  }
  const basis = low ? 'direct-lowest' : 'scored';
  const directRules = low ? [lowestWhen.rule] : [];
  return { ...common, calculatedGrade, basis, rule, directRules };
}
