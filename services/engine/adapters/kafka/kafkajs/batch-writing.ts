import { crc32c } from './batch-crc';
import type { Message, ProducerId } from './protocol-codec';

/** A batch of records of one partition, as `batch.ts` reads it. */
export interface NewBatch extends ProducerId {
  readonly transactional: boolean;
  readonly firstSequence: number;
  /** Of all records, UTC milliseconds. */
  readonly timestamp: number;
  readonly messages: readonly Message[];
}

const HEAD = 61;
const LENGTH_FROM = 12;
const CHECKED_FROM = 21;
const FORMAT = 2;
const TRANSACTIONAL = 0x10;
/** Attributes, time delta 0, offset delta, lengths of key and value, headers, the record's length. */
const RECORD_BYTES_MOST = 1 + 1 + 5 + 5 + 5 + 1 + 5;
/** A code unit is three bytes at most. */
const UNIT_BYTES_MOST = 3;

/** At least as many bytes as a batch of these has. */
export function batchBytesMost(messages: readonly Message[]): number {
  let bytes = HEAD;
  for (const { key, value } of messages) {
    bytes += RECORD_BYTES_MOST + UNIT_BYTES_MOST * (key?.length ?? 0) + (value?.length ?? 0);
  }
  return bytes;
}

/**
 * Writes a batch into a buffer that has room for it. kafkajs makes several objects and buffers of each
 * record, which costs more than to decide about an event.
 * @returns where it ends
 */
export function writeBatch(into: Buffer, begin: number, batch: NewBatch): number {
  const { messages, timestamp, transactional } = batch;
  let at = begin + HEAD;
  messages.forEach((message, i) => {
    at = writeRecord(into, at, i, message);
  });
  into.fill(0, begin, begin + 8); // the offset is the broker's
  into.writeInt32BE(at - begin - LENGTH_FROM, begin + 8);
  into.writeInt32BE(0, begin + 12);
  into.writeInt8(FORMAT, begin + 16);
  into.writeInt16BE(transactional ? TRANSACTIONAL : 0, begin + CHECKED_FROM);
  into.writeInt32BE(messages.length - 1, begin + 23);
  into.writeBigInt64BE(BigInt(timestamp), begin + 27);
  into.writeBigInt64BE(BigInt(timestamp), begin + 35);
  into.writeBigInt64BE(BigInt(batch.producerId), begin + 43);
  into.writeInt16BE(batch.producerEpoch, begin + 51);
  into.writeInt32BE(batch.firstSequence, begin + 53);
  into.writeInt32BE(messages.length, begin + 57);
  into.writeUInt32BE(crc32c(into, begin + CHECKED_FROM, at), begin + 17);
  return at;
}

/** Length, attributes, time delta, offset delta, key, value, number of headers. */
function writeRecord(into: Buffer, begin: number, delta: number, { key, value }: Message): number {
  const keyBytes = key === null ? -1 : Buffer.byteLength(key);
  const valueBytes = value === null ? -1 : value.length;
  const length =
    3 +
    (varintBytes(delta) + varintBytes(keyBytes) + varintBytes(valueBytes)) +
    (Math.max(0, keyBytes) + Math.max(0, valueBytes));
  let at = writeVarint(into, begin, length);
  into[at++] = 0;
  into[at++] = 0;
  at = writeVarint(into, at, delta);
  at = writeVarint(into, at, keyBytes);
  if (key !== null) at += into.write(key, at);
  at = writeVarint(into, at, valueBytes);
  if (value !== null) at += value.copy(into, at);
  into[at++] = 0;
  return at;
}

/** Zigzag, lowest seven bits first. @param value below 2^30 */
function writeVarint(into: Buffer, begin: number, value: number): number {
  let at = begin;
  let rest = (value << 1) ^ (value >> 31);
  for (; rest >= 0x80; rest >>>= 7) into[at++] = (rest & 0x7f) | 0x80;
  into[at++] = rest;
  return at;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = (value << 1) ^ (value >> 31); rest >= 0x80; rest >>>= 7) bytes += 1;
  return bytes;
}
