import type { Move, Output } from './grading/publish';
import type { CustomerState } from './state';

/** What one output did to the published part of a state. */
type Change = Move | { readonly task: string; readonly open: boolean };

/** The change as text, for a journal. */
export function changeText(output: Output): string {
  if (output.kind === 'review-task') {
    const { task, record } = output;
    return textOf({ task, open: record.action === 'open' });
  }
  const { before, after } = output;
  return textOf({ before, after });
}

const textOf = (change: Change): string => JSON.stringify(change);

/**
 * Makes the published part of a state what was published, where this build would have published
 * something else (design, rule 7): takes back what this build brought, then takes over what was.
 * @param published changes of the outputs that were published, in order
 * @param mine changes of the outputs that this build brought instead, in order
 */
export function adopt(
  state: CustomerState,
  published: readonly string[],
  mine: readonly string[] = [],
): CustomerState {
  for (const text of mine.toReversed()) move(state, text, 'back');
  for (const text of published) move(state, text, 'forth');
  // How long the first rating waits depends on it: found anew at the next step.
  state.dueAt = Number.NEGATIVE_INFINITY;
  return state;
}

function move(state: CustomerState, text: string, way: 'back' | 'forth'): void {
  const { published } = state;
  const change: Change = JSON.parse(text);
  if ('task' in change) {
    if (change.open === (way === 'forth')) published.tasks.add(change.task);
    else published.tasks.delete(change.task);
    return;
  }
  const standing = way === 'forth' ? change.after : change.before;
  // Reasons compare with the results at the last change of grade; those of now are the nearest.
  if (standing.sequence !== published.sequence) published.results = state.results.slice();
  Object.assign(published, standing);
}
