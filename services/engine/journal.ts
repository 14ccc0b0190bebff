import { hash } from 'node:crypto';
import { decode, encode } from '@tidemark/schemas/avro';
import type { Journal, Refused } from '@tidemark/schemas/records';
import type { LogRecord } from './ports';

/** SHA-256 in hex. */
export const sha256 = (data: Uint8Array | string): string => hash('sha256', data, 'hex');

/** The hash of a slice: over each record's length (4 bytes, lowest first) and bytes. */
export function hashOfRecords(records: readonly LogRecord[]): string {
  let total = 0;
  for (const { value } of records) total += LENGTH_BYTES + value.length;
  // one buffer: a call out of JavaScript for each record costs more than to copy it
  const all = Buffer.allocUnsafe(total);
  let at = 0;
  for (const { value } of records) {
    at = all.writeUInt32LE(value.length, at);
    all.set(value, at);
    at += value.length;
  }
  return sha256(all);
}

const LENGTH_BYTES = 4;

export const encodeJournal = (record: Journal): Uint8Array => encode('journal', record);

/** @throws when the bytes are no journal record */
export const decodeJournal = (bytes: Uint8Array): Journal =>
  decode('journal', Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));

/** All verdicts on records of global topics, after a step that refused these. */
export const globalRefusedAfter = (
  { globalRefused }: Journal,
  refused: readonly Refused[],
  globalTopics: readonly string[],
): readonly Refused[] => {
  const more = refused.filter(({ topic }) => globalTopics.includes(topic));
  return more.length === 0 ? globalRefused : [...globalRefused, ...more];
};
