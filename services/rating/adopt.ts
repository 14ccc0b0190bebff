import type { Output, Standing } from './grading/publish';
import type { CustomerState } from './state';

/** What one output did to the published part of a state: the fields that changed, or a task. */
type Change =
  | { readonly before: Partial<Standing>; readonly after: Partial<Standing> }
  | { readonly task: string; readonly open: boolean };

/** The change as text, for a journal; null: there was none. */
export function changeText(output: Output): string | null {
  if ('task' in output) {
    const { task, open } = output;
    return textOf({ task, open });
  }
  const before: Record<string, unknown> = { ...output.before };
  const after: Record<string, unknown> = { ...output.after };
  for (const name of Object.keys(before)) {
    // both of them: alone, it is the change of a build that knew no other
    if (name === 'openBasis' && 'basis' in after) continue;
    if (before[name] !== after[name]) continue;
    delete before[name];
    delete after[name];
  }
  return Object.keys(after).length === 0 ? null : textOf({ before, after });
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
  const { sequence = published.sequence } = standing;
  if (sequence !== published.sequence) published.results = state.results.slice();
  // earlier builds told openly all that there was
  const { basis } = standing;
  Object.assign(published, basis === undefined ? {} : { openBasis: basis }, standing);
}
