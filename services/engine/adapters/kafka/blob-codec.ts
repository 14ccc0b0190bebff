import { crc32 } from 'node:zlib';
import { PartitionStopped } from '../../errors';
import type { Blob } from '../../ports';

/**
 * The state of a key as a value of the checkpoints topic, highest byte first:
 *
 *      0  checksum  u32  CRC-32 of the bytes from 4 on, begun with that of the key
 *      4  format    u8   1
 *      5  removed   u8   1: a tombstone
 *      6  step      u64
 *     14  dueAt     f64  infinity: never
 *     22  state
 *
 * It has no schema in the registry: the engine alone reads it, and what is in the state is the machine's.
 * A tombstone of the topic itself (no value) says that the engine's is not needed any more.
 */
const HEAD = 22;
const FORMAT = 1;

export function encodeCheckpoint({ key, step, dueAt, bytes }: Blob): Buffer {
  const value = Buffer.allocUnsafe(HEAD + (bytes?.byteLength ?? 0));
  value.writeUInt8(FORMAT, 4);
  value.writeUInt8(bytes === undefined ? 1 : 0, 5);
  value.writeUInt32BE(Math.floor(step / 2 ** 32), 6);
  value.writeUInt32BE(step >>> 0, 10);
  value.writeDoubleBE(dueAt, 14);
  if (bytes !== undefined) value.set(bytes, HEAD);
  value.writeUInt32BE(checksum(Buffer.from(key), value), 0);
  return value;
}

const checksum = (key: Uint8Array, value: Buffer): number => crc32(value.subarray(4), crc32(key));

/**
 * The state is a copy, so that the value's buffer can go.
 * @param where topic, partition and offset, for the message
 * @throws PartitionStopped when it is not what was written
 */
export function decodeCheckpoint(key: Uint8Array, value: Uint8Array, where: string): Blob {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes.length < HEAD || bytes.readUInt32BE(0) !== checksum(key, bytes)) {
    throw new PartitionStopped(
      `${where}: the checkpoint holds a state that is not what was written. Replay from the beginning: see \`tidemark replay\``,
      { reason: 'data' },
    );
  }
  const format = bytes.readUInt8(4);
  if (format !== FORMAT) {
    throw new PartitionStopped(
      `${where}: the checkpoint holds a state of format ${format}, this build reads ${FORMAT}: run the newer build`,
      { reason: 'version' },
    );
  }
  return {
    key: Buffer.from(key).toString(),
    step: bytes.readUInt32BE(6) * 2 ** 32 + bytes.readUInt32BE(10),
    dueAt: bytes.readDoubleBE(14),
    bytes: bytes.readUInt8(5) === 1 ? undefined : new Uint8Array(bytes.subarray(HEAD)),
  };
}
