import { bytesToUtf8 } from '@noble/hashes/utils';
import { parseLine } from '@tidemark/schemas/json-lines';
import { parseRecord, type InputRecord } from '@tidemark/schemas/records';
import { summed, undecoded, type Decoded } from './decoded';

/** Longest line that is a record, UTF-16 units. */
export const LINE_LENGTH_MAX = 10 ** 6;

/** What a bad byte is decoded to: two ids that differ in bad bytes alone would become one. */
const REPLACEMENT = '\ufffd';

/**
 * The input record that a line of JSON Lines holds.
 * @param countries what records may name beside ISO 3166-1
 */
export function decodeLine(text: string, countries: ReadonlySet<string>): Decoded<InputRecord> {
  if (text.length > LINE_LENGTH_MAX) {
    const reason = `expected at most ${LINE_LENGTH_MAX} characters; only the beginning is kept`;
    return undecoded('line-too-long', null, reason);
  }
  if (text.includes(REPLACEMENT)) {
    return undecoded('not-utf8', null, 'expected UTF-8 without U+FFFD');
  }
  const parsed = parseLine(text, { countries });
  return parsed.ok ? { ok: true, value: parsed.record } : summed(parsed.faults);
}

/** The same of the line's bytes. */
export const decodeBytes = (
  bytes: Uint8Array,
  countries: ReadonlySet<string>,
): Decoded<InputRecord> => decodeLine(bytesToUtf8(bytes), countries);

/**
 * The input record that a value in JSON form is, by the rules for lines: for what came in another form
 * than text.
 */
export function decodeValue(value: unknown, countries: ReadonlySet<string>): Decoded<InputRecord> {
  if (holdsReplacement(value)) {
    return undecoded('not-utf8', null, 'expected UTF-8 without U+FFFD');
  }
  const parsed = parseRecord(value, { countries });
  return parsed.ok ? { ok: true, value: parsed.record } : summed(parsed.faults);
}

/** Names are not looked at: none that has it is a name of a field or attribute. */
function holdsReplacement(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(REPLACEMENT);
  if (typeof value !== 'object' || value === null) return false;
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const member of members) {
    // numbers, and what a record lacks, are most of it
    if ((typeof member === 'string' || typeof member === 'object') && holdsReplacement(member)) {
      return true;
    }
  }
  return false;
}
