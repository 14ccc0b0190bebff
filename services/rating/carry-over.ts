import { concerns } from './factors/events';
import { moveSeries, seriesMoves, type SeriesMove } from './factors/carry-over';
import type { ConditionUnit, Methodology } from './methodology/methodology';
import type { CustomerState } from './state';

/** How states of one methodology become states of another. */
interface Move {
  readonly series: readonly SeriesMove[];
  /** For each unit the same one before; -1: it is new. */
  readonly units: readonly number[];
  /** Whether no event is dropped. */
  readonly keepsEvents: boolean;
}

/**
 * Makes a state follow another methodology: what is known of the customer stays, what the other one
 * does not ask for is dropped, so that it becomes the state in which all records had been folded by
 * the other one (where carryOverFaults finds nothing). Its results are those of before, to be
 * evaluated anew; what was published stays as it was.
 */
export function carryOver(state: CustomerState, from: Methodology, to: Methodology): void {
  const move = moveOf(from, to);
  state.methodology = to.fingerprint;
  state.series.splice(0, Infinity, ...moveSeries(state.series, move.series));
  state.tidyOn = Number.NaN;
  state.profileText = state.resultsText = undefined;
  if (!move.keepsEvents) dropEvents(state, to);
  const { published } = state;
  if (published.results.length > 0) {
    const { results } = published;
    published.results = Uint8Array.from(move.units, (unit) => results[unit] ?? 0);
  }
}

const moves = new WeakMap<Methodology, WeakMap<Methodology, Move>>();

function moveOf(from: Methodology, to: Methodology): Move {
  const known = moves.get(to)?.get(from);
  if (known !== undefined) return known;
  const before = unitNames(from);
  const filters = new Set(to.eventFeatures.map(({ filter }) => filter));
  const move: Move = {
    series: seriesMoves(from.series, to.series),
    units: unitNames(to).map((name) => before.indexOf(name)),
    keepsEvents: from.eventFeatures.every(({ filter }) => filters.has(filter)),
  };
  const ofTarget = moves.get(to) ?? new WeakMap<Methodology, Move>();
  moves.set(to, ofTarget.set(from, move));
  return move;
}

/** Names of the units across versions: a condition goes by its rule, not by its place in the list. */
function unitNames(methodology: Methodology): string[] {
  const names = methodology.units.map(({ name }) => name);
  const { highest, lowestWhen, lowestUnless, caps, marks, twins } = methodology;
  const groups: Readonly<Record<string, readonly ConditionUnit[]>> = {
    highest,
    lowest: lowestWhen === undefined ? [] : [lowestWhen],
    unless: lowestUnless,
    cap: caps,
    mark: marks,
  };
  for (const [group, units] of Object.entries(groups)) {
    const seen = new Map<string, number>();
    for (const { index, rule } of units) {
      const nth = (seen.get(rule) ?? 0) + 1;
      seen.set(rule, nth);
      names[index] = `/${group}/${rule}/${nth}`;
    }
  }
  for (const { of, index } of twins) names[index] = `open ${names[of] ?? ''}`;
  return names;
}

/** Keeps the events that a feature of the methodology counts. */
function dropEvents({ events }: CustomerState, { eventFeatures, env }: Methodology): void {
  const kept = events.filter((event) => {
    env.record = event;
    return eventFeatures.some((feature) => concerns(feature, env));
  });
  events.splice(0, Infinity, ...kept);
}
