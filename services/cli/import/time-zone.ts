import type { Reading } from './decimal';

const MS_PER_DAY = 86_400_000;
const CACHED_DAYS_MAX = 20_000;

/** What to do with a local time that occurs twice, when the clocks are set back. */
export type Overlap = 'refuse' | 'earlier' | 'later';

export interface TimeZone {
  /**
   * UTC milliseconds of a local time (its calendar fields read as if they were UTC). A time that the
   * clocks skip is refused, one that occurs twice is treated as `overlap` says.
   */
  readonly instantOf: (local: number, overlap: Overlap) => Reading;
  /** First instant of a local day; of a skipped midnight the moment of the change. */
  readonly startOfDay: (day: number) => number;
}

interface Offsets {
  /** Offsets from UTC well before and well after the local day, ms. */
  readonly before: number;
  readonly after: number;
}

/** An IANA time zone, from Node's own tables; undefined for an unknown name. */
export function timeZoneNamed(name: string): TimeZone | undefined {
  const offsetAt = offsetsOf(name);
  if (offsetAt === undefined) return undefined;
  // Asking Intl takes microseconds: once a local day is enough, but on days near a change.
  const days = new Map<number, Offsets>();
  const around = (day: number): Offsets => {
    const known = days.get(day);
    if (known !== undefined) return known;
    if (days.size >= CACHED_DAYS_MAX) days.clear();
    const offsets = {
      before: offsetAt((day - 1) * MS_PER_DAY),
      after: offsetAt((day + 2) * MS_PER_DAY),
    };
    days.set(day, offsets);
    return offsets;
  };
  const candidates = (local: number): number[] => {
    const { before, after } = around(Math.floor(local / MS_PER_DAY));
    if (before === after) return [local - before];
    // the greater offset gives the earlier instant
    return [Math.max(before, after), Math.min(before, after)]
      .filter((offset) => offsetAt(local - offset) === offset)
      .map((offset) => local - offset);
  };
  return {
    instantOf: (local, overlap) => {
      const found = candidates(local);
      const [earlier, later] = found;
      if (earlier === undefined) return `no such local time in ${name}: the clocks skip it`;
      if (later === undefined || overlap === 'earlier') return earlier;
      if (overlap === 'later') return later;
      return `occurs twice in ${name}; state overlap: earlier or later in the mapping`;
    },
    startOfDay: (day) => {
      const local = day * MS_PER_DAY;
      return candidates(local)[0] ?? local - around(day).before;
    },
  };
}

function offsetsOf(timeZone: string): ((instant: number) => number) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year');
    const local = new Date(0);
    local.setUTCFullYear(year, part('month') - 1, part('day'));
    local.setUTCHours(part('hour'), part('minute'), part('second'));
    return local.getTime() - Math.floor(instant / 1000) * 1000;
  };
}
