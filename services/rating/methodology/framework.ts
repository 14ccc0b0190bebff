import type { MethodologyDocument, Title } from './document';
import type { Fault } from './faults';
import { coverage, direct, governance, grades, items, measures, review } from './framework-checks';

/**
 * A framework: what a published text demands of a methodology document, as data
 * (methodologies/<id>.framework.yaml), so that no rule id stands in code.
 */
export interface FrameworkDocument {
  readonly id: string;
  readonly title: Title;
  readonly checks: {
    readonly [check in SimpleCheck]?: { readonly rule: string };
  } & {
    /** `min`: the least number of grades. */
    readonly minGrades?: { readonly rule: string; readonly min: number };
    /** The highest grade at most `topMonths`; each next lower at most `factor` times as long. */
    readonly reviewLadder?: {
      readonly rule: string;
      readonly topMonths: number;
      readonly factor: number;
    };
    /** The first review of a new customer at most `months` after the first rating. */
    readonly firstReview?: { readonly rule: string; readonly months: number };
    readonly initialRating?: { readonly rule: string; readonly workingDays: number };
    /** Fields of `governance` that must be stated. */
    readonly governance?: readonly { readonly field: GovernanceField; readonly rule: string }[];
    /** What another aggregate than `weighted` must state. */
    readonly ownTool?: { readonly rule: string; readonly field: GovernanceField };
  };
  /** Each needs an adopted item with a rule that starts with `prefix`, or a deviation. */
  readonly elements?: readonly { readonly rule: string; readonly prefix: string }[];
  /** Rules that an adopted item must serve, or a deviation must name. */
  readonly subItems?: readonly string[];
  readonly directLowest?: { readonly rule: string; readonly unless: readonly string[] };
  readonly directHighest?: { readonly rule: string; readonly required: readonly string[] };
  readonly measures?: {
    /** At least one measure with the prefix at the highest grade, none at the lowest. */
    readonly enhanced?: { readonly rule: string; readonly prefix: string };
    /** Measures with the prefix at the lowest grade only. */
    readonly simplified?: { readonly rule: string; readonly prefix: string };
    readonly reverse?: { readonly rule: string };
  };
}

type SimpleCheck =
  | 'weightsTotal'
  | 'weightPositive'
  | 'notAdopted'
  | 'rationale'
  | 'confirmedBy'
  | 'scoreRange'
  | 'formula'
  | 'bands'
  | 'deviation'
  | 'outsourcing'
  | 'personas';
type GovernanceField = 'owner' | 'approvedBy' | 'processOwner' | 'document' | 'source' | 'parent';

/** The name of a check that has a rule of its own. */
export type Check = Exclude<keyof FrameworkDocument['checks'], 'governance'>;

/** The rule id that a framework gives a check; null without a framework or such a check. */
export function ruleOf(framework: FrameworkDocument | undefined, check: Check): string | null {
  return framework?.checks[check]?.rule ?? null;
}

/**
 * The demands of a framework on a document, all faults together. What any document must satisfy
 * (weights that total 100, positive weights, none without adoption, bands without gaps) is checked by the
 * loader, which takes the rule id from ruleOf().
 */
export function checkFramework(
  document: MethodologyDocument,
  framework: FrameworkDocument,
): Fault[] {
  return [
    ...items(document, framework),
    ...coverage(document, framework),
    ...grades(document, framework),
    ...direct(document, framework),
    ...review(document, framework),
    ...measures(document, framework),
    ...governance(document, framework),
  ];
}
