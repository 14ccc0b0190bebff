import type { GradeChange, Rating, ReviewTask } from '@tidemark/schemas/records';
import { digestOfText } from '../canonical';
import { addMonths, dayOf, NEVER } from '../calendar';
import { decimal } from '../exact';
import { MISSING, YES, type Methodology, type TaskPlan } from '../methodology/methodology';
import type { CustomerState, Published } from '../state';
import { assess, type Assessment } from './assess';
import { explain } from './explain';

/** What a step publishes, and what that does to the published part of the state. */
export type Output =
  | ({ readonly kind: 'grade-change'; readonly record: GradeChange } & Move)
  | ({ readonly kind: 'rating'; readonly record: Rating } & Move)
  | { readonly kind: 'review-task'; readonly record: ReviewTask; readonly task: string };

/** The published part before an output and after it (design, rule 7). */
export interface Move {
  readonly before: Standing;
  readonly after: Standing;
}

/** What was published of a customer last, without the open tasks. */
export type Standing = Readonly<Omit<Published, 'results' | 'tasks' | 'rule'>>;

export const standingOf = ({
  results: _results,
  tasks: _tasks,
  rule: _rule,
  ...standing
}: Published): Standing => standing;

/** What made the customer be rated again. */
export interface Cause {
  readonly kind: string;
  readonly eventId: string | null;
}

/**
 * Publishes what differs from what was published before: one grade change for every change of the
 * effective grade, the rating with it, tasks that opened or closed (design, semantics 4 and 7).
 * The methodology must be focused on the customer and its results evaluated.
 * @param confirmedBy who has just made the rating final
 */
export function publish(
  methodology: Methodology,
  state: CustomerState,
  cause: Cause,
  outputs: Output[],
  confirmedBy?: string,
): void {
  const { waited, published } = state;
  if (state.segment < 0) {
    if (confirmedBy !== undefined) confirm(published, confirmedBy);
    if (!waited && published.sequence === 0) return;
    for (const task of methodology.tasks) {
      if (task.unit !== null || published.tasks.has(task.key)) continue;
      turnTask(methodology, state, task, true, outputs);
    }
    return;
  }
  const assessment = assess(methodology, state);
  if (published.sequence === 0) {
    const ready = assessment.basis === 'direct-highest' || !assessment.anyMissing || waited;
    if (!ready) return;
  }
  publishRating(methodology, state, assessment, cause, outputs, confirmedBy);
  for (const task of methodology.tasks) {
    const open = task.unit !== null && ((state.results[task.unit] ?? 0) & task.bits) !== 0;
    if (open !== published.tasks.has(task.key)) {
      turnTask(methodology, state, task, open, outputs);
    }
  }
}

function publishRating(
  methodology: Methodology,
  state: CustomerState,
  assessment: Assessment,
  cause: Cause,
  outputs: Output[],
  confirmedBy: string | undefined,
): void {
  const { published } = state;
  const { basis, rule, calculatedGrade } = assessment;
  const graded = published.sequence === 0 || calculatedGrade !== published.grade;
  const same =
    !graded &&
    confirmedBy === undefined &&
    basis === published.basis &&
    methodology.name === published.methodology;
  if (same) {
    published.rule = rule;
    return;
  }
  let before = standingOf(published);
  if (confirmedBy !== undefined) confirm(published, confirmedBy);
  const change = graded ? changeGrade(methodology, state, assessment, cause) : undefined;
  published.basis = basis;
  published.rule = rule;
  published.methodology = methodology.name;
  const after = standingOf(published);
  if (change !== undefined) {
    outputs.push({ kind: 'grade-change', record: change, before, after });
    before = after;
  }
  outputs.push({
    kind: 'rating',
    record: explain(methodology, state, assessment),
    before,
    after,
  });
}

function confirm(published: Published, by: string): void {
  published.status = 'final';
  published.confirmedBy = by;
}

function changeGrade(
  methodology: Methodology,
  state: CustomerState,
  assessment: Assessment,
  cause: Cause,
): GradeChange {
  const { document, id, version, env, levels, scale } = methodology;
  const { published, institution, customer } = state;
  const first = published.sequence === 0;
  const previousGrade = first ? null : published.grade;
  const grade = assessment.calculatedGrade;
  const reasons = reasonsOf(methodology, state, assessment);
  published.sequence += 1;
  published.grade = grade;
  published.status = 'preliminary';
  published.confirmedBy = null;
  published.firstRatedAt ??= env.asOf;
  published.results = state.results.slice();
  published.reviewDueOn = reviewDay(methodology, state, previousGrade);
  // Members stand in the order of RFC 8785, so that the plain JSON text is the canonical one.
  const change: Omit<GradeChange, 'hash'> = {
    basis: assessment.basis,
    cause: { eventId: cause.eventId, kind: cause.kind },
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
    score: decimal(assessment.sum, levels * scale),
    sequence: published.sequence,
    status: published.status,
  };
  const hash = digestOfText(JSON.stringify(change));
  published.hash = hash;
  return { ...change, hash };
}

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

/** Sub-items with another score and direct rules that began or ceased, since the last grade change. */
function reasonsOf(
  { items, highest, lowestWhen, caps }: Methodology,
  { results, published }: CustomerState,
  assessment: Assessment,
): Reason[] {
  const reasons: Reason[] = [];
  const first = published.sequence === 0;
  const conditions = [...highest, ...caps];
  for (const rule of new Set(conditions.map((condition) => condition.rule))) {
    const holds = (codes: Uint8Array): boolean =>
      conditions.some(({ rule: of, index }) => of === rule && codes[index] === YES);
    const now = holds(results);
    const before = !first && holds(published.results);
    if (now !== before) reasons.push({ code: rule, from: before ? 1 : 0, to: now ? 1 : 0 });
  }
  if (lowestWhen !== undefined) {
    const now = assessment.basis === 'direct-lowest';
    const before = published.basis === 'direct-lowest';
    if (now !== before) {
      reasons.push({ code: lowestWhen.rule, from: before ? 1 : 0, to: now ? 1 : 0 });
    }
  }
  for (const { index, name } of items) {
    const to = (results[index] ?? 0) & ~MISSING;
    const from = first ? 0 : (published.results[index] ?? 0) & ~MISSING;
    if (to !== from) {
      reasons.push({ code: name, from: from === 0 ? null : from, to: to === 0 ? null : to });
    }
  }
  return reasons;
}

/** Closes the open tasks that a methodology no longer has; `earlier` has them. */
export function closeTasks(
  methodology: Methodology,
  earlier: Methodology,
  state: CustomerState,
  outputs: Output[],
): void {
  for (const task of earlier.tasks) {
    if (!state.published.tasks.has(task.key)) continue;
    if (methodology.tasks.some(({ key }) => key === task.key)) continue;
    turnTask(methodology, state, task, false, outputs);
  }
}

/** Opens or closes a task. */
function turnTask(
  { env }: Methodology,
  { published, institution, customer }: CustomerState,
  { key, kind, item, reason }: TaskPlan,
  open: boolean,
  outputs: Output[],
): void {
  if (open) published.tasks.add(key);
  else published.tasks.delete(key);
  outputs.push({
    kind: 'review-task',
    task: key,
    record: {
      id: `${institution}:${customer}:${key}`,
      institution,
      customer,
      kind,
      item,
      action: open ? 'open' : 'close',
      occurredAt: env.asOf,
      reason: open ? reason : `no more: ${reason}`,
    },
  });
}

/** The rating as it stands, published or not; undefined while the segment is unknown. */
export function ratingOf(methodology: Methodology, state: CustomerState): Rating | undefined {
  return state.segment < 0 ? undefined : explain(methodology, state, assess(methodology, state));
}
