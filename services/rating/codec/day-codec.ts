import {
  BOOKED,
  PERMANENT,
  contentAt,
  dayAt,
  entries,
  flagsAt,
  identitiesFor,
  keyAt,
  remember,
  type IdentitySet,
} from '../factors/identities';
import { rowWidth, type Buckets, type Layout } from '../factors/buckets';
import type { CustomerState } from '../state';
import {
  getByte,
  getCount,
  getInt32,
  getSigned,
  getUint,
  putByte,
  putInt32,
  putSigned,
  putUint,
  type Reader,
  type Writer,
} from './bytes';
import type { CodecLayout } from './layout';

/** The local dates on which a customer has something, ascending; elsewhere they are numbers. */
export interface DayTable {
  readonly today: number;
  readonly days: readonly number[];
  /** The number of a date while the state is written. */
  readonly indexOf: (day: number) => number;
}

/**
 * The identities of a day. A booked transaction leaves two: its id, and its posting. Mostly there is
 * nothing else on the day, so that a count says it all.
 */
const NONE = 0;
const PAIR = 1;
const PAIRS = 2;
const MIXED = 3;
const HEAD = 4;

/** Bytes of the key and content of an identity. */
const ENTRY_BYTES = 12;

/** Which dates occur, then their numbers, by date in the span: of the state being written. */
let marks = new Int16Array(512);

/** Writes the table of days and with it the identities. */
export function putDays(
  w: Writer,
  { span, series }: CodecLayout,
  state: CustomerState,
  today: number,
  oldest: number,
): DayTable {
  const { identities } = state;
  const sorted = entries(identities, oldest);
  let passing = sorted.length;
  while (passing > 0 && isPermanent(identities, sorted[passing - 1] ?? 0)) passing -= 1;
  const start = today - span + 1;
  if (marks.length < span) marks = new Int16Array(span);
  marks.fill(0, 0, span);
  for (let i = 0; i < passing; i += 1) mark(dayAt(identities, sorted[i] ?? 0), start, today);
  for (let i = 0; i < series.length; i += 1) {
    const { single, groups } = state.series[i] ?? NO_SERIES;
    const width = rowWidth(series[i]?.layout ?? NO_LAYOUT);
    if (single !== undefined) markBuckets(single, width, start, today);
    if (groups === undefined) continue;
    for (const buckets of groups.buckets) markBuckets(buckets, width, start, today);
  }
  const days: number[] = [];
  for (let i = 0; i < span; i += 1) {
    if (marks[i] === 0) continue;
    marks[i] = days.length;
    days.push(start + i);
  }
  putUint(w, sorted.length);
  putUint(w, days.length);
  putDayEntries(w, identities, sorted, passing, days, start);
  for (let i = passing; i < sorted.length; i += 1) {
    putPermanent(w, identities, sorted[i] ?? 0, today);
  }
  return { today, days, indexOf: (day) => marks[day - start] ?? 0 };
}

const isPermanent = (set: IdentitySet, entry: number): boolean =>
  (flagsAt(set, entry) & PERMANENT) !== 0;

const NO_LAYOUT: Layout = { columns: [], distincts: [], windows: [], reach: 0 };
const NO_SERIES = { single: undefined, groups: undefined };

function mark(day: number, start: number, today: number): void {
  if (day < start || day > today) throw new Error('a state holds a day outside its horizon');
  marks[day - start] = 1;
}

function markBuckets({ rows, seen }: Buckets, width: number, start: number, today: number): void {
  for (let row = 0; row < rows.length; row += width) mark(Number(rows[row]), start, today);
  if (seen === null) return;
  for (const values of seen) for (const day of values.values()) mark(day, start, today);
}

function putDayEntries(
  w: Writer,
  set: IdentitySet,
  sorted: readonly number[],
  passing: number,
  days: readonly number[],
  start: number,
): void {
  let from = 0;
  let previous = start;
  for (const day of days) {
    let to = from;
    let ids = 0;
    let booked = 0;
    while (to < passing && dayAt(set, sorted[to] ?? 0) === day) {
      const flags = flagsAt(set, sorted[to] ?? 0);
      if (flags === 0) ids += 1;
      else if (flags === BOOKED) booked += 1;
      to += 1;
    }
    const count = to - from;
    const even = ids === booked && ids + booked === count;
    const form = count === 0 ? NONE : !even ? MIXED : ids === 1 ? PAIR : PAIRS;
    putUint(w, (day - previous) * HEAD + form);
    previous = day;
    if (form === PAIRS) putUint(w, ids);
    if (form === MIXED) putUint(w, count);
    for (; from < to; from += 1) {
      const entry = sorted[from] ?? 0;
      if (form === MIXED) putByte(w, flagsAt(set, entry));
      putEntry(w, set, entry);
    }
  }
}

function putPermanent(w: Writer, set: IdentitySet, entry: number, today: number): void {
  putByte(w, flagsAt(set, entry));
  putSigned(w, today - dayAt(set, entry));
  putEntry(w, set, entry);
}

function putEntry(w: Writer, set: IdentitySet, entry: number): void {
  const { low, high } = keyAt(set, entry);
  putInt32(w, low);
  putInt32(w, high);
  putInt32(w, contentAt(set, entry));
}

/** Reads the table of days and the identities into the state. */
export function getDays(
  r: Reader,
  { span }: CodecLayout,
  state: CustomerState,
  today: number,
): DayTable {
  const size = getUint(r);
  if (size * ENTRY_BYTES > r.end - r.at) throw new Error('the bytes of a state end too early');
  const set = state.identities;
  set.slots = identitiesFor(size).slots;
  const days: number[] = [];
  let day = today - span + 1;
  for (let rest = getCount(r); rest > 0; rest -= 1) {
    const head = getUint(r);
    day += Math.floor(head / HEAD);
    days.push(day);
    const form = head % HEAD;
    if (form === MIXED) {
      for (let more = getCount(r); more > 0; more -= 1) {
        const flags = getByte(r);
        getEntry(r, set, day, flags);
      }
    } else if (form !== NONE) {
      const pairs = form === PAIR ? 1 : getCount(r);
      for (let i = 0; i < pairs; i += 1) getEntry(r, set, day, 0);
      for (let i = 0; i < pairs; i += 1) getEntry(r, set, day, BOOKED);
    }
  }
  while (set.size < size) {
    const flags = getByte(r);
    getEntry(r, set, today - getSigned(r), flags);
  }
  if (set.size !== size) throw new Error('the bytes of a state are malformed: identities');
  return { today, days, indexOf: (of) => days.indexOf(of) };
}

function getEntry(r: Reader, set: IdentitySet, day: number, flags: number): void {
  const low = getInt32(r);
  const high = getInt32(r);
  remember(set, { low, high }, getInt32(r), day, flags, day);
}
