import { createHash } from 'node:crypto';
import { decode, encode } from '@tidemark/schemas/avro';
import type { Journal } from '@tidemark/schemas/records';
import type { LogRecord } from './ports';

/** SHA-256 in hex. */
export const sha256 = (data: Uint8Array | string): string =>
  createHash('sha256').update(data).digest('hex');

/** The hash of a slice: over each record's length (4 bytes, lowest first) and bytes. */
export function hashOfRecords(records: readonly LogRecord[]): string {
  const hash = createHash('sha256');
  const lengths = Buffer.allocUnsafe(4 * records.length);
  records.forEach(({ value }, i) => {
    lengths.writeUInt32LE(value.length, 4 * i);
    hash.update(lengths.subarray(4 * i, 4 * i + 4)).update(value);
  });
  return hash.digest('hex');
}

export const encodeJournal = (record: Journal): Uint8Array => encode('journal', record);

/** @throws when the bytes are no journal record */
export const decodeJournal = (bytes: Uint8Array): Journal =>
  decode('journal', Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
