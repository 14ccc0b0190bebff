import { crc32 } from 'node:zlib';
import { StateLost } from '../../errors';
import type { Blob, DueEntry } from '../../ports';

/**
 * The state of a key in the store, lowest byte first:
 *
 *      0  checksum  u32  CRC-32 of the bytes from 4 on, begun with a hash of the key
 *      4  step      u48
 *     10  removed   u8   1: a tombstone
 *     11  dueAt     f64
 *     19  state
 *
 * An entry of the due index is the same without the state. The store itself does not check what it
 * reads, so an altered state would be believed.
 */
const HEAD = 19;

export function encodeBlob({ key, step, dueAt, bytes }: Blob): Buffer {
  const value = Buffer.allocUnsafeSlow(HEAD + (bytes?.byteLength ?? 0));
  writeHead(value, step, dueAt, bytes === undefined);
  if (bytes !== undefined) value.set(bytes, HEAD);
  value.writeUInt32LE(checksum(key, value), 0);
  return value;
}

export function encodeDue({ key, step, dueAt, bytes }: Blob): Buffer {
  const value = Buffer.allocUnsafe(HEAD);
  writeHead(value, step, dueAt, bytes === undefined);
  value.writeUInt32LE(checksum(key, value), 0);
  return value;
}

function writeHead(value: Buffer, step: number, dueAt: number, removed: boolean): void {
  value.writeUIntLE(step, 4, 6);
  value.writeUInt8(removed ? 1 : 0, 10);
  value.writeDoubleLE(dueAt, 11);
}

const checksum = (key: string, value: Buffer): number => crc32(value.subarray(4), hashOf(key));

/** FNV-1a over the code units: for a short text much faster than a call out of JavaScript. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** The state in a value that was just made. */
export const stateIn = (value: Buffer): Uint8Array => value.subarray(HEAD);

/** @throws StateLost when it is not what was written */
export function decodeBlob(key: string, value: Buffer): Blob {
  const { step, dueAt, removed } = decodeDue(key, value);
  return { key, step, dueAt, bytes: removed ? undefined : stateIn(value) };
}

/** @throws StateLost when it is not what was written */
export function decodeDue(key: string, value: Buffer): DueEntry {
  if (value.length < HEAD || value.readUInt32LE(0) !== checksum(key, value)) {
    throw new StateLost(
      'the checkpoint holds a state that is not what was written: stop, remove the folder `states` of the partition, start; the journal brings the states back',
    );
  }
  return {
    key,
    step: value.readUIntLE(4, 6),
    dueAt: value.readDoubleLE(11),
    removed: value.readUInt8(10) === 1,
  };
}
