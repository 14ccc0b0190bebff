import { getByte, getUint, putByte, putUint, type Reader, type Writer } from './bytes';

/** How a text is written: one byte a character, UTF-16 units as numbers, or a decimal number. */
const LATIN = 0;
const UNITS = 1;
const DIGITS = 2;
const FORMS = 4;

const DIGITS_MAX = 15;
const ZERO = 48;
const NINE = 57;
const LATIN_MAX = 0xff;

const hasOnlyDigits = (text: string, from: number): boolean => {
  const length = text.length - from;
  if (length === 0 || length > DIGITS_MAX) return false;
  if (text.charCodeAt(from) === ZERO && length > 1) return false;
  for (let i = from; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < ZERO || unit > NINE) return false;
  }
  return true;
};

/** The head carries a form, a payload (length or number) and `bits` more bits. */
function put(w: Writer, text: string, from: number, flag: number, factor: number): void {
  if (hasOnlyDigits(text, from)) {
    const value = Number(from === 0 ? text : text.slice(from));
    putUint(w, (value * FORMS + DIGITS) * factor + flag);
    return;
  }
  let form = LATIN;
  for (let i = from; i < text.length; i += 1) {
    if (text.charCodeAt(i) > LATIN_MAX) form = UNITS;
  }
  putUint(w, ((text.length - from) * FORMS + form) * factor + flag);
  for (let i = from; i < text.length; i += 1) {
    if (form === LATIN) putByte(w, text.charCodeAt(i));
    else putUint(w, text.charCodeAt(i));
  }
}

function get(r: Reader, head: number): string {
  const form = head % FORMS;
  const payload = Math.floor(head / FORMS);
  if (form === DIGITS) return String(payload);
  if (form > DIGITS || payload > r.end - r.at) {
    throw new Error('the bytes of a state are malformed: no such text');
  }
  let text = '';
  for (let i = 0; i < payload; i += 1) {
    text += String.fromCharCode(form === LATIN ? getByte(r) : getUint(r));
  }
  return text;
}

/** Any text, lone surrogates too. */
export const putText = (w: Writer, text: string): void => put(w, text, 0, 0, 1);
export const getText = (r: Reader): string => get(r, getUint(r));

const PLUS = '+';

/** A text that mostly begins with '+', as the keys of groups do. */
export function putKey(w: Writer, key: string): void {
  const plus = key.startsWith(PLUS) ? 1 : 0;
  put(w, key, plus, plus, 2);
}

export function getKey(r: Reader): string {
  const head = getUint(r);
  const text = get(r, Math.floor(head / 2));
  return head % 2 === 1 ? PLUS + text : text;
}

const HEX_BYTES = 32;
const NIBBLE = Array.from({ length: 16 }, (_, i) => i.toString(16));
const BYTE_TEXT = NIBBLE.flatMap((high) => NIBBLE.map((low) => high + low));

/** The value of a lower-case hexadecimal digit, or -1. */
const nibble = (unit: number): number => {
  if (unit >= ZERO && unit <= NINE) return unit - ZERO;
  return unit >= 97 && unit <= 102 ? unit - 87 : -1;
};

/** A SHA-256 in hex, or any other text. */
export function putHash(w: Writer, hash: string): void {
  const start = w.at;
  putByte(w, 1);
  let isHash = hash.length === 2 * HEX_BYTES;
  for (let i = 0; isHash && i < hash.length; i += 2) {
    const byte = nibble(hash.charCodeAt(i)) * 16 + nibble(hash.charCodeAt(i + 1));
    if (nibble(hash.charCodeAt(i)) < 0 || nibble(hash.charCodeAt(i + 1)) < 0) isHash = false;
    putByte(w, byte);
  }
  if (isHash) return;
  w.at = start;
  putByte(w, 0);
  putText(w, hash);
}

export function getHash(r: Reader): string {
  if (getByte(r) === 0) return getText(r);
  let hash = '';
  for (let i = 0; i < HEX_BYTES; i += 1) hash += BYTE_TEXT[getByte(r)] ?? '';
  return hash;
}

/** Order by code units, the same everywhere. */
export const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
