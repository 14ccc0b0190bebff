import { dayOf, NEVER } from '../calendar';
import { sizeOf } from '../factors/groups';
import type { Methodology } from '../methodology/methodology';
import type { CustomerState } from '../state';

const SEGMENT = 0;

/** Puts the evaluation environment on a customer at a time. */
export function focus(methodology: Methodology, state: CustomerState, asOf: number): void {
  const { env } = methodology;
  env.state = state;
  env.asOf = asOf;
  env.today = dayOf(methodology.zone, asOf);
  env.pass = 0;
}

/** Marks the units that read what has changed. */
export function touch({ touches, dirty }: Methodology, key: string): void {
  const units = touches.get(key);
  if (units === undefined) return;
  for (const unit of units) dirty[unit] = 1;
}

/**
 * Marks the units that read a series. One that reads it only inside a loop over something that is
 * empty cannot have read it, and is left alone.
 */
export function touchSeries(
  { seriesTouches, dirty }: Methodology,
  state: CustomerState,
  series: number,
): void {
  const touches = seriesTouches[series];
  if (touches === undefined) return;
  const { always, within } = touches;
  for (let i = 0; i < always.length; i += 1) dirty[always[i] ?? 0] = 1;
  for (let i = 0; i < within.length; i += 1) {
    const { unit, groupsOf } = within[i] ?? NOWHERE;
    if (sizeOf(state.series[groupsOf]?.groups) > 0) dirty[unit] = 1;
  }
}
const NOWHERE = { unit: 0, groupsOf: -1 };

/**
 * Evaluates what has been touched or has become due, in the order of dependencies. The environment
 * must be focused on the customer.
 * @returns whether any result changed
 */
export function evaluate(methodology: Methodology, state: CustomerState): boolean {
  const { env, units, order, readers, dirty } = methodology;
  let changed = false;
  if (state.results.length !== units.length) {
    state.results = new Uint8Array(units.length);
    state.untils = units.map(() => NEVER);
    state.resultsText = undefined;
    dirty.fill(1);
    changed = true;
  }
  const { results, untils } = state;
  const { asOf } = env;
  env.passes += 1;
  env.pass = env.passes;
  for (let i = 0; i < order.length; i += 1) {
    const index = order[i] ?? 0;
    if (dirty[index] === 0 && (untils[index] ?? 0) > asOf) continue;
    dirty[index] = 0;
    env.until = NEVER;
    const code = units[index]?.evaluate(env) ?? 0;
    if (untils[index] !== env.until) {
      untils[index] = env.until;
      state.resultsText = undefined;
    }
    if (code === results[index]) continue;
    results[index] = code;
    state.resultsText = undefined;
    changed = true;
    for (const reader of readers[index] ?? []) dirty[reader] = 1;
    if (index === SEGMENT) {
      state.segment = code - 1;
      dirty.fill(1);
      dirty[SEGMENT] = 0;
    }
  }
  env.pass = 0;
  return changed;
}

/** Evaluates everything anew: what incremental evaluation must equal. */
export function evaluateAll(methodology: Methodology, state: CustomerState, asOf: number): void {
  focus(methodology, state, asOf);
  forgetResults(state);
  evaluate(methodology, state);
}

/** After it the next evaluation evaluates everything. */
export function forgetResults(state: CustomerState): void {
  state.results = new Uint8Array(0);
  state.resultsText = undefined;
  state.segment = -1;
}
