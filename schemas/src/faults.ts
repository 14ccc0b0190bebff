/** Every code that a refused record can carry, with what it means. */
export const FAULT_CODES = {
  'not-json': 'the line is not JSON',
  'not-an-object': 'the record is not a JSON object',
  'unknown-type': 'type names none of the input records',
  'missing-field': 'a required field is absent or null',
  'unknown-field': 'the record has no such field',
  'wrong-type': 'the value is of another type',
  'not-an-integer': 'the number has a fraction, or cannot be kept exactly',
  'out-of-range': 'the value is too small, too large, too short or too long',
  'invalid-text': 'the text holds half of a surrogate pair, which UTF-8 cannot carry',
  'invalid-format': 'the text has not the form that the field demands',
  'invalid-time': 'no such instant, or a local time without offset',
  'invalid-day': 'no such day',
  'unknown-value': 'the value is none of the closed set',
  'unknown-country': 'no country code that is known',
  'unknown-currency': 'no currency code that is known',
  'unknown-attribute': 'no attribute of that name',
  'null-in-set': 'null is no value: name the attribute in clear',
  'set-and-cleared': 'one attribute both set and cleared',
  'not-of-this-kind': 'the field does not belong to this kind',
  'global-topic': 'this kind belongs to a global topic',
} as const;

export type FaultCode = keyof typeof FAULT_CODES;

/** Why a record was refused. Neither field nor reason holds a value of the record. */
export interface Fault {
  readonly code: FaultCode;
  /** Path of the field (`set.parties[1].role`); empty for the whole record. */
  readonly field: string;
  /** What is expected there, a sentence. */
  readonly reason: string;
}

/** Collects faults while a record is checked; a container prefixes those of its members. */
export interface Check {
  readonly faults: Fault[];
  readonly countries: ReadonlySet<string> | undefined;
}

/** Notes a fault at the value at hand. */
export function refuse(check: Check, code: FaultCode, reason: string, field = ''): undefined {
  check.faults.push({ code, field, reason });
  return undefined;
}

const NAME_MAX = 64;

/** A name from outside as a path shows it: short, and without control characters. */
export function shownName(name: string): string {
  return name.slice(0, NAME_MAX).replace(/[^\p{L}\p{N}._\- ]/gu, '?');
}

/** Puts the faults noted since `from` below a container's member (`name` or `[index]`). */
export function below(check: Check, from: number, member: string): void {
  for (let i = from; i < check.faults.length; i++) {
    const fault = check.faults[i];
    if (fault === undefined) continue;
    const { field } = fault;
    const dot = field === '' || field.startsWith('[') ? '' : '.';
    check.faults[i] = { ...fault, field: `${member}${dot}${field}` };
  }
}
