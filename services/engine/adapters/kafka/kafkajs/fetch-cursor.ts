import type { Fetched, FetchLimit, KafkaRecord, TopicPartition } from '../kafka';
import { startOf, takeRecord, type Batch, type Place } from './batch';

/**
 * What one reader of one partition has ahead of it: batches that were fetched, up to the position from
 * which the next fetch goes on. Batches that were read stay until the next read begins after them, so
 * that a reader who took less than it was given may come back.
 */
export interface Cursor extends TopicPartition {
  /** Nothing more is fetched while so much is ahead. */
  readonly aheadBytes: number;
  /** The next fetch is from here. */
  position: number;
  chunks: Chunk[];
  /** The last stable offset when this position was last fetched; undefined: it was not yet. */
  stable: number | undefined;
  /** The broker does not have the position. */
  outOfRange: boolean;
  /** It cannot be read on, whatever is tried. */
  failed: Error | undefined;
  /** Failures since the last answer; while one is waited out nothing is fetched. */
  misses: number;
  paused: boolean;
  /** When it was last asked for, by a count of requests: of two readers of a partition one at a time. */
  asked: number;
  /** Called at the next change of any of this. */
  readonly waiting: Set<() => void>;
}

/** A batch of committed records, or nothing but the offsets of what is not to be seen. */
export interface Chunk {
  readonly start: number;
  end: number;
  readonly batch: Batch | undefined;
  readonly place: Place;
  /** Offset from which on `place` reads. */
  reached: number;
}

export const BYTES_AHEAD = 2 << 20;
const RECORDS_AHEAD = 20_000;

export const newCursor = (
  at: TopicPartition,
  position: number,
  aheadBytes = BYTES_AHEAD,
): Cursor => ({
  aheadBytes,
  topic: at.topic,
  partition: at.partition,
  position,
  chunks: [],
  stable: undefined,
  outOfRange: false,
  failed: undefined,
  misses: 0,
  paused: false,
  asked: 0,
  waiting: new Set(),
});

/** Adds what was fetched from the position on: a batch, or offsets that hold nothing to be seen. */
export function extend(cursor: Cursor, end: number, batch: Batch | undefined): void {
  const start = cursor.position;
  const last = cursor.chunks.at(-1);
  cursor.position = end;
  if (batch !== undefined) {
    cursor.chunks.push({ start, end, batch, place: startOf(batch), reached: start });
  } else if (last !== undefined) {
    last.end = end;
  } else {
    cursor.chunks.push({ start, end, batch, place: { at: 0, left: 0 }, reached: start });
  }
}

/** Tells whoever waits that something has changed. */
export function notify({ waiting }: Cursor): void {
  const all = [...waiting];
  waiting.clear();
  for (const one of all) one();
}

/** Whether so much is ahead that no more is fetched for now. */
export function isFull({ chunks, aheadBytes }: Cursor): boolean {
  let bytes = 0;
  let records = 0;
  for (const { batch, place } of chunks) {
    bytes += (batch?.body.length ?? 0) - place.at;
    records += place.left;
  }
  return bytes >= aheadBytes || records >= RECORDS_AHEAD;
}

export const wantsMore = (cursor: Cursor): boolean =>
  !cursor.paused && !cursor.outOfRange && cursor.failed === undefined && !isFull(cursor);

/** Whether the last fetch from this very position found nothing. */
export const isCaughtUp = ({ position, stable }: Cursor): boolean =>
  stable !== undefined && position >= stable;

/** Goes to an offset: what is ahead of it stays, if it is within. */
export function moveTo(cursor: Cursor, from: number): void {
  const { chunks, position } = cursor;
  const begin = chunks[0]?.start ?? position;
  if (from < begin || from > position) {
    cursor.chunks = [];
    cursor.position = from;
    cursor.stable = undefined;
    cursor.outOfRange = false;
    cursor.failed = undefined;
    return;
  }
  const passed = chunks.findIndex(({ end }) => end > from);
  chunks.splice(0, passed < 0 ? chunks.length : passed);
}

/**
 * Takes records from an offset on, which `moveTo` went to.
 * @returns undefined when there is neither a record nor a gap
 * @throws BadBatch
 */
export function takeFrom(cursor: Cursor, from: number, limit: FetchLimit): Fetched | undefined {
  const records: KafkaRecord[] = [];
  let bytes = 0;
  let next = from;
  for (const chunk of cursor.chunks) {
    if (chunk.reached > next) restart(chunk);
    while (chunk.place.left > 0 && chunk.batch !== undefined) {
      if (records.length >= limit.records || (records.length > 0 && bytes >= limit.bytes)) {
        return { records, next };
      }
      const record = takeRecord(chunk.batch, chunk.place, limit.keys, limit.headers);
      chunk.reached = record.offset + 1;
      if (record.offset < from) continue;
      records.push(record);
      bytes += record.value.byteLength;
      next = record.offset + 1;
    }
    next = chunk.reached = chunk.end;
  }
  return next === from ? undefined : { records, next };
}

/** A record that was given is asked for again. */
function restart(chunk: Chunk): void {
  if (chunk.batch !== undefined) Object.assign(chunk.place, startOf(chunk.batch));
  chunk.reached = chunk.start;
}
