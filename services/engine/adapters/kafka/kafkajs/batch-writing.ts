import type { Header } from '../kafka';
import { crc32c } from './batch-crc';
import type { Message, ProducerId } from './protocol-codec';

/** A batch of records of one partition, as `batch.ts` reads it. */
export interface NewBatch extends ProducerId {
  readonly transactional: boolean;
  readonly firstSequence: number;
  /** Of all records that have none of their own, UTC milliseconds. */
  readonly timestamp: number;
  readonly messages: readonly Message[];
}

const HEAD = 61;
const LENGTH_FROM = 12;
const CHECKED_FROM = 21;
const FORMAT = 2;
const TRANSACTIONAL = 0x10;
/** Attributes, time delta, offset delta, lengths of key and value, number of headers, the record's length. */
const RECORD_BYTES_MOST = 1 + 10 + 5 + 5 + 5 + 5 + 5;
/** The lengths of name and value. */
const HEADER_BYTES_MOST = 5 + 5;
/** A code unit is three bytes at most. */
const UNIT_BYTES_MOST = 3;

/** At least as many bytes as a batch of these has. */
export function batchBytesMost(messages: readonly Message[]): number {
  let bytes = HEAD;
  for (const { key, value, headers = [] } of messages) {
    bytes += RECORD_BYTES_MOST + UNIT_BYTES_MOST * (key?.length ?? 0) + (value?.length ?? 0);
    for (const header of headers) {
      bytes += HEADER_BYTES_MOST + UNIT_BYTES_MOST * header.name.length;
      bytes += header.value?.length ?? 0;
    }
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
  const base = messages[0]?.timestamp ?? timestamp;
  let latest = base;
  let at = begin + HEAD;
  messages.forEach((message, i) => {
    const time = message.timestamp ?? timestamp;
    latest = Math.max(latest, time);
    at = writeRecord(into, at, { time: time - base, offset: i }, message);
  });
  into.fill(0, begin, begin + 8); // the offset is the broker's
  into.writeInt32BE(at - begin - LENGTH_FROM, begin + 8);
  into.writeInt32BE(0, begin + 12);
  into.writeInt8(FORMAT, begin + 16);
  into.writeInt16BE(transactional ? TRANSACTIONAL : 0, begin + CHECKED_FROM);
  into.writeInt32BE(messages.length - 1, begin + 23);
  into.writeBigInt64BE(BigInt(base), begin + 27);
  into.writeBigInt64BE(BigInt(latest), begin + 35);
  into.writeBigInt64BE(BigInt(batch.producerId), begin + 43);
  into.writeInt16BE(batch.producerEpoch, begin + 51);
  into.writeInt32BE(batch.firstSequence, begin + 53);
  into.writeInt32BE(messages.length, begin + 57);
  into.writeUInt32BE(crc32c(into, begin + CHECKED_FROM, at), begin + 17);
  return at;
}

/** How a record differs from its batch. */
interface Delta {
  /** Milliseconds. */
  readonly time: number;
  readonly offset: number;
}

/** Length, attributes, time delta, offset delta, key, value, number of headers, the headers. */
function writeRecord(
  into: Buffer,
  begin: number,
  delta: Delta,
  { key, value, headers = [] }: Message,
): number {
  const length =
    1 +
    (varintBytes(delta.time) + varintBytes(delta.offset)) +
    (fieldBytes(key) + fieldBytes(value) + headersBytes(headers));
  let at = writeVarint(into, begin, length);
  into[at++] = 0;
  at = writeVarint(into, at, delta.time);
  at = writeVarint(into, at, delta.offset);
  at = writeField(into, at, key);
  at = writeField(into, at, value);
  at = writeVarint(into, at, headers.length);
  for (const header of headers) {
    at = writeField(into, at, header.name);
    at = writeField(into, at, header.value);
  }
  return at;
}

function headersBytes(headers: readonly Header[]): number {
  let bytes = varintBytes(headers.length);
  for (const { name, value } of headers) bytes += fieldBytes(name) + fieldBytes(value);
  return bytes;
}

function fieldBytes(field: string | Uint8Array | null): number {
  if (field === null) return varintBytes(-1);
  const bytes = Buffer.byteLength(field);
  return varintBytes(bytes) + bytes;
}

/** A length, or -1 for none, and so many bytes. */
function writeField(into: Buffer, begin: number, field: string | Uint8Array | null): number {
  if (field === null) return writeVarint(into, begin, -1);
  if (typeof field === 'string') {
    const at = writeVarint(into, begin, Buffer.byteLength(field));
    return at + into.write(field, at);
  }
  const at = writeVarint(into, begin, field.length);
  into.set(field, at);
  return at + field.length;
}

/** Above this, whole numbers have to be taken apart without the operators of 32 bits. */
const SHORT_MOST = 2 ** 30;

/** Zigzag, lowest seven bits first. @param value within 2^52 */
function writeVarint(into: Buffer, begin: number, value: number): number {
  let at = begin;
  let rest = zigzag(value);
  for (; rest >= SHORT_MOST; rest = Math.floor(rest / 0x80)) into[at++] = (rest % 0x80) | 0x80;
  for (; rest >= 0x80; rest >>>= 7) into[at++] = (rest & 0x7f) | 0x80;
  into[at++] = rest;
  return at;
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}
