import type { Context } from '@tidemark/engine/machine';
import { customerMachine } from '@tidemark/rating/customer-machine';
import { explanationText } from '@tidemark/rating/explanation';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import { methodologyOf } from '@tidemark/rating/in-force/in-force';
import { focus } from '@tidemark/rating/grading/evaluate';
import { ratingOf } from '@tidemark/rating/grading/open-form';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import type { CustomerState } from '@tidemark/rating/state';
import type { InputRecord } from '@tidemark/schemas/records';
import type { CustomerView, RatingForm, TryOut } from './engine';

type Look = Context<RatingGlobals>;

/** A customer as decided up to now. */
export function viewOf(
  state: CustomerState | undefined,
  context: Look,
  form: RatingForm,
): CustomerView | undefined {
  if (state === undefined) return undefined;
  const { copy, methodology } = focused(state, context);
  return { sequence: state.published.sequence, rating: ratingOf(methodology, copy, form) };
}

/** Its rating for people; undefined while nobody can say what kind of customer it is. */
export function explanationOf(
  state: CustomerState | undefined,
  context: Look,
  form: RatingForm,
): string | undefined {
  if (state === undefined) return undefined;
  const { copy, methodology } = focused(state, context);
  const rating = ratingOf(methodology, copy, form);
  return rating === undefined ? undefined : explanationText(methodology.document, rating);
}

/** What a record would bring about, were it to happen at the clock; undefined: there is no grade. */
export function tryOn(
  state: CustomerState | undefined,
  record: InputRecord,
  context: Look,
): TryOut | undefined {
  if (state === undefined || state.published.sequence === 0) return undefined;
  const gradeBefore = state.published.grade;
  const work = { kind: 'record', input: { ...record, occurredAt: context.asOf } } as const;
  const decided = customerMachine.decide(copyOf(state, context), work, context);
  return { gradeBefore, gradeAfter: decided.state?.published.grade ?? gradeBefore };
}

/** Reading a window drops the days that have passed: a look takes a copy. */
function focused(
  state: CustomerState,
  context: Look,
): { readonly copy: CustomerState; readonly methodology: Methodology } {
  const copy = copyOf(state, context);
  const methodology = methodologyOf(context.globals, state.methodology);
  // Results hold until the customer is due; one that is due is about to be decided anew.
  focus(methodology, copy, state.dueAt > context.asOf ? context.asOf : state.asOf);
  return { copy, methodology };
}

const copyOf = (state: CustomerState, context: Look): CustomerState =>
  customerMachine.decodeState(customerMachine.encodeState(state, context), context);
