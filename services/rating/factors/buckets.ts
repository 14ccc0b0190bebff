import { add, subtract, type Exact } from '../exact';

/**
 * Sparse daily buckets of one group of a series (design, rule 11): one row per local date that has
 * something, whole days drop. Customers have many groups and most groups few rows, so a group is
 * one flat array; running totals of its windows are kept only once it is long, so that adding to a
 * day and moving on by a day cost the same whatever the customer's past.
 */
export interface Buckets {
  /** The local date to which totals hold and before whose reach rows have dropped. */
  today: number;
  /** Rows by ascending date: date, then one value a column; NOTHING in a max column without one. */
  rows: Exact[];
  /** Totals of the columns by window; null while the rows are few. */
  totals: Exact[] | null;
  /** Distinct values of each distinct measure and the last date each was seen; null without one. */
  readonly seen: readonly Map<string, number>[] | null;
}

/** No maximum on that day. Amounts are never negative. */
export const NOTHING = -1;

/** From so many rows on, totals are kept. */
const TOTALS_FROM = 12;

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

/** A record's fields by name. */
export interface Fields {
  readonly [name: string]: unknown;
}

export type Change = 'book' | 'reverse' | 'book-reversed';

export const emptyBuckets = (layout: Layout, today: number): Buckets => ({
  today,
  rows: [],
  totals: null,
  seen: layout.distincts.length === 0 ? null : layout.distincts.map(() => new Map()),
});

/** Elements of `rows` that make one row. */
export const rowWidth = ({ columns }: Layout): number => columns.length + 1;

const isMax = (layout: Layout, column: number): boolean => layout.columns[column]?.kind === 'max';

/** Index in `rows` of the first row whose date is `day` or later. */
function rowFrom(rows: readonly Exact[], width: number, day: number): number {
  const end = rows.length;
  if (end === 0 || (rows[end - width] ?? 0) < day) return end;
  let low = 0;
  let high = end / width - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle * width] ?? 0) < day) low = middle + 1;
    else high = middle;
  }
  return low * width;
}

/** Applies the rows of the dates from..to to a total. */
function overRows(
  { rows }: Buckets,
  width: number,
  column: number,
  from: number,
  to: number,
  start: Exact,
  apply: (total: Exact, value: Exact) => Exact,
): Exact {
  let total = start;
  for (let at = rowFrom(rows, width, from); at < rows.length; at += width) {
    if ((rows[at] ?? 0) > to) break;
    total = apply(total, rows[at + 1 + column] ?? 0);
  }
  return total;
}

const greater = (a: Exact, b: Exact): Exact => (b > a ? b : a);

/** Moves on to `today`: totals follow, days that no window reaches drop. */
export function advance(buckets: Buckets, layout: Layout, today: number): void {
  const was = buckets.today;
  if (today <= was) return;
  buckets.today = today;
  const { rows, totals, seen } = buckets;
  const width = rowWidth(layout);
  if (totals !== null) moveTotals(buckets, totals, layout, was);
  if (rows.length > 0 && (rows[0] ?? 0) <= today - layout.reach) {
    rows.splice(0, rowFrom(rows, width, today - layout.reach + 1));
  }
  if (seen === null) return;
  for (const days of seen) {
    for (const [value, day] of days) if (day <= today - layout.reach) days.delete(value);
  }
}

function moveTotals(buckets: Buckets, totals: Exact[], layout: Layout, was: number): void {
  const { today } = buckets;
  const width = rowWidth(layout);
  for (let window = 0; window < layout.windows.length; window += 1) {
    const { days = 0, before = 0 } = layout.windows[window] ?? {};
    const oldLast = was - before;
    const first = today - before - days + 1;
    const last = today - before;
    for (let column = 0; column < width - 1; column += 1) {
      const at = window * (width - 1) + column;
      const oldFirst = oldLast - days + 1;
      const lastLeft = Math.min(oldLast, first - 1);
      let total = totals[at] ?? 0;
      total = overRows(buckets, width, column, oldFirst, lastLeft, total, subtract);
      // Only a window that ends before today can gain a day by time.
      if (before > 0) {
        const firstNew = Math.max(oldLast + 1, first);
        total = overRows(buckets, width, column, firstNew, last, total, add);
      }
      totals[at] = total;
    }
  }
}

/** Totals of all columns in all windows, counted anew. Those of max columns mean nothing. */
export function countTotals(buckets: Buckets, layout: Layout): Exact[] {
  const width = rowWidth(layout);
  return layout.windows.flatMap(({ days, before }) => {
    const last = buckets.today - before;
    return layout.columns.map((_, column) =>
      overRows(buckets, width, column, last - days + 1, last, 0, add),
    );
  });
}

/** Begins to keep totals once the rows are many. */
export function keepTotals(buckets: Buckets, layout: Layout): void {
  if (buckets.totals === null && buckets.rows.length > TOTALS_FROM * rowWidth(layout)) {
    buckets.totals = countTotals(buckets, layout);
  }
}

/**
 * Books a record on its day, takes a booked one back, or books one that has been reversed already:
 * sums and counts take a reversal back, max and distinct ignore it (an upper bound).
 * @param record its fields by name
 */
export function book(
  buckets: Buckets,
  layout: Layout,
  day: number,
  record: Fields,
  change: Change,
): void {
  if (day <= buckets.today - layout.reach) return;
  const width = rowWidth(layout);
  // Most groups have one row: an array made for it takes no room for more.
  if (buckets.rows.length === 0) buckets.rows = blankRow(layout, day);
  const { rows } = buckets;
  const row = rowOf(rows, layout, width, day);
  let empty = true;
  for (let column = 0; column < width - 1; column += 1) {
    const measure = layout.columns[column];
    if (measure === undefined) continue;
    const before = rows[row + 1 + column] ?? 0;
    const amount = amountOf(measure, record);
    let after = before;
    if (measure.kind === 'max') {
      if (change !== 'reverse' && amount > before) after = amount;
      if (after !== NOTHING) empty = false;
    } else {
      if (change === 'book') after = add(before, amount);
      else if (change === 'reverse') after = subtract(before, amount);
      if (after !== 0) empty = false;
      if (buckets.totals !== null && change !== 'book-reversed') {
        addToTotals(buckets.totals, buckets.today, layout, day, column, amount, change);
      }
    }
    rows[row + 1 + column] = after;
  }
  // A day on which nothing is left is no day: states are the same in whatever order facts came.
  if (empty) rows.splice(row, width);
  keepTotals(buckets, layout);
  if (change !== 'reverse' && buckets.seen !== null) see(buckets.seen, layout, day, record);
}

function amountOf(measure: Measure, record: Fields): number {
  if (measure.kind === 'count' || measure.kind === 'distinct') return 1;
  const value = record[measure.field];
  return typeof value === 'number' ? value : 0;
}

function blankRow(layout: Layout, day: number): Exact[] {
  const blank = isMax(layout, 0) ? NOTHING : 0;
  switch (layout.columns.length) {
    case 0:
      return [day];
    case 1:
      return [day, blank];
    case 2:
      return [day, blank, isMax(layout, 1) ? NOTHING : 0];
    default:
      return [day, ...layout.columns.map((_, column) => (isMax(layout, column) ? NOTHING : 0))];
  }
}

/** Index of the day's row, made blank when there is none. */
function rowOf(rows: Exact[], layout: Layout, width: number, day: number): number {
  const row = rowFrom(rows, width, day);
  if (row < rows.length && rows[row] === day) return row;
  if (row === rows.length) {
    rows.push(day);
    for (let column = 0; column < width - 1; column += 1) {
      rows.push(isMax(layout, column) ? NOTHING : 0);
    }
  } else {
    rows.splice(row, 0, ...blankRow(layout, day));
  }
  return row;
}

function addToTotals(
  totals: Exact[],
  today: number,
  { windows, columns }: Layout,
  day: number,
  column: number,
  amount: number,
  change: 'book' | 'reverse',
): void {
  for (let window = 0; window < windows.length; window += 1) {
    const { days = 0, before = 0 } = windows[window] ?? {};
    const last = today - before;
    if (day > last || day <= last - days) continue;
    const at = window * columns.length + column;
    const total = totals[at] ?? 0;
    totals[at] = change === 'book' ? add(total, amount) : subtract(total, amount);
  }
}

function see(
  seen: readonly Map<string, number>[],
  { distincts }: Layout,
  day: number,
  record: Fields,
): void {
  for (let i = 0; i < distincts.length; i += 1) {
    const { field = '', cap = 0 } = distincts[i] ?? {};
    const value = record[field];
    const days = seen[i];
    if (value !== undefined && days !== undefined) remember(days, String(value), day, cap);
  }
}

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

export const isEmpty = ({ rows, seen }: Buckets): boolean =>
  rows.length === 0 && (seen === null || seen.every((days) => days.size === 0));

/** The value of a column's measure in a window; `buckets` must stand at today. */
export function columnValue(
  buckets: Buckets,
  layout: Layout,
  window: number,
  column: number,
): Exact {
  const max = isMax(layout, column);
  if (buckets.totals !== null && !max) {
    return buckets.totals[window * layout.columns.length + column] ?? 0;
  }
  const { days = 0, before = 0 } = layout.windows[window] ?? {};
  const last = buckets.today - before;
  const width = rowWidth(layout);
  return overRows(buckets, width, column, last - days + 1, last, 0, max ? greater : add);
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
  for (const day of buckets.seen?.[distinct]?.values() ?? []) {
    if (day > buckets.today - days) count += 1;
  }
  return count;
}

/** The first local date on which the window's content changes without a new record. */
export function nextChangeDay(buckets: Buckets, layout: Layout, window: number): number {
  const { days = 0, before = 0 } = layout.windows[window] ?? {};
  const last = buckets.today - before;
  const { rows, seen } = buckets;
  const width = rowWidth(layout);
  let next = Number.POSITIVE_INFINITY;
  const first = rows[rowFrom(rows, width, last - days + 1)];
  if (first !== undefined && first <= last) next = Number(first) + days + before;
  if (before > 0) {
    const entering = rows[rowFrom(rows, width, last + 1)];
    if (entering !== undefined) next = Math.min(next, Number(entering) + before);
  }
  if (seen === null) return next;
  for (const values of seen) {
    for (const day of values.values()) {
      if (day > last - days) next = Math.min(next, day + days + before);
    }
  }
  return next;
}
