import { Script, createContext } from 'node:vm';
import { Decompress, decompress } from 'fzstd';
import { TooLarge } from './batch-lz4';

/**
 * Zstandard frames (RFC 8878): fzstd, behind what it does not look at itself. It takes the memory that a
 * frame asks for, it goes on into further frames, and there are frames of 20 bytes that it never ends with.
 *
 *   magic u32 | flags u8 | [window u8] | [dictionary 0 to 4 bytes] | [content size 0 to 8 bytes]
 *   blocks: u24: last 1 bit, kind 2 bits, size 21 bits | bytes; after the last one: [checksum u32]
 */
const MAGIC = 0xfd2fb528;
const CHECKSUM = 0x04;
const SINGLE_SEGMENT = 0x20;
/** The kind of a block that is one byte, many times. */
const RUN = 1;

/** Nothing that may be uncompressed takes as long, milliseconds: 64 MiB are about a second. */
const TIME_MS = 5_000;

/** A block holds no more, bytes. */
const BLOCK_BYTES_MAX = 128 << 10;
const WINDOW_AT = 5;
const WINDOW_LOG_MIN = 10;

interface Frame {
  /** Bytes that it says that it holds; undefined: it does not say. */
  readonly content: number | undefined;
  readonly blocks: number;
}

/** @throws Error for what is not one such frame, more than `most` bytes, or takes longer than `timeMs` */
export function zstdFrame(body: Buffer, most: number, timeMs = TIME_MS): Buffer {
  const { content, blocks } = frameOf(body);
  if (content === undefined) {
    const narrow = narrowed(body, Math.min(blocks * BLOCK_BYTES_MAX, most));
    return inTime(() => streamed(narrow, most), timeMs);
  }
  if (content > most) throw new TooLarge();
  return inTime(() => whole(body, content), timeMs);
}

/** Nothing is kept for copies but the content itself. */
function whole(body: Buffer, content: number): Buffer {
  const { buffer, byteOffset, length } = decompress(body, new Uint8Array(content));
  return Buffer.from(buffer, byteOffset, length);
}

function streamed(body: Buffer, most: number): Buffer {
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  new Decompress((block) => {
    bytes += block.length;
    if (bytes > most) throw new TooLarge();
    blocks.push(block);
  }).push(body, true);
  return Buffer.concat(blocks, bytes);
}

/**
 * The frame with no larger window than it can fill. Decompress takes memory for all of the window, and
 * moves it at each block: two MiB of most clients, for a batch of some KiB.
 */
function narrowed(body: Buffer, bytes: number): Buffer {
  const log = Math.max(WINDOW_LOG_MIN, Math.ceil(Math.log2(bytes)));
  const described = (log - WINDOW_LOG_MIN) << 3;
  if (body.readUInt8(WINDOW_AT) <= described) return body;
  const narrow = Buffer.from(body);
  narrow.writeUInt8(described, WINDOW_AT);
  return narrow;
}

function frameOf(body: Buffer): Frame {
  if (body.readUInt32LE(0) !== MAGIC) throw new Error('no zstd frame');
  const flags = body.readUInt8(4);
  const single = (flags & SINGLE_SEGMENT) !== 0;
  const dictionary = [0, 1, 2, 4][flags & 3] ?? 0;
  const sizeAt = (single ? WINDOW_AT : WINDOW_AT + 1) + dictionary;
  const [content, size] = contentOf(body, sizeAt, flags >> 6, single);
  const [blocks, end] = blocksOf(body, sizeAt + size);
  if (end + ((flags & CHECKSUM) === 0 ? 0 : 4) !== body.length)
    throw new Error('not one zstd frame');
  return { content, blocks };
}

function contentOf(
  body: Buffer,
  at: number,
  width: number,
  single: boolean,
): [content: number | undefined, size: number] {
  if (width === 3) return [Number(body.readBigUInt64LE(at)), 8];
  if (width === 2) return [body.readUInt32LE(at), 4];
  if (width === 1) return [body.readUInt16LE(at) + 256, 2];
  return single ? [body.readUInt8(at), 1] : [undefined, 0];
}

function blocksOf(body: Buffer, begin: number): [blocks: number, end: number] {
  let at = begin;
  for (let blocks = 1; ; blocks += 1) {
    const head = body.readUIntLE(at, 3);
    at += 3 + (((head >> 1) & 3) === RUN ? 1 : head >> 3);
    if ((head & 1) === 1) return [blocks, at];
  }
}

/** Where a job runs: only what runs in such a box can be stopped from outside. */
const box = { job: (): void => undefined };
const context = createContext(box);
const script = new Script('job()');

/** Calls it; stops it, wherever it is, when the time is over. */
function inTime<T>(job: () => T, timeMs: number): T {
  let result: { readonly value: T } | undefined;
  box.job = () => void (result = { value: job() });
  script.runInContext(context, { timeout: timeMs });
  if (result === undefined) throw new Error('no result');
  return result.value;
}
