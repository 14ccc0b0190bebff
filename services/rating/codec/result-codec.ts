import { dayOf, midnight, NEVER, type Zone } from '../calendar';
import { MISSING, type Methodology } from '../methodology/methodology';
import type { CustomerState } from '../state';
import {
  getByte,
  getFloat,
  getSigned,
  getUint,
  putByte,
  putFloat,
  putSigned,
  putUint,
  type Reader,
  type Writer,
} from './bytes';

const SCORE = 7;
const SHORT_MISSING = 8;

const UNRATED = 0;
/** Two results a byte. */
const NIBBLES = 1;
const BYTES = 2;

/** From where times are counted: an instant and its local date. */
export interface Base {
  readonly instant: number;
  readonly day: number;
}

/** The results of all units and until when each holds. */
export function putResults(
  w: Writer,
  methodology: Methodology,
  state: CustomerState,
  base: Base,
): void {
  const { results } = state;
  if (results.length === 0) {
    putByte(w, UNRATED);
    return;
  }
  if (results.length !== methodology.units.length) {
    throw new Error('a state has results of other units than its methodology');
  }
  putCodes(w, results);
  putUntils(w, methodology.zone, state.untils, base);
}

export function getResults(
  r: Reader,
  methodology: Methodology,
  state: CustomerState,
  base: Base,
): void {
  const form = getByte(r);
  if (form === UNRATED) return;
  state.results = getCodes(r, form, methodology.units.length);
  state.segment = (state.results[0] ?? 0) - 1;
  state.untils = getUntils(r, methodology.zone, methodology.units.length, base);
}

export function putCodes(w: Writer, codes: Uint8Array): void {
  let short = true;
  for (const code of codes) if ((code & ~(MISSING | SCORE)) !== 0) short = false;
  putByte(w, short ? NIBBLES : BYTES);
  if (!short) {
    for (const code of codes) putByte(w, code);
    return;
  }
  for (let i = 0; i < codes.length; i += 2) {
    putByte(w, nibbleOf(codes[i] ?? 0) + 16 * nibbleOf(codes[i + 1] ?? 0));
  }
}

const nibbleOf = (code: number): number =>
  (code & SCORE) + ((code & MISSING) === 0 ? 0 : SHORT_MISSING);
const codeOf = (nibble: number): number =>
  (nibble & SCORE) + ((nibble & SHORT_MISSING) === 0 ? 0 : MISSING);

export function getCodes(r: Reader, form: number, count: number): Uint8Array {
  const codes = new Uint8Array(count);
  if (form === BYTES) {
    for (let i = 0; i < count; i += 1) codes[i] = getByte(r);
    return codes;
  }
  if (form !== NIBBLES) throw new Error('the bytes of a state are malformed: no such results');
  for (let i = 0; i < count; i += 2) {
    const pair = getByte(r);
    codes[i] = codeOf(pair & 15);
    if (i + 1 < count) codes[i + 1] = codeOf(pair >> 4);
  }
  return codes;
}

/** How an instant is written: a local midnight, milliseconds from the base, or as it is. */
const MIDNIGHT = 0;
const OFFSET = 1;
const RAW = 2;
const FORMS = 4;

/** Few instants are distinct: a table of them, and for each unit its number in as few bits as do. */
function putUntils(w: Writer, zone: Zone, untils: readonly number[], base: Base): void {
  const table: number[] = [];
  for (const until of untils) if (until !== NEVER && !table.includes(until)) table.push(until);
  table.sort((a, b) => a - b);
  putUint(w, table.length);
  for (const until of table) {
    const offset = until - base.instant;
    if (!Number.isSafeInteger(offset) || Math.abs(offset) > 2 ** 49) {
      putUint(w, RAW);
      putFloat(w, until);
      continue;
    }
    const day = dayOf(zone, until);
    const isMidnight = day >= base.day && midnight(zone, day) === until;
    if (isMidnight) putUint(w, (day - base.day) * FORMS + MIDNIGHT);
    else {
      putUint(w, OFFSET);
      putSigned(w, offset);
    }
  }
  const width = bitsFor(table.length);
  let bits = 0;
  let held = 0;
  for (const until of untils) {
    // width is at most 8: with 7 bits left over, 15 are held.
    bits |= (until === NEVER ? 0 : table.indexOf(until) + 1) << held;
    held += width;
    while (held >= 8) {
      putByte(w, bits & 0xff);
      bits >>>= 8;
      held -= 8;
    }
  }
  if (held > 0) putByte(w, bits);
}

/** Bits that tell 0 to `count` apart. */
const bitsFor = (count: number): number => 32 - Math.clz32(count);

function getUntils(r: Reader, zone: Zone, count: number, base: Base): number[] {
  const untils: number[] = [];
  const size = getUint(r);
  if (size > count) throw new Error('the bytes of a state are malformed: too many instants');
  const table = [NEVER];
  for (let i = 0; i < size; i += 1) {
    const head = getUint(r);
    const form = head % FORMS;
    if (form === MIDNIGHT) table.push(midnight(zone, base.day + Math.floor(head / FORMS)));
    else table.push(form === OFFSET ? base.instant + getSigned(r) : getFloat(r));
  }
  const width = bitsFor(size);
  let bits = 0;
  let held = 0;
  for (let i = 0; i < count; i += 1) {
    while (held < width) {
      bits |= getByte(r) << held;
      held += 8;
    }
    const until = table[bits & ((1 << width) - 1)];
    if (until === undefined) throw new Error('the bytes of a state are malformed: no such instant');
    untils.push(until);
    bits >>>= width;
    held -= width;
  }
  return untils;
}
