/**
 * LZ4 frames (github.com/lz4/lz4, lz4_Frame_format.md), reading only and without their checksums: a record
 * batch has one over all. The packages that could be had hold a compiled part that does not load here.
 *
 *   magic u32 | flags u8 | block size u8 | [content size u64] | [dictionary u32] | checksum u8
 *   blocks: size u32, highest bit: stored as it is | bytes | [checksum u32]; size 0 ends the frame
 */
const MAGIC = 0x184d2204;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const DICTIONARY = 0x01;
const STORED = 0x80000000;

/** More than may be uncompressed. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** @throws Error for what is no such frame, or more than `most` bytes */
export function lz4Frame(frame: Buffer, most: number): Buffer {
  if (frame.readUInt32LE(0) !== MAGIC) throw new Error('no LZ4 frame');
  const flags = frame.readUInt8(4);
  if ((flags & CONTENT_SIZE) !== 0 && frame.readBigUInt64LE(6) > most) throw new TooLarge();
  let at = 7 + ((flags & CONTENT_SIZE) === 0 ? 0 : 8) + ((flags & DICTIONARY) === 0 ? 0 : 4);
  const out: Output = { bytes: Buffer.allocUnsafeSlow(4 * frame.length + 64), length: 0, most };
  for (;;) {
    const size = frame.readUInt32LE(at);
    at += 4;
    if (size === 0) return out.bytes.subarray(0, out.length);
    const end = at + (size & ~STORED);
    if (end > frame.length) throw new Error('the LZ4 frame is cut');
    if (size >= STORED) append(out, frame, at, end);
    else block(out, frame, at, end);
    at = end + ((flags & BLOCK_CHECKSUMS) === 0 ? 0 : 4);
  }
}

interface Output {
  bytes: Buffer;
  length: number;
  readonly most: number;
}

/** Sequences of literals and of copies of what stands before; a block may copy from earlier blocks. */
function block(out: Output, frame: Buffer, begin: number, end: number): void {
  let at = begin;
  while (at < end) {
    const token = frame.readUInt8(at++);
    let literals = token >>> 4;
    if (literals === 15) [literals, at] = longer(frame, at, literals);
    if (at + literals > end) throw new Error('the LZ4 block is cut');
    append(out, frame, at, at + literals);
    at += literals;
    if (at === end) return;
    const back = frame.readUInt16LE(at);
    at += 2;
    let length = token & 15;
    if (length === 15) [length, at] = longer(frame, at, length);
    repeat(out, back, length + 4);
  }
}

function longer(frame: Buffer, begin: number, least: number): [length: number, at: number] {
  let length = least;
  let at = begin;
  for (;;) {
    const more = frame.readUInt8(at++);
    length += more;
    if (more < 255) return [length, at];
  }
}

function append(out: Output, from: Buffer, begin: number, end: number): void {
  reserve(out, end - begin);
  from.copy(out.bytes, out.length, begin, end);
  out.length += end - begin;
}

/** The copy may overlap itself: a run of one byte is a copy from one byte back. */
function repeat(out: Output, back: number, length: number): void {
  if (back === 0 || back > out.length) throw new Error('an LZ4 copy from before the frame');
  reserve(out, length);
  const { bytes } = out;
  if (back >= length) {
    bytes.copyWithin(out.length, out.length - back, out.length - back + length);
  } else {
    for (let i = 0; i < length; i += 1) bytes[out.length + i] = bytes[out.length + i - back] ?? 0;
  }
  out.length += length;
}

function reserve(out: Output, more: number): void {
  if (out.length + more > out.most) throw new TooLarge();
  if (out.length + more <= out.bytes.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * out.bytes.length, out.length + more));
  out.bytes.copy(larger, 0, 0, out.length);
  out.bytes = larger;
}
