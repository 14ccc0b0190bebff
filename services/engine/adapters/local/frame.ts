import { crc32 } from 'node:zlib';

/**
 * A frame is what one append puts into a log: some parts (records), each with its own checksum so that
 * an altered one can be named. All numbers lowest byte first:
 *
 *      0  mark      u32  random for each segment: no stale or foreign bytes look like a frame of it
 *      4  checksum  u32  CRC-32 of the bytes from 8 to the end of the table
 *      8  length    u32  bytes of table and parts
 *     12  group     u32  where in the file the write began that this frame was part of
 *     16  base      u48  offset of its first record
 *     22  count     u32  how many offsets it covers
 *     26  parts     u32
 *     30  -         u16
 *     32  table          of each part: where it ends after the table u32, its CRC-32 u32
 *         parts
 *
 * `group` tells a torn write from altered data: frames of one write are synced together, so a bad frame
 * was durable once if, and only if, a later write follows it.
 */
export interface Frame {
  readonly base: number;
  readonly count: number;
  readonly parts: number;
  readonly group: number;
  /** The bytes of the frame, from the mark on. */
  readonly bytes: Buffer;
}

/** Bytes before the table. */
export const HEAD = 32;
const ENTRY = 8;

/** A frame without mark, group and base, which are known only when it is written. */
export interface Draft {
  readonly count: number;
  readonly parts: number;
  readonly bytes: Buffer;
}

/** Copies the parts. @param count how many offsets the frame covers */
export function draftFrame(parts: readonly Uint8Array[], count: number): Draft {
  let length = ENTRY * parts.length;
  for (const part of parts) length += part.byteLength;
  // not from the pool: a frame stays in memory for long, and would keep all of its page
  const bytes = Buffer.allocUnsafeSlow(HEAD + length);
  bytes.writeUInt32LE(length, 8);
  bytes.writeUInt32LE(count, 22);
  bytes.writeUInt32LE(parts.length, 26);
  bytes.writeUInt16LE(0, 30);
  const data = HEAD + ENTRY * parts.length;
  let entry = HEAD;
  let end = 0;
  for (const part of parts) {
    bytes.set(part, data + end);
    end += part.byteLength;
    bytes.writeUInt32LE(end, entry);
    bytes.writeUInt32LE(crc32(part), entry + 4);
    entry += ENTRY;
  }
  return { count, parts: parts.length, bytes };
}

export function sealFrame(draft: Draft, mark: number, group: number, base: number): Frame {
  const { bytes, count, parts } = draft;
  bytes.writeUInt32LE(mark, 0);
  bytes.writeUInt32LE(group, 12);
  bytes.writeUIntLE(base, 16, 6);
  bytes.writeUInt32LE(crc32(bytes.subarray(8, HEAD + ENTRY * parts)), 4);
  return { base, count, parts, group, bytes };
}

/** A part of a frame, not copied. */
export function partOf({ bytes, parts }: Frame, i: number): Buffer {
  const data = HEAD + ENTRY * parts;
  const begin = i === 0 ? 0 : bytes.readUInt32LE(HEAD + ENTRY * (i - 1));
  return bytes.subarray(data + begin, data + bytes.readUInt32LE(HEAD + ENTRY * i));
}

/** How many bytes the frame at a place claims to take; undefined: not even its head is there. */
export function claimedSize(buffer: Buffer, at: number, mark: number): number | undefined {
  if (at + HEAD > buffer.length || buffer.readUInt32LE(at) !== mark) return undefined;
  const length = buffer.readUInt32LE(at + 8);
  return length >= ENTRY * buffer.readUInt32LE(at + 26) ? HEAD + length : undefined;
}

/** The frame at a place if all of it is there and every checksum holds. */
export function frameAt(buffer: Buffer, at: number, mark: number): Frame | undefined {
  const size = claimedSize(buffer, at, mark);
  if (size === undefined || at + size > buffer.length) return undefined;
  const frame = viewFrame(buffer, at, size);
  const tableEnd = HEAD + ENTRY * frame.parts;
  if (frame.bytes.readUInt32LE(4) !== crc32(frame.bytes.subarray(8, tableEnd))) return undefined;
  return badParts(frame).length === 0 ? frame : undefined;
}

const viewFrame = (buffer: Buffer, at: number, size: number): Frame => ({
  base: buffer.readUIntLE(at + 16, 6),
  count: buffer.readUInt32LE(at + 22),
  parts: buffer.readUInt32LE(at + 26),
  group: buffer.readUInt32LE(at + 12),
  bytes: buffer.subarray(at, at + size),
});

/** Numbers of the parts whose bytes are not those of their checksums. */
function badParts({ bytes, parts }: Frame): number[] {
  const bad: number[] = [];
  let begin = HEAD + ENTRY * parts;
  const data = begin;
  for (let i = 0; i < parts; i += 1) {
    const end = data + bytes.readUInt32LE(HEAD + ENTRY * i);
    if (end < begin || end > bytes.length) return [...bad, i];
    if (crc32(bytes.subarray(begin, end)) !== bytes.readUInt32LE(HEAD + ENTRY * i + 4)) bad.push(i);
    begin = end;
  }
  if (begin !== bytes.length) bad.push(Math.max(parts - 1, 0));
  return bad;
}

/** The first whole frame after a place for which `wanted` holds. */
export function nextFrame(
  buffer: Buffer,
  after: number,
  mark: number,
  wanted: (frame: Frame, at: number) => boolean = () => true,
): { readonly frame: Frame; readonly at: number } | undefined {
  const pattern = Buffer.allocUnsafe(4);
  pattern.writeUInt32LE(mark, 0);
  let at = buffer.indexOf(pattern, after + 1);
  while (at !== -1) {
    const frame = frameAt(buffer, at, mark);
    if (frame !== undefined && wanted(frame, at)) return { frame, at };
    at = buffer.indexOf(pattern, at + 1);
  }
  return undefined;
}

/** Which offsets a bad frame concerns, as exactly as can be told. */
export interface Damage {
  /** First and last offset; last undefined: not known how far. */
  readonly first: number;
  readonly last: number | undefined;
}

/**
 * Names what was altered in a bad frame.
 * @param expected offset with which the frame should begin
 * @param following offset of the whole frame that comes after it, if there is one
 */
export function damageAt(
  buffer: Buffer,
  at: number,
  expected: number,
  following: number | undefined,
): Damage {
  const unknown = { first: expected, last: following === undefined ? undefined : following - 1 };
  if (at + HEAD > buffer.length) return unknown;
  const size = HEAD + buffer.readUInt32LE(at + 8);
  if (at + size > buffer.length || buffer.readUIntLE(at + 16, 6) !== expected) return unknown;
  const frame = viewFrame(buffer, at, size);
  if (HEAD + ENTRY * frame.parts > size || frame.count === 0) return unknown;
  const bad = badParts(frame);
  const [first] = bad;
  const whole = { first: expected, last: expected + frame.count - 1 };
  if (first === undefined || frame.count !== frame.parts) return whole;
  return { first: expected + first, last: expected + (bad.at(-1) ?? first) };
}
