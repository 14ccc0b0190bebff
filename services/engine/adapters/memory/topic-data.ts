import { PositionGone } from '../../errors';
import type { LogRecord, LogSlice, ReadLimit } from '../../ports';

/** The records of one topic of one partition. */
export interface TopicData {
  readonly topic: string;
  first: number;
  next: number;
  readonly records: LogRecord[];
}

export const emptyTopic = (topic: string): TopicData => ({ topic, first: 0, next: 0, records: [] });

/** The bytes are copied: what the caller does with its own later changes nothing here. */
export function appendTo(data: TopicData, values: readonly Uint8Array[]): number {
  const first = data.next;
  for (const value of values)
    data.records.push({ offset: data.next++, value: new Uint8Array(value) });
  return first;
}

/** Offsets that hold no record, as transaction markers leave them. */
export function leaveGap(data: TopicData, offsets: number): void {
  data.next += offsets;
}

/** @throws PositionGone */
export function readFrom(data: TopicData, from: number, limit: ReadLimit): LogSlice {
  const { topic, first, next, records } = data;
  if (from < first || from > next) throw new PositionGone(topic, from, first, next);
  const begin = indexAtOrAfter(records, from);
  const taken: LogRecord[] = [];
  let bytes = 0;
  for (let i = begin; taken.length < limit.records; i++) {
    const record = records[i];
    if (record === undefined || (taken.length > 0 && bytes >= limit.bytes)) break;
    bytes += record.value.byteLength;
    taken.push({ offset: record.offset, value: new Uint8Array(record.value) });
  }
  return { records: taken, next: records[begin + taken.length]?.offset ?? next };
}

/** Whether a read at a position would bring a record. */
export function hasAt({ records }: TopicData, position: number): boolean {
  const last = records.at(-1);
  return last !== undefined && last.offset >= position;
}

/** Index of the first entry at or after a place; the length when there is none. */
export function indexAtOrAfter(
  entries: readonly { readonly offset: number }[],
  at: number,
): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.offset ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
