import type { Exact } from '../exact';

/** Bytes being written; grows as needed. */
export interface Writer {
  bytes: Uint8Array;
  at: number;
}

/** Bytes being read; every read past `end` throws. */
export interface Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
}

const FIRST_SIZE = 4096;
const LONGEST_VARINT = 8;
const FLOAT_BYTES = 8;
const BITS_31 = 0x7fff_ffff;

export const newWriter = (): Writer => ({ bytes: new Uint8Array(FIRST_SIZE), at: 0 });

function reserve(w: Writer, count: number): void {
  const bytes = new Uint8Array(Math.max(w.bytes.length * 2, w.at + count));
  bytes.set(w.bytes);
  w.bytes = bytes;
}

const tooShort = (): Error => new Error('the bytes of a state end too early');
const malformed = (what: string): Error => new Error(`the bytes of a state are malformed: ${what}`);

export function putByte(w: Writer, byte: number): void {
  if (w.at === w.bytes.length) reserve(w, 1);
  w.bytes[w.at++] = byte;
}

/** Bytes as a text of one unit each, which costs least to keep; undefined where they are many. */
export function textSince({ bytes, at }: Writer, from: number): string | undefined {
  if (at - from > KEPT_MAX) return undefined;
  return String.fromCharCode(...bytes.subarray(from, at));
}

/** Longest part that is kept, bytes: it must be few arguments of a call. */
const KEPT_MAX = 1024;

/** Writes what `textSince` has given. @returns whether there was anything */
export function putAgain(w: Writer, text: string | undefined): boolean {
  if (text === undefined) return false;
  if (w.at + text.length > w.bytes.length) reserve(w, text.length);
  const { bytes, at } = w;
  for (let i = 0; i < text.length; i += 1) bytes[at + i] = text.charCodeAt(i);
  w.at = at + text.length;
  return true;
}

export function getByte(r: Reader): number {
  const byte = r.at < r.end ? r.bytes[r.at++] : undefined;
  if (byte === undefined) throw tooShort();
  return byte;
}

/** An integer from 0 to 2^53 - 1, seven bits a byte, the lowest first. */
export function putUint(w: Writer, value: number): void {
  if (w.at + LONGEST_VARINT > w.bytes.length) reserve(w, LONGEST_VARINT);
  const { bytes } = w;
  if (value < 0x80) {
    bytes[w.at++] = value;
    return;
  }
  let rest = value;
  while (rest > BITS_31) {
    bytes[w.at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    bytes[w.at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[w.at++] = rest;
}

export function getUint(r: Reader): number {
  const first = getByte(r);
  if (first < 0x80) return first;
  let value = first & 0x7f;
  let factor = 128;
  for (let i = 1; i < LONGEST_VARINT; i += 1) {
    const byte = getByte(r);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) {
      if (value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
    factor *= 128;
  }
  throw malformed('a number is too long');
}

/** A number of elements of at least one byte each, so that no count can ask for endless work. */
export function getCount(r: Reader): number {
  const count = getUint(r);
  if (count > r.end - r.at) throw tooShort();
  return count;
}

/** An integer of at most 2^52 either way; small ones are short whatever their sign. */
export const putSigned = (w: Writer, value: number): void =>
  putUint(w, value < 0 ? -value * 2 - 1 : value * 2);

export function getSigned(r: Reader): number {
  const value = getUint(r);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

const ESCAPE = 0;
const OTHER = { negative: 1, infinity: 2, minusInfinity: 3, float: 4, big: 5, minusBig: 6 };

/** Any number or bigint, exactly (-0 becomes 0); short where it is an integer of 0 or more. */
export function putNumber(w: Writer, value: Exact): void {
  if (typeof value === 'bigint') {
    putUint(w, ESCAPE);
    putByte(w, value < 0n ? OTHER.minusBig : OTHER.big);
    putBig(w, value < 0n ? -value : value);
  } else if (Number.isSafeInteger(value)) {
    if (value >= 0 && value < Number.MAX_SAFE_INTEGER) {
      putUint(w, value + 1);
      return;
    }
    putUint(w, ESCAPE);
    putByte(w, value < 0 ? OTHER.negative : OTHER.float);
    if (value < 0) putUint(w, -value);
    else putFloat(w, value);
  } else {
    putUint(w, ESCAPE);
    if (value === Number.POSITIVE_INFINITY) putByte(w, OTHER.infinity);
    else if (value === Number.NEGATIVE_INFINITY) putByte(w, OTHER.minusInfinity);
    else {
      putByte(w, OTHER.float);
      putFloat(w, value);
    }
  }
}

export function getNumber(r: Reader): Exact {
  const value = getUint(r);
  if (value !== ESCAPE) return value - 1;
  switch (getByte(r)) {
    case OTHER.negative:
      return -getUint(r);
    case OTHER.infinity:
      return Number.POSITIVE_INFINITY;
    case OTHER.minusInfinity:
      return Number.NEGATIVE_INFINITY;
    case OTHER.float:
      return getFloat(r);
    case OTHER.big:
      return getBig(r);
    case OTHER.minusBig:
      return -getBig(r);
    default:
      throw malformed('no such number');
  }
}

/** A number that is no bigint: an instant, a day, a count. */
export function getPlain(r: Reader): number {
  const value = getNumber(r);
  if (typeof value === 'bigint') throw malformed('a number is too large');
  return value;
}

function putBig(w: Writer, value: bigint): void {
  const digits = value.toString(16);
  putUint(w, digits.length);
  for (let i = 0; i < digits.length; i += 1) putByte(w, digits.charCodeAt(i));
}

function getBig(r: Reader): bigint {
  const length = getCount(r);
  let digits = '0x';
  for (let i = 0; i < length; i += 1) digits += String.fromCharCode(getByte(r));
  if (!/^0x[0-9a-f]+$/.test(digits)) throw malformed('no such number');
  return BigInt(digits);
}

const floatBytes = new DataView(new ArrayBuffer(FLOAT_BYTES));

export function putFloat(w: Writer, value: number): void {
  floatBytes.setFloat64(0, value);
  for (let i = 0; i < FLOAT_BYTES; i += 1) putByte(w, floatBytes.getUint8(i));
}

export function getFloat(r: Reader): number {
  for (let i = 0; i < FLOAT_BYTES; i += 1) floatBytes.setUint8(i, getByte(r));
  return floatBytes.getFloat64(0);
}

/** 32 bits as they are, the lowest byte first. */
export function putInt32(w: Writer, value: number): void {
  if (w.at + 4 > w.bytes.length) reserve(w, 4);
  const { bytes, at } = w;
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
  w.at = at + 4;
}

export function getInt32(r: Reader): number {
  const { bytes, at } = r;
  if (at + 4 > r.end) throw tooShort();
  r.at = at + 4;
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

/** 32 bits that change with every single byte: what a medium spoils does not pass for a state. */
export function checksum(bytes: Uint8Array, end: number): number {
  let sum = end ^ 0x811c9dc5;
  for (let i = 0; i < end; i += 1) sum = Math.imul(sum ^ (bytes[i] ?? 0), 0x01000193);
  return (sum ^ (sum >>> 15)) | 0;
}
