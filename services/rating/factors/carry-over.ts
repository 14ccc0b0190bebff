import type { SeriesState } from '../state';
import { emptyBuckets, keepTotals, NOTHING, rowWidth } from './buckets';
import type { Buckets, Layout } from './buckets';
import { dropEmpty } from './groups';
import type { SeriesPlan } from './series';

/** How the buckets of a series become those of the same series in another layout. */
export interface SeriesMove {
  /** Index of the series before; -1: it is new, and begins empty. */
  readonly from: number;
  readonly layout: Layout;
  /** Elements of a row before. */
  readonly width: number;
  /** For each column the one before, for each distinct measure the one before. */
  readonly columns: readonly number[];
  readonly distincts: readonly number[];
  /** Nothing changes but, perhaps, its place among the series. */
  readonly same: boolean;
}

const indexOfSame = (list: readonly unknown[], wanted: unknown): number => {
  const text = JSON.stringify(wanted);
  return list.findIndex((one) => JSON.stringify(one) === text);
};

/** How each series of a methodology is made from those of the one before. */
export function seriesMoves(
  before: readonly SeriesPlan[],
  plans: readonly SeriesPlan[],
): SeriesMove[] {
  return plans.map(({ key, layout }): SeriesMove => {
    const from = before.findIndex((plan) => plan.key === key);
    const old = before[from]?.layout;
    return {
      from,
      layout,
      width: old === undefined ? 1 : rowWidth(old),
      columns: layout.columns.map((measure) => indexOfSame(old?.columns ?? [], measure)),
      distincts: layout.distincts.map(
        ({ field }) => old?.distincts.findIndex((measure) => measure.field === field) ?? -1,
      ),
      same: indexOfSame([old], layout) === 0,
    };
  });
}

/** The series of a state in the order and layout of another methodology. */
export const moveSeries = (
  series: readonly (SeriesState | undefined)[],
  moves: readonly SeriesMove[],
): (SeriesState | undefined)[] =>
  moves.map((move): SeriesState | undefined => {
    const before = series[move.from];
    if (before === undefined || move.same) return before;
    const { single, groups, purgedAt } = before;
    if (groups === undefined) {
      return { single: single && moveBuckets(single, move), groups, purgedAt };
    }
    const moved = {
      keys: [...groups.keys],
      buckets: groups.buckets.map((of) => moveBuckets(of, move)),
    };
    dropEmpty(moved);
    return { single: undefined, groups: moved, purgedAt };
  });

/** Takes the columns that are wanted of the days that are still in reach. */
function moveBuckets(before: Buckets, { layout, width, columns, distincts }: SeriesMove): Buckets {
  const buckets = emptyBuckets(layout, before.today);
  const first = before.today - layout.reach + 1;
  for (let at = 0; at < before.rows.length; at += width) {
    const day = before.rows[at] ?? 0;
    if (day < first) continue;
    const row = columns.map((column) => before.rows[at + 1 + column] ?? 0);
    const isBlank = row.every((value, i) => value === blankOf(layout, i));
    if (!isBlank) buckets.rows.push(day, ...row);
  }
  keepTotals(buckets, layout);
  distincts.forEach((of, i) => {
    const days = buckets.seen?.[i];
    if (days === undefined) return;
    const latest = [...(before.seen?.[of] ?? [])]
      .filter(([, day]) => day >= first)
      // as many as the smaller cap keeps: those seen last, of equal ones the first by name
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, layout.distincts[i]?.cap);
    for (const [value, day] of latest) days.set(value, day);
  });
  return buckets;
}

const blankOf = (layout: Layout, column: number): number =>
  layout.columns[column]?.kind === 'max' ? NOTHING : 0;
