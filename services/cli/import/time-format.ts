import {
  FIRST_DAY,
  FIRST_INSTANT,
  LAST_DAY,
  LAST_INSTANT,
  parseDay,
  parseInstant,
} from '@tidemark/schemas/iso-time';
import { integerOf, type Reading } from './decimal';
import type { Overlap, TimeZone } from './time-zone';

const MS_PER_DAY = 86_400_000;

export interface TimeStyle {
  /** `iso`, `epoch-seconds`, `epoch-milliseconds`, `day-offset`, or a pattern of letters. */
  readonly format: string;
  /** Zone of local times; undefined: only times with an offset can be read. */
  readonly zone?: TimeZone | undefined;
  readonly overlap: Overlap;
  /** Day 0 of `day-offset`, days since 1970-01-01. */
  readonly startDay?: number | undefined;
}

export type ReadTime = (text: string) => Reading;

export type CompiledFormat =
  | { readonly ok: true; readonly read: ReadTime }
  | { readonly ok: false; readonly problem: string; readonly remedy: string };

const PARTS: Readonly<Record<string, string>> = {
  yyyy: '(?<year>\\d{4})',
  MM: '(?<month>\\d\\d)',
  M: '(?<month>\\d{1,2})',
  dd: '(?<day>\\d\\d)',
  d: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d\\d)',
  H: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d\\d)',
  ss: '(?<second>\\d\\d)',
  SSS: '(?<milli>\\d{3})',
  XXX: '(?<offset>Z|[+-]\\d\\d:\\d\\d)',
  XX: '(?<offset>Z|[+-]\\d{4})',
};
const LETTERS = /'([^']*)'|yyyy|MM?|dd?|HH?|mm|ss|SSS|XXX?|[A-Za-z]+|[^A-Za-z']/g;
const LETTERS_REMEDY =
  "use yyyy MM M dd d HH H mm ss SSS XXX (+08:00) XX (+0800), other letters in 'quotes'";

const LOCAL = /^(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;

/** A format of days, read as days since 1970-01-01. */
export function dayFormat({ format, startDay }: TimeStyle): CompiledFormat {
  switch (format) {
    case 'iso':
      return reader((text) => parseDay(text) ?? 'is no day YYYY-MM-DD that exists');
    case 'day-offset':
      return startDay === undefined ? NO_START : reader(offsetDays(startDay));
    case 'epoch-seconds':
    case 'epoch-milliseconds':
      return { ok: false, problem: `${format} is an instant, not a day`, remedy: 'use as: time' };
    default: {
      const pattern = patternOf(format);
      if (!pattern.ok) return pattern;
      const { expression } = pattern;
      return reader((text) => {
        const groups = expression.exec(text)?.groups;
        return groups === undefined ? `is not of the form ${format}` : dayIn(groups);
      });
    }
  }
}

/** A format of instants, read as UTC milliseconds; a day alone is its first instant in the zone. */
export function timeFormat(style: TimeStyle): CompiledFormat {
  const { format, zone, startDay } = style;
  switch (format) {
    case 'iso':
      return reader((text) => isoInstant(text, style));
    case 'epoch-seconds':
      return reader((text) => inRange(text, 1000));
    case 'epoch-milliseconds':
      return reader((text) => inRange(text, 1));
    case 'day-offset': {
      if (startDay === undefined) return NO_START;
      if (zone === undefined) return NO_ZONE;
      const days = offsetDays(startDay);
      return reader((text) => dayStart(days(text), zone));
    }
    default: {
      const pattern = patternOf(format);
      if (!pattern.ok) return pattern;
      if (zone === undefined && !pattern.parts.has('offset')) return NO_ZONE;
      const { expression } = pattern;
      return reader((text) => {
        const groups = expression.exec(text)?.groups;
        return groups === undefined ? `is not of the form ${format}` : instantIn(groups, style);
      });
    }
  }
}

const reader = (read: ReadTime): CompiledFormat => ({ ok: true, read });

const NO_START: CompiledFormat = {
  ok: false,
  problem: 'day-offset needs the day of step 0',
  remedy: 'add startDay: YYYY-MM-DD',
};
const NO_ZONE: CompiledFormat = {
  ok: false,
  problem: 'local times need a time zone',
  remedy: 'add timeZone to the mapping, e.g. Asia/Shanghai',
};
const NEEDS_ZONE = 'has no offset, and the mapping states no timeZone';

const offsetDays =
  (startDay: number): ReadTime =>
  (text) => {
    const steps = integerOf(text);
    if (typeof steps === 'string') return steps;
    const day = startDay + steps;
    return day < FIRST_DAY || day > LAST_DAY ? 'lies outside the years 1 to 9999' : day;
  };

const dayStart = (day: Reading, zone: TimeZone): Reading =>
  typeof day === 'string' ? day : zone.startOfDay(day);

function inRange(text: string, factor: number): Reading {
  const value = integerOf(text);
  if (typeof value === 'string') return value;
  const instant = value * factor;
  const isIn = instant >= FIRST_INSTANT && instant <= LAST_INSTANT;
  return isIn ? instant : 'lies outside the years 1 to 9999';
}

function isoInstant(text: string, { zone, overlap }: TimeStyle): Reading {
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  const day = parseDay(text);
  if (day !== undefined) return zone === undefined ? NEEDS_ZONE : zone.startOfDay(day);
  const m = LOCAL.exec(text);
  if (m === null) return 'is no ISO 8601 time that exists';
  const localDay = parseDay(m[1] ?? '');
  if (localDay === undefined) return 'names a day that does not exist';
  const time = timeOfDay(m[2], m[3], m[4], (m[5] ?? '').slice(0, 3).padEnd(3, '0'));
  if (time === undefined) return 'names a time of day that does not exist';
  return zone === undefined ? NEEDS_ZONE : zone.instantOf(localDay * MS_PER_DAY + time, overlap);
}

type Groups = Readonly<Record<string, string | undefined>>;

function dayIn(groups: Groups): Reading {
  const { year = '', month = '', day = '' } = groups;
  const found = parseDay(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
  return found ?? 'names a day that does not exist';
}

function instantIn(groups: Groups, { zone, overlap }: TimeStyle): Reading {
  const day = dayIn(groups);
  if (typeof day === 'string') return day;
  const { hour, minute, second, milli, offset } = groups;
  if (hour === undefined) return zone === undefined ? NEEDS_ZONE : zone.startOfDay(day);
  const time = timeOfDay(hour, minute, second, milli);
  if (time === undefined) return 'names a time of day that does not exist';
  const local = day * MS_PER_DAY + time;
  if (offset === undefined) {
    return zone === undefined ? NEEDS_ZONE : zone.instantOf(local, overlap);
  }
  if (offset === 'Z') return local;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  if (hours > 23 || minutes > 59) return 'names an offset that does not exist';
  return local - (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function timeOfDay(h: string | undefined, m = '0', s = '0', ms = '0'): number | undefined {
  const [hour, minute, second] = [Number(h), Number(m), Number(s)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return ((hour * 60 + minute) * 60 + second) * 1000 + Number(ms);
}

type Pattern =
  | { readonly ok: true; readonly expression: RegExp; readonly parts: ReadonlySet<string> }
  | { readonly ok: false; readonly problem: string; readonly remedy: string };

const NEEDED: readonly (readonly [part: string, needs: string])[] = [
  ['minute', 'hour'],
  ['second', 'minute'],
  ['milli', 'second'],
  ['offset', 'hour'],
];

function patternOf(format: string): Pattern {
  const refuse = (problem: string): Pattern => ({ ok: false, problem, remedy: LETTERS_REMEDY });
  const parts = new Set<string>();
  let source = '';
  for (const [token, literal] of format.matchAll(LETTERS)) {
    const part = PARTS[token];
    if (part === undefined) {
      if (literal === undefined && /[A-Za-z]/.test(token))
        return refuse(`'${token}' is no part of a time`);
      source += escaped(literal ?? token);
      continue;
    }
    const name = /<(\w+)>/.exec(part)?.[1] ?? '';
    if (parts.has(name)) return refuse(`the ${name} stands twice`);
    parts.add(name);
    source += part;
  }
  for (const name of ['year', 'month', 'day']) {
    if (!parts.has(name)) return refuse(`the ${name} is missing`);
  }
  for (const [part, needs] of NEEDED) {
    if (parts.has(part) && !parts.has(needs)) return refuse(`${part} without ${needs}`);
  }
  return { ok: true, expression: new RegExp(`^${source}$`), parts };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
