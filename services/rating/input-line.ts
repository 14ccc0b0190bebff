import { bytesToUtf8 } from '@noble/hashes/utils';
import { parseLine } from '@tidemark/schemas/json-lines';
import type { InputRecord } from '@tidemark/schemas/records';
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
