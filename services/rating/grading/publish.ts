import type { GradeChange, Rating, Restricted, ReviewTask } from '@tidemark/schemas/records';
import type { Methodology, TaskPlan } from '../methodology/methodology';
import type { CustomerState, Published } from '../state';
import { assess, type Assessment } from './assess';
import { openForm, RESTRICTED, restricted } from './open-form';
import { changeGrade, ratings, type Cause } from './told';

/** What a step publishes, and what that does to the published part of the state. */
export type Output =
  | ({ readonly kind: 'grade-change'; readonly record: GradeChange } & Move)
  | ({ readonly kind: 'rating'; readonly record: Rating } & Move)
  | ({ readonly kind: 'review-task'; readonly record: ReviewTask } & Turn)
  /** What another output leaves out, or what is told to nobody else. */
  | ({ readonly kind: 'restricted'; readonly record: Restricted } & (Move | Turn));

/** The published part before an output and after it (design, rule 7). */
export interface Move {
  readonly before: Standing;
  readonly after: Standing;
}

/** A task that opens or closes. */
export interface Turn {
  readonly task: string;
  readonly open: boolean;
}

/** What was published of a customer last, without the open tasks. */
export type Standing = Readonly<Omit<Published, 'results' | 'tasks' | 'rule'>>;

export const standingOf = ({
  results: _results,
  tasks: _tasks,
  rule: _rule,
  ...standing
}: Published): Standing => standing;

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
    const open = isOpen(task, state.results);
    if (open !== published.tasks.has(task.key)) {
      turnTask(methodology, state, task, open, outputs);
    }
  }
}

/** Whether there is something to do; what is open to all is not told as restricted too. */
const isOpen = ({ unit, bits, unless }: TaskPlan, results: Uint8Array): boolean =>
  unit !== null &&
  ((results[unit] ?? 0) & bits) !== 0 &&
  (unless === undefined || ((results[unless] ?? 0) & bits) === 0);

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
  const full = { methodology, assessment };
  const open = openForm(full, state);
  const openBasis = open.assessment.basis;
  const graded = published.sequence === 0 || calculatedGrade !== published.grade;
  const anew = graded || confirmedBy !== undefined || methodology.name !== published.methodology;
  const isTold = anew || openBasis !== published.openBasis;
  if (!isTold && basis === published.basis) {
    published.rule = rule;
    return;
  }
  let before = standingOf(published);
  if (confirmedBy !== undefined) confirm(published, confirmedBy);
  const changes = graded ? changeGrade(full, open, state, cause) : [];
  Object.assign(published, { basis, openBasis, rule, methodology: methodology.name });
  const after = standingOf(published);
  for (const told of [...changes, ...ratings(full, open, state, isTold)]) {
    outputs.push({ ...told, before, after });
    before = after;
  }
}

function confirm(published: Published, by: string): void {
  published.status = 'final';
  published.confirmedBy = by;
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

/** Opens or closes a task; one that confidential events alone open is told as such. */
function turnTask(
  { env }: Methodology,
  state: CustomerState,
  { key: task, kind, item, reason, unless }: TaskPlan,
  open: boolean,
  outputs: Output[],
): void {
  const { published, institution, customer } = state;
  if (open) published.tasks.add(task);
  else published.tasks.delete(task);
  const record: ReviewTask = {
    id: `${institution}:${customer}:${task}`,
    institution,
    customer,
    kind,
    item,
    action: open ? 'open' : 'close',
    occurredAt: env.asOf,
    reason: open ? reason : `no more: ${reason}`,
  };
  if (unless === undefined) {
    outputs.push({ kind: 'review-task', record, task, open });
    return;
  }
  const content = restricted(state, 'review-task', env.asOf, JSON.stringify(record), null);
  outputs.push({ kind: RESTRICTED, record: content, task, open });
}
