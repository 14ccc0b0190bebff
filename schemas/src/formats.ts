import type { Extra } from './avro-schema';
import { isCountry } from './countries';
import { isCurrency } from './currencies';
import { refuse, type Check } from './faults';
import {
  FIRST_DAY,
  FIRST_INSTANT,
  LAST_DAY,
  LAST_INSTANT,
  parseDay,
  parseInstant,
} from './iso-time';

/** Checks one value; notes its faults, or answers the value as a record keeps it. */
export type Checker = (value: unknown, check: Check) => unknown;

const REGION = /^\d{6}$/;
const INDUSTRY = /^[A-T]\d{2,4}$/;
const INSTITUTION = /^[A-Za-z0-9._-]{1,64}$/;

type TextRule = (text: string, check: Check) => unknown;

const pattern =
  (form: RegExp, reason: string): TextRule =>
  (text, check) =>
    form.test(text) ? text : refuse(check, 'invalid-format', reason);

const knownCountry = (text: string, check: Check): boolean =>
  isCountry(text) || check.countries?.has(text) === true;

const COUNTRY_EXPECTED = 'expected a country code: ISO 3166-1 alpha-2, user-assigned or listed';

const TEXT_RULES: Readonly<Record<string, TextRule>> = {
  institution: pattern(INSTITUTION, 'expected 1 to 64 of A-Z a-z 0-9 . _ -'),
  region: pattern(REGION, 'expected a region: 6 digits (GB/T 2260)'),
  industry: pattern(
    INDUSTRY,
    'expected an industry: a letter A to T and 2 to 4 digits (GB/T 4754)',
  ),
  country: (text, check) =>
    knownCountry(text, check) ? text : refuse(check, 'unknown-country', COUNTRY_EXPECTED),
  'region-or-country': (text, check) =>
    REGION.test(text) || knownCountry(text, check)
      ? text
      : refuse(check, 'invalid-format', 'expected a region of 6 digits or a country code'),
  currency: (text, check) =>
    isCurrency(text)
      ? text
      : refuse(check, 'unknown-currency', 'expected a currency code of ISO 4217'),
};

/** Half of a surrogate pair: with the u flag a whole pair is one character and does not match. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Longest free text of an input record, UTF-16 units. Names and ids come back in keys, journal and
 * ratings, several times over, and every output must fit in what a topic takes.
 */
export const TEXT_LENGTH_MAX = 1_000;

/**
 * Text, of the form that the field demands.
 * @param lengthMax of free text, UTF-16 units
 */
export function textChecker(extra: Extra, lengthMax: number): Checker {
  const { format, allowed, minLength = 0 } = extra;
  if (allowed !== undefined) return memberChecker(allowed, []);
  const rule = format === undefined ? undefined : TEXT_RULES[format];
  if (format !== undefined && rule === undefined) throw new Error(`no such format: ${format}`);
  if (rule !== undefined) {
    return (value, check) =>
      typeof value === 'string' ? rule(value, check) : refuse(check, 'wrong-type', 'expected text');
  }
  return (value, check) => {
    if (typeof value !== 'string') return refuse(check, 'wrong-type', 'expected text');
    if (value.length < minLength) {
      return refuse(check, 'out-of-range', 'expected text that is not empty');
    }
    if (value.length > lengthMax) {
      return refuse(check, 'out-of-range', `expected text of at most ${lengthMax} characters`);
    }
    if (LONE_SURROGATE.test(value)) {
      return refuse(check, 'invalid-text', 'expected text of whole characters');
    }
    return value;
  };
}

/** One of a closed set; `global` are values that only global topics take. */
export function memberChecker(values: readonly string[], global: readonly string[]): Checker {
  const known = new Set(values);
  const elsewhere = new Set(global);
  const expected = `expected one of ${values.join(', ')}`;
  return (value, check) => {
    if (typeof value !== 'string') return refuse(check, 'wrong-type', `${expected}, as text`);
    if (known.has(value)) return value;
    if (elsewhere.has(value)) {
      return refuse(
        check,
        'global-topic',
        `belongs to a global topic, not to a customer; ${expected}`,
      );
    }
    return refuse(check, 'unknown-value', expected);
  };
}

export const checkBoolean: Checker = (value, check) =>
  typeof value === 'boolean' ? value : refuse(check, 'wrong-type', 'expected true or false');

/** Integers that both JSON and Avro carry exactly. */
const LIMITS = {
  int: [-(2 ** 31), 2 ** 31 - 1],
  long: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
} as const;

function integer(value: number, min: number, max: number, check: Check): number | undefined {
  if (!Number.isSafeInteger(value)) {
    return refuse(check, 'not-an-integer', `expected an integer from ${min} to ${max}`);
  }
  if (value < min || value > max) {
    return refuse(check, 'out-of-range', `expected an integer from ${min} to ${max}`);
  }
  return value === 0 ? 0 : value; // no negative zero
}

export function integerChecker(type: 'int' | 'long', extra: Extra): Checker {
  const [least, greatest] = LIMITS[type];
  const min = extra.min ?? least;
  const max = extra.max ?? greatest;
  return (value, check) =>
    typeof value === 'number'
      ? integer(value, min, max, check)
      : refuse(check, 'wrong-type', `expected an integer from ${min} to ${max}`);
}

/** A day: an integer of days since 1970-01-01, or YYYY-MM-DD, which is turned into one. */
export const checkDay: Checker = (value, check) => {
  if (typeof value === 'number') return integer(value, FIRST_DAY, LAST_DAY, check);
  const expected = 'expected a day that exists: YYYY-MM-DD, or days since 1970-01-01';
  if (typeof value !== 'string') return refuse(check, 'wrong-type', expected);
  return parseDay(value) ?? refuse(check, 'invalid-day', expected);
};

/** An instant: UTC milliseconds, or ISO 8601 with an offset, which is turned into them. */
export const checkInstant: Checker = (value, check) => {
  if (typeof value === 'number') return integer(value, FIRST_INSTANT, LAST_INSTANT, check);
  const expected = 'expected an instant that exists, with Z or an offset, or UTC milliseconds';
  if (typeof value !== 'string') return refuse(check, 'wrong-type', expected);
  return parseInstant(value) ?? refuse(check, 'invalid-time', expected);
};
