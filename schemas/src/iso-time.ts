/** Calendar text of ISO 8601 to integers, proleptic Gregorian, without a time zone of this machine. */

const MS_PER_DAY = 86_400_000;
const MS_PER_MINUTE = 60_000;

/** First and last day that can be written with four digits of a year: 0001-01-01 and 9999-12-31. */
export const FIRST_DAY = -719_162;
export const LAST_DAY = 2_932_896;
export const FIRST_INSTANT = FIRST_DAY * MS_PER_DAY;
export const LAST_INSTANT = (LAST_DAY + 1) * MS_PER_DAY - 1;

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysInMonth(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);
}

/** Days since 1970-01-01 of a date, or undefined where there is no such date. */
function dayOf(year: number, month: number, day: number): number | undefined {
  if (year < 1 || day < 1 || day > daysInMonth(year, month)) return undefined;
  // years from March: the leap day is the last day of such a year
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d))$/;

/** `YYYY-MM-DD` to days since 1970-01-01; undefined for another form or a date that does not exist. */
export function parseDay(text: string): number | undefined {
  const m = DAY.exec(text);
  return m === null ? undefined : dayOf(Number(m[1]), Number(m[2]), Number(m[3]));
}

/**
 * `YYYY-MM-DDThh:mm[:ss[.fraction]]` with `Z` or an offset `+hh:mm` to UTC milliseconds; digits
 * after the third are cut off. Undefined for another form, a local time without offset, or a time
 * that does not exist (hour 24 and leap seconds included).
 */
export function parseInstant(text: string): number | undefined {
  const m = INSTANT.exec(text);
  if (m === null) return undefined;
  const day = dayOf(Number(m[1]), Number(m[2]), Number(m[3]));
  const hour = Number(m[4]);
  const minute = Number(m[5]);
  const second = Number(m[6] ?? 0);
  const offsetHour = Number(m[9] ?? 0);
  const offsetMinute = Number(m[10] ?? 0);
  if (day === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  if (offsetHour > 23 || offsetMinute > 59) return undefined;
  const milliseconds = Number((m[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const offset = (offsetHour * 60 + offsetMinute) * (m[8] === '-' ? -1 : 1);
  const local = day * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds;
  const instant = local - offset * MS_PER_MINUTE;
  return instant < FIRST_INSTANT || instant > LAST_INSTANT ? undefined : instant;
}
