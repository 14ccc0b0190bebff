/**
 * A second, independent rating of one customer, written from the guideline's text alone.
 * It holds no state between calls: all records are looked at again at the given instant.
 * It exists to disagree with the rating core when one of the two misreads the text.
 */
import { scoreB4 } from './evaluator/agency';
import { scoreB1, scoreB2, scoreB3, scoreB5 } from './evaluator/business';
import { DAY_MS } from './evaluator/calendar';
import {
  scoreC1,
  scoreC2,
  scoreC3,
  scoreC4,
  scoreC5,
  scoreC6,
  scoreC7,
  scoreC8,
} from './evaluator/customer-items';
import { highestRules, lowestRule } from './evaluator/direct';
import { bandScore, gatherFacts, type Facts, type ItemScore } from './evaluator/facts';
import { scoreG1, scoreG2, scoreG3, scoreG4 } from './evaluator/geography';
import { scoreI1, scoreI2, scoreI3 } from './evaluator/industry';
import { WEIGHTS, type ListOverrides, type Segment } from './evaluator/lists';
import type { InputRecord } from './evaluator/records';

export interface Evaluation {
  /** null: customerKind is unknown, so there is no rating and all else is empty. */
  segment: Segment | null;
  /** Only items with a weight in the segment. */
  items: Record<string, ItemScore>;
  /** S = sum(a * p), a decimal string. */
  total: string;
  /** R = S / 5, the shortest exact decimal with at least one decimal. */
  score: string;
  /** 1 to 5 by the bands alone; 0 without a segment. */
  gradeByScore: number;
  /** All that hold, X-H1 to X-H6 in order; X-L0 alone for direct low. */
  directRules: string[];
  /** 1 to 5 after direct rules; 0 without a segment. */
  calculatedGrade: number;
  basis: 'scored' | 'direct-highest' | 'direct-lowest';
  /** Sorted. */
  marks: string[];
}

const UNRATED: Evaluation = {
  segment: null,
  items: {},
  total: '',
  score: '',
  gradeByScore: 0,
  directRules: [],
  calculatedGrade: 0,
  basis: 'scored',
  marks: [],
};

function segmentOf(customerKind: string | undefined): Segment | null {
  if (customerKind === undefined) return null;
  return customerKind === 'natural' ? 'NP' : 'EN';
}

function scoreItems(facts: Facts, segment: Segment): Record<string, ItemScore> {
  const i3 = scoreI3(facts, segment);
  const all: Record<string, ItemScore> = {
    C1: scoreC1(facts),
    C2: scoreC2(facts),
    C3: scoreC3(facts),
    C4: scoreC4(facts),
    C5: scoreC5(facts),
    C6: scoreC6(facts),
    C7: scoreC7(facts),
    C8: scoreC8(facts),
    G1: scoreG1(facts),
    G2: scoreG2(facts),
    G3: scoreG3(facts),
    G4: scoreG4(facts),
    B1: scoreB1(facts, segment, i3.score),
    B2: scoreB2(facts, segment),
    B3: scoreB3(facts),
    B4: scoreB4(facts),
    B5: scoreB5(facts, segment),
    I1: scoreI1(facts, segment),
    I2: scoreI2(facts),
    I3: i3,
  };
  return Object.fromEntries(Object.entries(all).filter(([id]) => id in WEIGHTS[segment]));
}

function totalOf(items: Record<string, ItemScore>, segment: Segment): bigint {
  return Object.entries(items).reduce(
    (sum, [id, item]) => sum + BigInt(item.score) * BigInt(WEIGHTS[segment][id] ?? 0),
    0n,
  );
}

/** S / 5 exactly: integer weights leave at most one decimal. */
function scoreText(total: bigint): string {
  const tenths = total * 2n;
  return `${tenths / 10n}.${tenths % 10n}`;
}

function marksOf({ profile, asOf }: Facts): string[] {
  const marks = ['unconfirmed-default'];
  if (profile.relationshipStart !== undefined && asOf - profile.relationshipStart < 90 * DAY_MS) {
    marks.push('identity-only');
  }
  if (profile.institutionType === 'payment' || profile.institutionType === 'dnfbp') {
    marks.push('by-reference');
  }
  return marks.sort();
}

/**
 * Rates one customer.
 * @param records all records of ONE customer, in any order, duplicates allowed
 * @param asOf UTC milliseconds; later records are as if they did not exist
 * @param lists what to put in place of the default lists
 */
export function evaluate(
  records: InputRecord[],
  asOf: number,
  lists: ListOverrides = {},
): Evaluation {
  const facts = gatherFacts(records, asOf, lists);
  const segment = segmentOf(facts.profile.customerKind);
  if (segment === null) return UNRATED;
  const items = scoreItems(facts, segment);
  const total = totalOf(items, segment);
  const gradeByScore = bandScore(
    [
      [100n, 1],
      [130n, 2],
      [170n, 3],
      [210n, 4],
      [270n, 5],
    ],
    total,
  );
  const common = {
    segment,
    items,
    total: total.toString(),
    score: scoreText(total),
    gradeByScore,
    marks: marksOf(facts),
  };
  // Order X-P: highest, then direct low, then score.
  const highest = highestRules(facts, segment);
  if (highest.length > 0) {
    return { ...common, directRules: highest, calculatedGrade: 5, basis: 'direct-highest' };
  }
  const lowest = lowestRule(facts);
  if (lowest.isType && lowest.barredBy.length === 0) {
    return { ...common, directRules: ['X-L0'], calculatedGrade: 1, basis: 'direct-lowest' };
  }
  return { ...common, directRules: [], calculatedGrade: gradeByScore, basis: 'scored' };
}
