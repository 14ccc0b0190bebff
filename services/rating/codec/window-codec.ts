import type { Exact } from '../exact';
import { emptyBuckets, isEmpty, keepTotals, rowWidth, type Buckets } from '../factors/buckets';
import { emptyGroups, sizeOf } from '../factors/groups';
import type { CustomerState } from '../state';
import {
  getByte,
  getCount,
  getNumber,
  getUint,
  putByte,
  putNumber,
  putUint,
  type Reader,
  type Writer,
} from './bytes';
import type { CodecLayout, SeriesCodec } from './layout';
import type { DayTable } from './day-codec';
import { getKey, getText, putKey, putText } from './text';

/**
 * The rows of all series. One posting is booked in several of them, with the same figures: on each
 * day the first figure of a measure is written, and a row that repeats the first figures is a flag.
 */
type First = (Exact | undefined)[];

const LAST = 1;
const REPEATS = 2;
const HEAD = 4;

export function putSeries(
  w: Writer,
  layout: CodecLayout,
  state: CustomerState,
  table: DayTable,
): void {
  const first: First = new Array<undefined>(table.days.length * layout.measures).fill(undefined);
  let previous = -1;
  for (let index = 0; index < layout.series.length; index += 1) {
    const series = state.series[index];
    const codec = layout.series[index];
    if (series === undefined || codec === undefined) continue;
    const { single, groups } = series;
    if (single !== undefined && !isEmpty(single)) {
      putUint(w, index - previous);
      previous = index;
      putBuckets(w, layout, codec, single, table, first);
    }
    if (groups !== undefined && groups.keys.length > 0) {
      const { keys } = groups;
      putUint(w, index - previous);
      previous = index;
      putUint(w, keys.length);
      for (let i = 0; i < keys.length; i += 1) {
        const buckets = groups.buckets[i];
        if (buckets === undefined) continue;
        putKey(w, keys[i] ?? '');
        putBuckets(w, layout, codec, buckets, table, first);
      }
    }
  }
  putUint(w, 0);
}

function putBuckets(
  w: Writer,
  { measures }: CodecLayout,
  { layout, measureOf }: SeriesCodec,
  buckets: Buckets,
  table: DayTable,
  first: First,
): void {
  const { rows, seen } = buckets;
  const width = rowWidth(layout);
  if (seen !== null) putByte(w, rows.length > 0 ? 1 : 0);
  let previous = -1;
  for (let row = 0; row < rows.length; row += width) {
    const day = table.indexOf(Number(rows[row]));
    let repeats = true;
    for (let column = 0; column < width - 1; column += 1) {
      const at = day * measures + (measureOf[column] ?? 0);
      const known = first[at];
      const value = rows[row + 1 + column] ?? 0;
      if (known === undefined) first[at] = value;
      if (known !== value) repeats = false;
    }
    const flags = (repeats ? REPEATS : 0) + (row + width === rows.length ? LAST : 0);
    putUint(w, (day - previous - 1) * HEAD + flags);
    previous = day;
    if (repeats) continue;
    for (let column = 1; column < width; column += 1) putNumber(w, rows[row + column] ?? 0);
  }
  if (seen !== null) putSeen(w, seen, table);
}

function putSeen(w: Writer, seen: readonly Map<string, number>[], table: DayTable): void {
  for (const days of seen) {
    putUint(w, days.size);
    const values = [...days.keys()].sort();
    for (const value of values) {
      putText(w, value);
      putUint(w, table.indexOf(days.get(value) ?? 0));
    }
  }
}

export function getSeries(
  r: Reader,
  layout: CodecLayout,
  state: CustomerState,
  table: DayTable,
): void {
  const first: First = new Array<undefined>(table.days.length * layout.measures).fill(undefined);
  let index = -1;
  for (let step = getUint(r); step !== 0; step = getUint(r)) {
    index += step;
    const codec = layout.series[index];
    if (codec === undefined) throw new Error('the bytes of a state are malformed: no such series');
    if (!codec.grouped) {
      const single = getBuckets(r, layout, codec, table, first);
      fill(state, index, { single, groups: undefined, purgedAt: 0 });
      continue;
    }
    const groups = emptyGroups();
    for (let rest = getCount(r); rest > 0; rest -= 1) {
      const key = getKey(r);
      if (groups.keys.length > 0 && key <= (groups.keys.at(-1) ?? '')) {
        throw new Error('the bytes of a state are malformed: groups out of order');
      }
      groups.keys.push(key);
      groups.buckets.push(getBuckets(r, layout, codec, table, first));
    }
    fill(state, index, {
      single: undefined,
      groups,
      purgedAt: Math.max(PURGE_FROM, sizeOf(groups)),
    });
  }
}

const PURGE_FROM = 64;

/** No holes: an array with holes is slower to read. */
function fill(state: CustomerState, index: number, series: CustomerState['series'][number]): void {
  while (state.series.length < index) state.series.push(undefined);
  state.series.push(series);
}

function getBuckets(
  r: Reader,
  { measures }: CodecLayout,
  { layout, measureOf }: SeriesCodec,
  table: DayTable,
  first: First,
): Buckets {
  const buckets = emptyBuckets(layout, table.today);
  const { rows, seen } = buckets;
  let more = seen === null || getByte(r) === 1;
  let index = -1;
  while (more) {
    const head = getUint(r);
    index += Math.floor(head / HEAD) + 1;
    const day = table.days[index];
    if (day === undefined) throw new Error('the bytes of a state are malformed: no such day');
    const repeats = (head & REPEATS) !== 0;
    rows.push(day);
    for (let column = 0; column < measureOf.length; column += 1) {
      const at = index * measures + (measureOf[column] ?? 0);
      const value = repeats ? first[at] : getNumber(r);
      if (value === undefined) throw new Error('the bytes of a state are malformed: no figure');
      first[at] ??= value;
      rows.push(value);
    }
    more = (head & LAST) === 0;
  }
  keepTotals(buckets, layout);
  if (seen !== null) getSeen(r, seen, table);
  return buckets;
}

function getSeen(r: Reader, seen: readonly Map<string, number>[], table: DayTable): void {
  for (const days of seen) {
    for (let rest = getCount(r); rest > 0; rest -= 1) {
      const value = getText(r);
      const day = table.days[getUint(r)];
      if (day === undefined) throw new Error('the bytes of a state are malformed: no such day');
      days.set(value, day);
    }
  }
}
