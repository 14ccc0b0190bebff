import { add, subtract, type Exact } from '../exact';

/**
 * Sparse daily buckets of one group of a series, with the running totals of its windows
 * (design, rule 11): one row per local date that has something, whole days drop. Adding to a day and
 * moving on by a day cost the same whatever the customer's past.
 */
export interface Buckets {
  /** The local date to which the totals hold. */
  today: number;
  /** Local dates, ascending. */
  readonly days: number[];
  /** One column a measure, beside `days`; NOTHING in a max column of a day without one. */
  readonly columns: Exact[][];
  /** Totals of the summed measures, by window then measure. */
  readonly totals: Exact[];
  /** Distinct values of each distinct measure and the last date each was seen. */
  readonly seen: readonly Map<string, number>[];
}

/** No maximum on that day. Amounts are never negative. */
export const NOTHING = -1;

export type Measure =
  | { readonly kind: 'count' }
  | { readonly kind: 'sum' | 'max'; readonly field: string }
  | { readonly kind: 'distinct'; readonly field: string; readonly cap: number };

/** The local dates (today - before - days, today - before]. */
export interface Window {
  readonly days: number;
  readonly before: number;
}

export interface Layout {
  /** Measures with a column: count, sum, max. */
  readonly columns: readonly Measure[];
  readonly distincts: readonly Extract<Measure, { kind: 'distinct' }>[];
  readonly windows: readonly Window[];
  /** Dates that any window reaches back. */
  readonly reach: number;
}

export function emptyBuckets(layout: Layout, today: number): Buckets {
  return {
    today,
    days: [],
    columns: layout.columns.map(() => []),
    totals: new Array<Exact>(layout.windows.length * layout.columns.length).fill(0),
    seen: layout.distincts.map(() => new Map<string, number>()),
  };
}

/** The first row whose date is `day` or later. */
function rowFrom(days: readonly number[], day: number): number {
  const last = days.length - 1;
  if (last < 0 || (days[last] ?? 0) < day) return days.length;
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((days[middle] ?? 0) < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addRows(
  buckets: Buckets,
  layout: Layout,
  window: number,
  from: number,
  to: number,
  apply: (total: Exact, value: Exact) => Exact,
): void {
  const { days, columns, totals } = buckets;
  const width = layout.columns.length;
  for (let row = rowFrom(days, from); row < days.length && (days[row] ?? 0) <= to; row += 1) {
    for (let measure = 0; measure < width; measure += 1) {
      const at = window * width + measure;
      totals[at] = apply(totals[at] ?? 0, columns[measure]?.[row] ?? 0);
    }
  }
}

/** Moves the totals on to `today` and drops the days that no window reaches. */
export function advance(buckets: Buckets, layout: Layout, today: number): void {
  const was = buckets.today;
  if (today <= was) return;
  if (buckets.days.length > 0) {
    layout.windows.forEach(({ days, before }, window) => {
      const oldFirst = was - before - days + 1;
      const oldLast = was - before;
      const first = today - before - days + 1;
      const last = today - before;
      addRows(buckets, layout, window, oldFirst, Math.min(oldLast, first - 1), subtract);
      addRows(buckets, layout, window, Math.max(oldLast + 1, first), last, add);
    });
    const gone = rowFrom(buckets.days, today - layout.reach + 1);
    if (gone > 0) {
      buckets.days.splice(0, gone);
      for (const column of buckets.columns) column.splice(0, gone);
    }
  }
  for (const seen of buckets.seen) {
    for (const [value, day] of seen) if (day <= today - layout.reach) seen.delete(value);
  }
  buckets.today = today;
}

export type Change = 'book' | 'reverse' | 'book-reversed';

/**
 * Books a record on its day, takes a booked one back, or books one that has been reversed already:
 * sums and counts take a reversal back, max and distinct ignore it (an upper bound).
 * @param amounts the value of each column's field, 1 for counts
 */
export function book(
  buckets: Buckets,
  layout: Layout,
  day: number,
  amounts: readonly Exact[],
  values: readonly (string | undefined)[],
  change: Change,
): void {
  const { days, columns } = buckets;
  if (day <= buckets.today - layout.reach) return;
  let row = rowFrom(days, day);
  if (days[row] !== day) {
    days.splice(row, 0, day);
    columns.forEach((column, i) => column.splice(row, 0, isMax(layout, i) ? NOTHING : 0));
  }
  const width = layout.columns.length;
  for (let i = 0; i < width; i += 1) {
    const column = columns[i];
    const amount = amounts[i] ?? 0;
    if (column === undefined) continue;
    const before = column[row] ?? 0;
    if (isMax(layout, i)) {
      if (change !== 'reverse' && amount > before) column[row] = amount;
      continue;
    }
    if (change === 'book-reversed') continue;
    const apply = change === 'book' ? add : subtract;
    column[row] = apply(before, amount);
    layout.windows.forEach(({ days: length, before: offset }, window) => {
      const last = buckets.today - offset;
      if (day > last - length && day <= last) {
        const at = window * width + i;
        buckets.totals[at] = apply(buckets.totals[at] ?? 0, amount);
      }
    });
  }
  // A day on which nothing is left is no day: states are the same in whatever order facts came.
  if (columns.every((column, i) => column[row] === (isMax(layout, i) ? NOTHING : 0))) {
    days.splice(row, 1);
    for (const column of columns) column.splice(row, 1);
  }
  if (change === 'reverse') return;
  layout.distincts.forEach(({ cap }, i) => {
    const value = values[i];
    const seen = buckets.seen[i];
    if (value !== undefined && seen !== undefined) remember(seen, value, day, cap);
  });
}

const isMax = (layout: Layout, column: number): boolean => layout.columns[column]?.kind === 'max';

/** Keeps the `cap` values seen last, so that min(true number, cap) is exact in any window. */
function remember(seen: Map<string, number>, value: string, day: number, cap: number): void {
  if ((seen.get(value) ?? Number.NEGATIVE_INFINITY) >= day) return;
  seen.set(value, day);
  if (seen.size <= cap) return;
  let worst = value;
  for (const [other, at] of seen) {
    const worstAt = seen.get(worst) ?? 0;
    if (at < worstAt || (at === worstAt && other > worst)) worst = other;
  }
  seen.delete(worst);
}

export const isEmpty = (buckets: Buckets): boolean =>
  buckets.days.length === 0 && buckets.seen.every((seen) => seen.size === 0);

/** The value of a column's measure in a window; `buckets` must stand at today. */
export function columnValue(
  buckets: Buckets,
  layout: Layout,
  window: number,
  column: number,
): Exact {
  if (!isMax(layout, column)) {
    return buckets.totals[window * layout.columns.length + column] ?? 0;
  }
  const { days: length = 0, before = 0 } = layout.windows[window] ?? {};
  const last = buckets.today - before;
  let greatest: Exact = 0;
  const { days, columns } = buckets;
  for (let row = rowFrom(days, last - length + 1); row < days.length; row += 1) {
    if ((days[row] ?? 0) > last) break;
    const value = columns[column]?.[row] ?? 0;
    if (value > greatest) greatest = value;
  }
  return greatest;
}

/** Number of distinct values seen in a window, at most the cap. */
export function distinctValue(
  buckets: Buckets,
  layout: Layout,
  window: number,
  distinct: number,
): number {
  const { days = 0 } = layout.windows[window] ?? {};
  let count = 0;
  for (const day of buckets.seen[distinct]?.values() ?? []) {
    if (day > buckets.today - days) count += 1;
  }
  return count;
}

/** The first local date on which the window's content changes without a new record. */
export function nextChangeDay(buckets: Buckets, layout: Layout, window: number): number {
  const { days: length = 0, before = 0 } = layout.windows[window] ?? {};
  const last = buckets.today - before;
  const { days } = buckets;
  let next = Number.POSITIVE_INFINITY;
  const row = rowFrom(days, last - length + 1);
  const first = days[row];
  if (first !== undefined && first <= last) next = first + length + before;
  if (before > 0) {
    const entering = days[rowFrom(days, last + 1)];
    if (entering !== undefined) next = Math.min(next, entering + before);
  }
  for (const seen of buckets.seen) {
    for (const day of seen.values()) {
      if (day > last - length) next = Math.min(next, day + length + before);
    }
  }
  return next;
}
