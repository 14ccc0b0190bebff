import type { GradeChange, Rating, Restricted } from '@tidemark/schemas/records';
import { digest, digestOfText, type Json } from '../canonical';
import { addMonths, dayOf, NEVER } from '../calendar';
import { decimal } from '../exact';
import { isList } from '../expression/node';
import { MISSING, YES, type Methodology } from '../methodology/methodology';
import type { CustomerState } from '../state';
import { explain } from './explain';
import { RESTRICTED, restricted, type Form } from './open-form';

/** What made the customer be rated again. */
export interface Cause {
  readonly kind: string;
  readonly eventId: string | null;
}

/** An output of a rating, before it is said what it changes. */
export type Told =
  | { readonly kind: 'grade-change'; readonly record: GradeChange }
  | { readonly kind: 'rating'; readonly record: Rating }
  | { readonly kind: 'restricted'; readonly record: Restricted };

/**
 * The rating as all may know it, and in full where that says more.
 * @param isTold openly; else in full alone: what has changed, nobody else may know
 */
export function ratings(full: Form, open: Form, state: CustomerState, isTold: boolean): Told[] {
  const { asOf } = full.methodology.env;
  const record = explain(open.methodology, state, open.assessment);
  if (isTold && !isConcealing(full.methodology)) return [{ kind: 'rating', record }];
  const text = JSON.stringify(explain(full.methodology, state, full.assessment));
  if (!isTold) {
    return [{ kind: RESTRICTED, record: restricted(state, 'rating', asOf, text, null) }];
  }
  const json: Json = JSON.parse(JSON.stringify(record));
  return [
    { kind: 'rating', record },
    { kind: RESTRICTED, record: restricted(state, 'rating', asOf, text, digest(json)) },
  ];
}

/** Whether anything confidential is known of the customer on whom the methodology is focused. */
const isConcealing = ({ concealed, env }: Methodology): boolean =>
  concealed.some(({ run }) => {
    const value = run(env);
    return isList(value) ? value.length > 0 : value !== 0;
  });

/** The change as all may know it, and in full where that says more. */
export function changeGrade(full: Form, open: Form, state: CustomerState, cause: Cause): Told[] {
  const { document, id, version, env, confidential } = full.methodology;
  const { published, institution, customer } = state;
  const first = published.sequence === 0;
  const previousGrade = first ? null : published.grade;
  const grade = full.assessment.calculatedGrade;
  const reasons = reasonsOf(open, state, published.openBasis);
  const allReasons = reasonsOf(full, state, published.basis);
  published.sequence += 1;
  published.grade = grade;
  published.status = 'preliminary';
  published.confirmedBy = null;
  published.firstRatedAt ??= env.asOf;
  published.results = state.results.slice();
  published.reviewDueOn = reviewDay(full.methodology, state, previousGrade);
  const { eventId, kind } = confidential.has(cause.kind) ? RESTRICTED_CAUSE : cause;
  // Members stand in the order of RFC 8785, so that the plain JSON text is the canonical one.
  const change: Omit<GradeChange, 'hash'> = {
    basis: open.assessment.basis,
    cause: { eventId, kind },
    customer,
    direction: previousGrade === null ? 'initial' : grade > previousGrade ? 'up' : 'down',
    grade,
    id: `${institution}:${customer}:${published.sequence}`,
    institution,
    measures: document.measures?.[String(grade)] ?? [],
    methodology: { id, version },
    occurredAt: env.asOf,
    previousGrade,
    previousHash: published.hash,
    reasons,
    reviewDueOn: published.reviewDueOn,
    score: scoreOf(open),
    sequence: published.sequence,
    status: published.status,
  };
  const openText = JSON.stringify(change);
  const hash = digestOfText(openText);
  published.hash = hash;
  const told: Told = { kind: 'grade-change', record: { ...change, hash } };
  const { basis } = full.assessment;
  const own = { eventId: cause.eventId, kind: cause.kind };
  const whole = { ...change, basis, cause: own, reasons: allReasons, score: scoreOf(full) };
  if (JSON.stringify(whole) === openText) return [told];
  const text = JSON.stringify({ ...whole, hash });
  const record = restricted(state, 'grade-change', env.asOf, text, hash);
  return [told, { kind: RESTRICTED, record }];
}

const RESTRICTED_CAUSE: Cause = { kind: RESTRICTED, eventId: null };

const scoreOf = ({ methodology: { levels, scale }, assessment }: Form): string =>
  decimal(assessment.sum, levels * scale);

/**
 * The last day for the next review: from the decision by the ladder, at the latest some months after
 * the first rating; an upgrade never postpones it (T-2, T-3, T-4).
 */
function reviewDay(
  { document, zone, env }: Methodology,
  { published }: CustomerState,
  previousGrade: number | null,
): number | null {
  const months = document.review?.months[String(published.grade)];
  if (months === undefined) return null;
  const rated = dayOf(zone, published.firstRatedAt ?? env.asOf);
  const firstReview = document.review?.firstReviewMonths;
  const latest = firstReview === undefined ? NEVER : addMonths(rated, firstReview);
  const due = Math.min(addMonths(env.today, months), latest < env.today ? NEVER : latest);
  const { reviewDueOn } = published;
  const up = previousGrade !== null && published.grade > previousGrade;
  return up && reviewDueOn !== null ? Math.min(due, reviewDueOn) : due;
}

interface Reason {
  readonly code: string;
  readonly from: number | null;
  readonly to: number | null;
}

/**
 * Sub-items with another score and direct rules that began or ceased, since the last grade change.
 * @param basisBefore what was told then
 */
function reasonsOf(
  { methodology: { items, highest, lowestWhen, caps }, assessment: { basis } }: Form,
  { results, published }: CustomerState,
  basisBefore: string,
): Reason[] {
  const reasons: Reason[] = [];
  const first = published.sequence === 0;
  const turn = (code: string, before: boolean, now: boolean): void => {
    if (now !== before) reasons.push({ code, from: before ? 1 : 0, to: now ? 1 : 0 });
  };
  const conditions = [...highest, ...caps];
  for (const rule of new Set(conditions.map((condition) => condition.rule))) {
    const holds = (codes: Uint8Array): boolean =>
      conditions.some(({ rule: of, index }) => of === rule && codes[index] === YES);
    turn(rule, !first && holds(published.results), holds(results));
  }
  if (lowestWhen !== undefined) {
    turn(lowestWhen.rule, basisBefore === 'direct-lowest', basis === 'direct-lowest');
  }
  for (const { index, name } of items) {
    const to = (results[index] ?? 0) & ~MISSING;
    const from = first ? 0 : (published.results[index] ?? 0) & ~MISSING;
    if (to !== from) {
      reasons.push({ code: name, from: from === 0 ? null : from, to: to === 0 ? null : to });
    }
  }
  if (basis === RESTRICTED || basisBefore === RESTRICTED) {
    const from = basisBefore === RESTRICTED ? 1 : 0;
    reasons.push({ code: RESTRICTED, from, to: basis === RESTRICTED ? 1 : 0 });
  }
  return reasons;
}
