import type { Header, KafkaRecord } from '../kafka';
import { crc32c } from './batch-crc';

/**
 * A record batch of format 2, the only one that brokers since 0.11 give:
 *
 *      0  base offset       i64        43  producer id    i64
 *      8  length from 12 on i32        51  producer epoch i16
 *     12  leader epoch      i32        53  base sequence  i32
 *     16  format            i8         57  records        i32
 *     17  CRC-32C from 21   u32        61  the records, perhaps compressed
 *     21  attributes        i16
 *     23  last offset delta i32
 *     27  base timestamp    i64
 *     35  max timestamp     i64
 */
export interface Batch {
  readonly baseOffset: number;
  /** Also of a batch that compaction has emptied. */
  readonly lastOffset: number;
  readonly producerId: number;
  readonly transactional: boolean;
  /** It holds a marker: the end of a transaction. */
  readonly control: boolean;
  /** 0: none, 1: gzip, 2: snappy, 3: lz4, 4: zstd. */
  readonly compression: number;
  readonly count: number;
  readonly baseTimestamp: number;
  /** When the broker took it in, where the topic's timestamps say that. */
  readonly appendedAt: number | undefined;
  readonly body: Buffer;
}

const HEAD = 61;
const LENGTH_FROM = 12;
const CHECKED_FROM = 21;
const COMPRESSION = 0x07;
const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/** What a broker sent is not what a broker sends. */
export class BadBatch extends Error {
  override readonly name = 'BadBatch';
}

/**
 * The whole batches of a fetched section; the broker may cut the last one.
 * @throws BadBatch
 */
export function batchesIn(section: Buffer): Batch[] {
  const batches: Batch[] = [];
  for (let at = 0; at + HEAD <= section.length;) {
    const end = at + LENGTH_FROM + section.readInt32BE(at + 8);
    if (end > section.length) break;
    batches.push(batchAt(section, at, end));
    at = end;
  }
  return batches;
}

function batchAt(section: Buffer, at: number, end: number): Batch {
  const baseOffset = int64(section, at);
  const format = section.readInt8(at + 16);
  if (format !== 2) {
    throw new BadBatch(`the batch at ${baseOffset} has the format ${format}, which is not read`);
  }
  if (
    end < at + HEAD ||
    section.readUInt32BE(at + 17) !== crc32c(section, at + CHECKED_FROM, end)
  ) {
    throw new BadBatch(`the batch at ${baseOffset} was altered on its way: its checksum is wrong`);
  }
  const attributes = section.readInt16BE(at + CHECKED_FROM);
  return {
    baseOffset,
    lastOffset: baseOffset + section.readInt32BE(at + 23),
    producerId: int64(section, at + 43),
    transactional: (attributes & TRANSACTIONAL) !== 0,
    control: (attributes & CONTROL) !== 0,
    compression: attributes & COMPRESSION,
    count: section.readInt32BE(at + 57),
    baseTimestamp: int64(section, at + 27),
    appendedAt: (attributes & APPEND_TIME) === 0 ? undefined : int64(section, at + 35),
    body: section.subarray(at + HEAD, end),
  };
}

const int64 = (bytes: Buffer, at: number): number =>
  bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);

/** A place in the records of a batch. */
export interface Place {
  at: number;
  /** Records from there on. */
  left: number;
}

export const startOf = ({ count }: Batch): Place => ({ at: 0, left: count });

/**
 * The record at a place of a batch that is not compressed (any more); the place moves on. Its bytes are
 * those of the batch, not copies.
 * @param withKey false: the key is passed over
 * @param withHeaders false: headers are passed over
 * @throws BadBatch
 */
export function takeRecord(
  batch: Batch,
  place: Place,
  withKey = true,
  withHeaders = false,
): KafkaRecord {
  const { body, baseOffset, baseTimestamp, appendedAt } = batch;
  const length = varint(body, place);
  const end = place.at + length;
  place.at += 1; // attributes: none are defined
  const timestamp = baseTimestamp + varint(body, place);
  const offset = baseOffset + varint(body, place);
  const key = withKey ? bytesAt(body, place) : passOver(body, place);
  const value = bytesAt(body, place);
  if (length <= 0 || place.at > end || end > body.length) {
    throw new BadBatch(`the batch at ${baseOffset} holds a record that cannot be read`);
  }
  const headers = withHeaders ? headersAt(body, place) : undefined;
  place.at = end; // beyond the headers
  place.left -= 1;
  const record = { offset, key, value: value ?? EMPTY, timestamp: appendedAt ?? timestamp };
  return headers === undefined ? record : { ...record, headers };
}

function headersAt(body: Buffer, place: Place): readonly Header[] {
  const headers: Header[] = [];
  for (let left = varint(body, place); left > 0 && place.at < body.length; left -= 1) {
    const name = bytesAt(body, place) ?? EMPTY;
    headers.push({ name: name.toString('utf8'), value: bytesAt(body, place) ?? null });
  }
  return headers;
}

const EMPTY = Buffer.alloc(0);

function bytesAt(body: Buffer, place: Place): Buffer | undefined {
  const length = varint(body, place);
  if (length < 0) return undefined;
  const begin = place.at;
  place.at = begin + length;
  return body.subarray(begin, place.at);
}

function passOver(body: Buffer, place: Place): undefined {
  const length = varint(body, place);
  if (length > 0) place.at += length;
}

/** Zigzag, lowest seven bits first; exact up to 2^53, which offsets and times keep to. */
export function varint(body: Buffer, place: { at: number }): number {
  let byte = body[place.at++] ?? 0;
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
  let value = byte & 0x7f;
  let scale = 0x80;
  do {
    byte = body[place.at++] ?? 0;
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
  } while (byte >= 0x80);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
