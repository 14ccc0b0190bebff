/**
 * Dates and ages (guideline sections 12.2 and 15). Local dates are those of Asia/Shanghai,
 * which has kept +8 h without summer time since 1992.
 */

export const DAY_MS = 86_400_000;
const SHANGHAI_OFFSET_MS = 8 * 3_600_000;

/** The local date of an instant, as a day number. */
export function localDay(instantMs: number): number {
  return Math.floor((instantMs + SHANGHAI_OFFSET_MS) / DAY_MS);
}

/** The first millisecond of a local date. */
export function startOfLocalDay(day: number): number {
  return day * DAY_MS - SHANGHAI_OFFSET_MS;
}

export interface CivilDate {
  year: number;
  /** 1 to 12. */
  month: number;
  /** 1 to 31. */
  day: number;
}

export function civilDate(day: number): CivilDate {
  const date = new Date(day * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** A day number from a calendar date. */
export function dayOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / DAY_MS;
}

/**
 * Full calendar months from one day to another, negative when `toDay` is earlier.
 * A month that lacks the start's day number completes on the next 1st (section 15): the 31st of
 * August to February is six months on 1 March.
 */
export function fullMonths(fromDay: number, toDay: number): number {
  const from = civilDate(fromDay);
  const to = civilDate(toDay);
  const months = (to.year - from.year) * 12 + (to.month - from.month);
  return to.day < from.day ? months - 1 : months;
}

/** Full calendar years; a birthday on 29 February completes on 1 March of a common year. */
export function fullYears(fromDay: number, toDay: number): number {
  return Math.floor(fullMonths(fromDay, toDay) / 12);
}

/** Age of a single recorded event: whole days of 24 h, rounded down. */
export function wholeDays(fromMs: number, toMs: number): number {
  return Math.floor((toMs - fromMs) / DAY_MS);
}
