/**
 * Civil dates. A day is the number of days since 1970-01-01 and may be negative; an instant is UTC
 * milliseconds. A time zone is a table of offsets made once when a methodology is compiled, so that
 * `decide` never asks the platform.
 */
export const MS_PER_DAY = 86_400_000;
export const MS_PER_HOUR = 3_600_000;

/** `never`: no instant at which time alone changes anything. */
export const NEVER = Number.POSITIVE_INFINITY;

export interface Zone {
  readonly name: string;
  /** Instants from which `offsets[i]` (ms east of UTC) holds; the first is -Infinity. */
  readonly from: readonly number[];
  readonly offsets: readonly number[];
}

const FIRST = Date.UTC(1970, 0, 1);
const LAST = Date.UTC(2101, 0, 1);

/**
 * The table of a zone from 1970 to 2100; outside, the first and last offset hold.
 * @throws RangeError when the platform does not know the zone
 */
export function zone(name: string): Zone {
  const known = ZONES.get(name);
  if (known !== undefined) return known;
  const made = zoneTable(name);
  ZONES.set(name, made);
  return made;
}

/** A table takes a while to make, and the same name always gives the same one. */
const ZONES = new Map<string, Zone>();

function zoneTable(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  const offsetAt = (instant: number): number => offsetIn(format.format(instant));
  const from = [Number.NEGATIVE_INFINITY];
  const offsets = [offsetAt(FIRST)];
  // Two changes never lie within 4 days of each other and cancel out, so a coarse walk and a
  // bisection find them all.
  const step = 4 * MS_PER_DAY;
  let known = offsetAt(FIRST);
  for (let at = FIRST; at < LAST; at += step) {
    if (offsetAt(at + step) === known) continue;
    let low = at;
    let high = at + step;
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000;
      if (offsetAt(middle) === known) low = middle;
      else high = middle;
    }
    known = offsetAt(high);
    from.push(high);
    offsets.push(known);
  }
  return { name, from, offsets };
}

/** Of text that ends with `GMT`, `GMT+08:00` or `GMT-00:44:30`. */
function offsetIn(text: string): number {
  const found = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
  if (found === null) throw new RangeError('the platform names an offset in a form not known here');
  const [, sign, ...parts] = found;
  const [hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  const size = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  return sign === '-' ? -size : size;
}

function offsetOf(zone: Zone, instant: number): number {
  let i = zone.from.length - 1;
  while (i > 0 && instant < (zone.from[i] ?? 0)) i -= 1;
  return zone.offsets[i] ?? 0;
}

/** The local date of an instant. */
export const dayOf = (zone: Zone, instant: number): number =>
  Math.floor((instant + offsetOf(zone, instant)) / MS_PER_DAY);

/** The first instant of a local date. */
export function midnight(zone: Zone, day: number): number {
  const local = day * MS_PER_DAY;
  const last = zone.from.length - 1;
  const usual = local - (zone.offsets[last] ?? 0);
  // Well after the zone's last change, which is the usual case.
  if (usual >= (zone.from[last] ?? 0) + 2 * MS_PER_DAY) return usual;
  let found = NEVER;
  for (let i = zone.from.length - 1; i >= 0; i -= 1) {
    const from = zone.from[i] ?? 0;
    const instant = Math.max(local - (zone.offsets[i] ?? 0), from);
    if (dayOf(zone, instant) === day) found = Math.min(found, instant);
    // Offsets lie within 26 h of each other: an entry that starts well before cannot be preceded.
    if (from < local - 2 * MS_PER_DAY) break;
  }
  if (found !== NEVER) return found;
  return local - offsetOf(zone, local); // a date that the zone skipped
}

export interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly date: number;
}

/** Days to civil date, proleptic Gregorian (Howard Hinnant's days algorithm). */
export function civil(day: number): CivilDate {
  const z = day + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  );
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return {
    year: yoe + era * 400 + (month <= 2 ? 1 : 0),
    month,
    date: doy - Math.floor((153 * mp + 2) / 5) + 1,
  };
}

/** Civil date to days; `date` may run past the month's end. */
export function dayNumber(year: number, month: number, date: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + date - 1;
  return era * 146_097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719_468;
}

const lengthOfMonth = (year: number, month: number): number =>
  month === 12 ? 31 : dayNumber(year, month + 1, 1) - dayNumber(year, month, 1);

const shifted = (day: number, months: number): { year: number; month: number; date: number } => {
  const from = civil(day);
  const index = from.year * 12 + from.month - 1 + months;
  return { year: Math.floor(index / 12), month: (((index % 12) + 12) % 12) + 1, date: from.date };
};

/** The same date so many months later, the last day of a shorter month (T-2). */
export function addMonths(day: number, months: number): number {
  const { year, month, date } = shifted(day, months);
  return dayNumber(year, month, Math.min(date, lengthOfMonth(year, month)));
}

/**
 * The date on which so many full months since `day` are complete: the same date, or the next 1st
 * when the month has no such day (guideline section 15, Facts).
 */
export function monthsComplete(day: number, months: number): number {
  const { year, month, date } = shifted(day, months);
  return date <= lengthOfMonth(year, month)
    ? dayNumber(year, month, date)
    : dayNumber(year, month, 1) + lengthOfMonth(year, month);
}

/** Full months from `day` to `today`, 0 when `day` lies ahead. */
export function fullMonths(day: number, today: number): number {
  if (day >= today) return 0;
  const from = civil(day);
  const to = civil(today);
  const months = (to.year - from.year) * 12 + to.month - from.month;
  return monthsComplete(day, months) <= today ? months : months - 1;
}
