import type { Bounds, LogRecord, LogSlice, ReadLimit, TopicLog, TopicWriter } from '../../ports';
import { draftFrame, partOf } from './frame';
import { openLog, type Log, type LogOptions } from './log';

/** The records of one topic: an append is a frame, a record is a part of it. */
export interface TopicFile extends Readable {
  readonly append: (values: readonly Uint8Array[]) => Promise<number>;
  readonly log: Log;
}

/** Called whenever a record has become durable, and when the log is closed. */
export type Listeners = Set<(isOver: boolean) => void>;

/** What a topic log is made of. */
export interface Readable {
  readonly bounds: () => Promise<Bounds>;
  readonly read: (from: number, limit: ReadLimit) => Promise<LogSlice>;
  readonly next: () => number;
  readonly listeners: Listeners;
}

export async function openTopicFile(options: LogOptions): Promise<TopicFile> {
  const log = await openLog(options);
  const listeners: Listeners = new Set();
  return {
    log: endingWaits(log, listeners),
    listeners,
    next: log.next,
    bounds: async () => ({ first: log.first(), next: log.next() }),
    read: (from, limit) => readRecords(log, from, limit),
    append: (values) => appendTo(log, listeners, values),
  };
}

function appendTo(log: Log, listeners: Listeners, values: readonly Uint8Array[]): Promise<number> {
  if (values.length === 0) return Promise.resolve(log.next());
  const draft = draftFrame(values, values.length);
  return new Promise((resolve, reject) => {
    log.append({
      make: () => draft,
      done: ({ base }) => {
        resolve(base);
        notify(listeners);
      },
      failed: reject,
    });
  });
}

export function notify(listeners: Listeners, isOver = false): void {
  for (const listener of [...listeners]) listener(isOver);
}

/** The log, whose close leaves nobody waiting for records: their timers would keep the process. */
export const endingWaits = (log: Log, listeners: Listeners): Log => ({
  ...log,
  close: () => {
    notify(listeners, true);
    return log.close();
  },
});

async function readRecords(log: Log, from: number, limit: ReadLimit): Promise<LogSlice> {
  const records: LogRecord[] = [];
  let bytes = 0;
  let at = from;
  const isFull = (): boolean =>
    records.length >= limit.records || (records.length > 0 && bytes >= limit.bytes);
  while (!isFull()) {
    const frames = await log.read(at);
    if (frames.length === 0) break;
    for (const frame of frames) {
      for (let i = at - frame.base; i < frame.count && !isFull(); i += 1) {
        const value = partOf(frame, i);
        records.push({ offset: at, value });
        bytes += value.length;
        at += 1;
      }
      if (isFull()) break;
    }
  }
  return { records, next: at };
}

/** @throws RangeError on a topic that is none of these */
export function topicLog(of: (topic: string) => Readable): TopicLog {
  return {
    bounds: async (topic) => of(topic).bounds(),
    read: async (topic, from, limit) => of(topic).read(from, limit),
    changed: (positions, waitMs) => changed(of, positions, waitMs),
  };
}

/** @throws RangeError on a topic that is none of these */
export function topicWriter(files: ReadonlyMap<string, TopicFile>): TopicWriter {
  return { append: async (topic, values) => fileOf(files, topic).append(values) };
}

export function fileOf(files: ReadonlyMap<string, TopicFile>, topic: string): TopicFile {
  const file = files.get(topic);
  if (file === undefined) throw new RangeError(`there is no topic ${topic}`);
  return file;
}

/** The longest wait that a timer takes, milliseconds. */
const WAIT_MS_MAX = 2 ** 31 - 1;

async function changed(
  of: (topic: string) => Readable,
  positions: ReadonlyMap<string, number>,
  waitMs: number,
): Promise<void> {
  const topics = [...positions].map(([topic, position]) => ({ topic: of(topic), position }));
  const isReady = (): boolean => topics.some(({ topic, position }) => topic.next() > position);
  if (isReady()) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      for (const { topic } of topics) topic.listeners.delete(look);
      resolve();
    };
    const look = (isOver: boolean): void => {
      if (isOver || isReady()) end();
    };
    const timer = setTimeout(end, Math.min(waitMs, WAIT_MS_MAX));
    for (const { topic } of topics) topic.listeners.add(look);
  });
}
