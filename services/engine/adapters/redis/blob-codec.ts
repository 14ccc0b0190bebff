import { crc32 } from 'node:zlib';
import { StateLost } from '../../errors';
import type { Blob, DueEntry } from '../../ports';
import { BUCKETS, hashOf } from './place';

/**
 * The state of a key as a string of Redis, highest byte first:
 *
 *      0  step      u64
 *      8  dueAt     f64
 *     16  removed   u8   1: a tombstone
 *     17  checksum  u32  CRC-32 of all other bytes, begun with a hash of the key
 *     21  state
 *
 * The entry in the due index is dueAt and removed. Scripts compare the step and cut the entry out.
 */
const STEP = 8;
const ENTRY = 17;
const HEAD = 21;
const HIGH = 2 ** 32;

/** Blobs as one argument of a script, each: u16 bucket, u32 length, key, u32 length, blob. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly next: number;
}

const FRAME = 10;

/** Packs blobs from an index on, until they are more than `bytesMax`; always at least one, if there is one. */
export function packBlobs(blobs: readonly Blob[], from: number, bytesMax: number): Packed {
  let size = 0;
  let next = from;
  for (; next < blobs.length; next += 1) {
    const blob = blobs[next];
    if (blob === undefined) break;
    const { key, bytes } = blob;
    // a code unit is three bytes at most, a pair of them four
    const upTo = FRAME + 3 * key.length + HEAD + (bytes?.byteLength ?? 0);
    if (next > from && size + upTo > bytesMax) break;
    size += upTo;
  }
  const packed = Buffer.allocUnsafe(size);
  let at = 0;
  for (let i = from; i < next; i += 1) {
    const blob = blobs[i];
    if (blob !== undefined) at = packBlob(packed, at, blob);
  }
  return { bytes: packed.subarray(0, at), next };
}

function packBlob(packed: Buffer, from: number, { key, step, dueAt, bytes }: Blob): number {
  const hash = hashOf(key);
  packed.writeUInt16BE(hash % BUCKETS, from);
  const keyBytes = packed.write(key, from + 6);
  packed.writeUInt32BE(keyBytes, from + 2);
  const length = HEAD + (bytes?.byteLength ?? 0);
  const lengthAt = from + 6 + keyBytes;
  packed.writeUInt32BE(length, lengthAt);
  const value = packed.subarray(lengthAt + 4, lengthAt + 4 + length);
  value.writeUInt32BE(Math.floor(step / HIGH), 0);
  value.writeUInt32BE(step % HIGH, 4);
  value.writeDoubleBE(dueAt, 8);
  value.writeUInt8(bytes === undefined ? 1 : 0, 16);
  if (bytes !== undefined) value.set(bytes, HEAD);
  value.writeUInt32BE(checksumOf(hash, value), ENTRY);
  return lengthAt + 4 + length;
}

const checksumOf = (hash: number, value: Buffer): number =>
  crc32(value.subarray(HEAD), crc32OfHead(hash, value));

/** Of the bytes before the checksum: so few are added up faster here than by a call out of JavaScript. */
function crc32OfHead(hash: number, value: Buffer): number {
  let rest = ~hash;
  for (let at = 0; at < ENTRY; at += 1) {
    rest = (rest >>> 8) ^ (TABLE[(rest ^ (value[at] ?? 0)) & 0xff] ?? 0);
  }
  return ~rest >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** The first 17 bytes of a blob. @throws StateLost where they are not there */
export function decodeHead(key: string, head: Buffer): DueEntry {
  if (head.length < ENTRY) throw new StateLost('a known key has no state in Redis');
  return {
    key,
    step: head.readUInt32BE(0) * HIGH + head.readUInt32BE(4),
    dueAt: head.readDoubleBE(8),
    removed: head.readUInt8(16) === 1,
  };
}

/** Undefined: it is not what was written for this key. */
export function decodeBlobIfWhole(key: string, value: Buffer): Blob | undefined {
  if (value.length < HEAD || value.readUInt32BE(ENTRY) !== checksumOf(hashOf(key), value)) {
    return undefined;
  }
  const { step, dueAt, removed } = decodeHead(key, value);
  // a copy: the value is a part of all that came from the socket with it
  return { key, step, dueAt, bytes: removed ? undefined : new Uint8Array(value.subarray(HEAD)) };
}

/** @throws StateLost when it is not what was written for this key */
export function decodeBlob(key: string, value: Buffer): Blob {
  const blob = decodeBlobIfWhole(key, value);
  if (blob === undefined) throw new StateLost('a state in Redis is damaged: it is rebuilt');
  return blob;
}

/** Whether an entry of the due index is the one of a blob. */
export const isEntryOf = (entry: Buffer, value: Buffer): boolean =>
  entry.equals(value.subarray(STEP, ENTRY));
