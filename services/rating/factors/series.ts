import { midnight } from '../calendar';
import type { Exact } from '../exact';
import { valid, type Env, type Structure, type Value } from '../expression/node';
import type { CustomerState, SeriesState } from '../state';
import { bucketsOf, dropEmpty, emptyGroups, insertAt, placeOf, sizeOf } from './groups';
import {
  advance,
  book,
  columnValue,
  distinctValue,
  emptyBuckets,
  isEmpty,
  nextChangeDay,
  type Buckets,
  type Change,
  type Layout,
} from './buckets';

/**
 * A series: the records of one kind that satisfy one filter, in one grouping. Features that differ
 * in measure or window only share it.
 */
export interface SeriesPlan {
  /** Canonical text of kind, filter and grouping: the series' name across versions. */
  readonly key: string;
  readonly of: 'transactions' | 'riskEvents';
  readonly where: ((env: Env) => Value) | undefined;
  readonly grouping: Grouping;
  readonly layout: Layout;
}

export type Grouping =
  | { readonly kind: 'none' }
  | { readonly kind: 'by'; readonly fields: readonly string[] }
  | { readonly kind: 'each'; readonly fields: readonly string[] };

/** Where a window feature finds its value. */
export interface WindowFeature {
  readonly series: number;
  readonly window: number;
  readonly slot: { readonly column: number } | { readonly distinct: number };
}

const ABSENT = '-';
const PRESENT = '+';
const PURGE_FROM = 64;

const keyOf = (value: Value): string => (value === undefined ? ABSENT : PRESENT + String(value));

/** The distinct values among several fields, each once (a posting may name a country twice). */
function eachKey(fields: readonly string[], record: Structure): readonly string[] {
  const keys: string[] = [];
  for (const field of fields) {
    if (record[field] === undefined) continue;
    const key = keyOf(record[field]);
    if (!keys.includes(key)) keys.push(key);
  }
  return keys;
}

function byKey(fields: readonly string[], record: Structure): string {
  if (fields.length === 1) return keyOf(record[fields[0] ?? '']);
  return JSON.stringify(fields.map((name) => keyOf(record[name])));
}

/** A group as a record that expressions read. */
function groupRecord(grouping: Grouping, key: string, value: Exact): Structure {
  if (grouping.kind === 'none') return { value };
  if (grouping.kind === 'each') return { key: stated(key), value };
  const { fields } = grouping;
  const record: Record<string, Value> = {};
  if (fields.length === 1) record[fields[0] ?? ''] = stated(key);
  else {
    const parts: unknown = JSON.parse(key);
    fields.forEach((field, i) => {
      record[field] = stated(String(Array.isArray(parts) ? parts[i] : ABSENT));
    });
  }
  record[GROUP_VALUE] = value;
  return record;
}

/** The value in a part of a key. */
const stated = (part: string): Value => (part === ABSENT ? undefined : part.slice(1));
const GROUP_VALUE = 'value';

/** Books `env.record` on its day in one series. @returns whether the record belongs to it */
export function fold(
  plan: SeriesPlan,
  index: number,
  env: Env,
  day: number,
  change: Change,
): boolean {
  const { state, record, today } = env;
  if (plan.where !== undefined && plan.where(env) !== true) return false;
  const { layout, grouping } = plan;
  let series = state.series[index];
  if (grouping.kind === 'none') {
    if (series?.single === undefined) {
      series = { single: emptyBuckets(layout, today), groups: undefined, purgedAt: 0 };
      state.series[index] = series;
    }
    if (series.single !== undefined) put(series.single, layout, env, day, change);
    return true;
  }
  series ??= state.series[index] = {
    single: undefined,
    groups: emptyGroups(),
    purgedAt: PURGE_FROM,
  };
  if (grouping.kind === 'by') {
    put(groupOf(series, byKey(grouping.fields, record), layout, today), layout, env, day, change);
    return true;
  }
  const keys = eachKey(grouping.fields, record);
  for (const key of keys) put(groupOf(series, key, layout, today), layout, env, day, change);
  return keys.length > 0;
}

/** The group's buckets, made when there are none. */
function groupOf(series: SeriesState, key: string, layout: Layout, today: number): Buckets {
  const groups = series.groups ?? emptyGroups();
  const { keys } = groups;
  const at = placeOf(groups, key);
  if (keys[at] === key) {
    const found = groups.buckets[at];
    if (found !== undefined) return found;
  }
  const buckets = emptyBuckets(layout, today);
  // Before the new group is there: it is still empty and must not be forgotten.
  if (keys.length < 2 * series.purgedAt) insertAt(groups, at, key, buckets);
  else {
    purge(series, layout, today);
    insertAt(groups, placeOf(groups, key), key, buckets);
  }
  return buckets;
}

function put(buckets: Buckets, layout: Layout, env: Env, day: number, change: Change): void {
  advance(buckets, layout, env.today);
  book(buckets, layout, day, env.record, change);
  if (isEmpty(buckets)) env.state.tidyOn = Number.NaN;
}

/** Forgets groups in which nothing is left, now and then, so that their number stays bounded. */
function purge(series: SeriesState, layout: Layout, today: number): void {
  const { groups } = series;
  if (groups !== undefined) {
    for (const buckets of groups.buckets) advance(buckets, layout, today);
    dropEmpty(groups);
  }
  series.purgedAt = Math.max(PURGE_FROM, sizeOf(groups));
}

function valueIn(env: Env, layout: Layout, buckets: Buckets, feature: WindowFeature): Exact {
  advance(buckets, layout, env.today);
  const next = nextChangeDay(buckets, layout, feature.window);
  if (next !== Number.POSITIVE_INFINITY) valid(env, midnight(env.zone, next));
  return 'column' in feature.slot
    ? columnValue(buckets, layout, feature.window, feature.slot.column)
    : distinctValue(buckets, layout, feature.window, feature.slot.distinct);
}

/** The value of an ungrouped window feature now. */
export function readSingle(env: Env, plan: SeriesPlan, feature: WindowFeature): Exact {
  const buckets = env.state.series[feature.series]?.single;
  return buckets === undefined ? 0 : valueIn(env, plan.layout, buckets, feature);
}

/** The value of one group of a feature grouped by one field. */
export function readGroup(env: Env, plan: SeriesPlan, feature: WindowFeature, key: string): Exact {
  const groups = env.state.series[feature.series]?.groups;
  const buckets = groups === undefined ? undefined : bucketsOf(groups, PRESENT + key);
  return buckets === undefined ? 0 : valueIn(env, plan.layout, buckets, feature);
}

/** The groups of a feature that have something in its window, as records with `value`. */
export function readGroups(env: Env, plan: SeriesPlan, feature: WindowFeature): readonly Value[] {
  const groups = env.state.series[feature.series]?.groups;
  if (groups === undefined) return [];
  const { keys, buckets } = groups;
  let found: Value[] | undefined;
  for (let i = 0; i < keys.length; i += 1) {
    const of = buckets[i];
    if (of === undefined) continue;
    const value = valueIn(env, plan.layout, of, feature);
    if (value === 0) continue;
    const record = groupRecord(plan.grouping, keys[i] ?? '', value);
    // mostly there is one: an array made for it takes no room for more
    if (found === undefined) found = [record];
    else found.push(record);
  }
  return found ?? NONE;
}

const NONE: readonly Value[] = [];

/** Forgets everything that no window reaches any more: what is left is the same in any order. */
export function tidy(state: CustomerState, plans: readonly SeriesPlan[], today: number): void {
  if (state.tidyOn === today) return;
  state.tidyOn = today;
  for (let index = 0; index < plans.length; index += 1) {
    const series = state.series[index];
    const layout = plans[index]?.layout;
    if (series === undefined || layout === undefined) continue;
    const { single, groups } = series;
    if (single !== undefined) advance(single, layout, today);
    if (groups === undefined) continue;
    let emptied = false;
    for (const buckets of groups.buckets) {
      advance(buckets, layout, today);
      if (isEmpty(buckets)) emptied = true;
    }
    if (emptied) dropEmpty(groups);
  }
}
