import { faultText } from '@tidemark/engine/errors';
import { pause } from '@tidemark/engine/pause';
import { kafkaTopicLog, type KafkaTopicLog } from '@tidemark/engine/adapters/kafka/topic-log';
import type { Bounds, LogRecord, LogSlice, TopicLog } from '@tidemark/engine/ports';
import type { Connections } from './cluster-connections';
import type { Log } from './cluster-log';
import { oneAtATime } from './one-at-a-time';
import { GRADE_CHANGES } from './topics';
import { wireJsonLog } from './wire-json';

/** The grade changes of a partition for any number of readers, each at its own place. */
export interface ClusterOutputs {
  readonly log: TopicLog;
  readonly close: () => Promise<void>;
}

type Open = Pick<Connections, 'reader' | 'names' | 'wire'>;

const READ = { records: 500, bytes: 1 << 20 };
/** What is kept of the newest: most readers are there. */
const KEPT_RECORDS = 2_000;
const WAIT_MS = 1_000;
const RETRY_MS = 1_000;

/**
 * Reads the end of the topic once for all readers and keeps it, as JSON. A reader that lags behind it
 * has a place of its own in Kafka for as long as it reads on.
 */
export function clusterOutputs(open: Open, partition: number, log: Log): ClusterOutputs {
  const closing = new AbortController();
  const past = pastReaders(open, partition);
  const tail: Tail = { records: [], first: 0, next: 0, watchers: new Set() };
  const done = follow(open, partition, tail, closing.signal, log);
  const own = kafkaTopicLog(open.reader, open.names, partition);
  const asks = oneAtATime<Bounds>();
  return {
    log: {
      bounds: (topic) => asks(topic, () => own.bounds(topic)),
      read: async (topic, from, limit) => {
        const isKept = topic === GRADE_CHANGES && from >= tail.first && from <= tail.next;
        return isKept && tail.next > 0
          ? readTail(tail, from, limit)
          : past.read(topic, from, limit);
      },
      changed: (positions, waitMs) => {
        const at = positions.get(GRADE_CHANGES);
        return at === undefined
          ? lookForMore(own, positions, waitMs, closing.signal)
          : waitForMore(tail, at, waitMs, closing.signal);
      },
    },
    close: async () => {
      closing.abort();
      await Promise.all([done, past.close(), own.close()]);
    },
  };
}

/** What is read of another topic than the one whose end is kept here has few readers: they look. */
async function lookForMore(
  own: Pick<TopicLog, 'bounds'>,
  positions: ReadonlyMap<string, number>,
  waitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const end = performance.now() + waitMs;
  for (let left = waitMs; ; left = end - performance.now()) {
    for (const [topic, at] of positions) if ((await own.bounds(topic)).next > at) return;
    if (left <= 0 || signal.aborted) return;
    await pause(Math.min(LOOK_MS, left), signal);
  }
}
const LOOK_MS = 250;

interface Tail {
  /** In order; all that there is from `first` on, before `next`. */
  readonly records: LogRecord[];
  first: number;
  next: number;
  readonly watchers: Set<() => void>;
}

async function follow(
  { reader, names, wire }: Open,
  partition: number,
  tail: Tail,
  signal: AbortSignal,
  log: Log,
): Promise<void> {
  const place = kafkaTopicLog(reader, names, partition);
  const json = wireJsonLog(place, wire);
  let isBegun = false;
  while (!signal.aborted) {
    try {
      if (!isBegun) {
        tail.next = tail.first = (await json.bounds(GRADE_CHANGES)).next;
        isBegun = true;
      }
      const { records, next } = await json.read(GRADE_CHANGES, tail.next, READ);
      if (next === tail.next) {
        await json.changed(new Map([[GRADE_CHANGES, next]]), WAIT_MS);
        continue;
      }
      add(tail, records, next);
    } catch (error) {
      if (signal.aborted) break;
      log({ level: 'warn', event: 'outputs', partition, why: faultText(error) });
      // what is wrong with the place is found out anew
      isBegun = false;
      tail.records.length = 0;
      // who is behind reads from the past what is not kept here any more
      tail.first = tail.next;
      await pause(RETRY_MS, signal);
    }
  }
  await place.close();
}

function add(tail: Tail, records: readonly LogRecord[], next: number): void {
  tail.records.push(...records);
  tail.next = next;
  const gone = tail.records.length - KEPT_RECORDS;
  if (gone > 0) {
    const last = tail.records.splice(0, gone).at(-1);
    tail.first = (last?.offset ?? tail.first) + 1;
  }
  for (const check of [...tail.watchers]) check();
}

function readTail(
  { records, next }: Tail,
  from: number,
  limit: { readonly records: number; readonly bytes: number },
): LogSlice {
  const found: LogRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    if (record.offset < from) continue;
    if (found.length >= limit.records || bytes >= limit.bytes) {
      return { records: found, next: record.offset };
    }
    found.push(record);
    bytes += record.value.length;
  }
  return { records: found, next };
}

/** Resolves when the tail has come beyond a place, after a time, or at the end. */
function waitForMore(tail: Tail, from: number, waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      tail.watchers.delete(check);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const check = (): void => {
      if (tail.next > from) end();
    };
    const timer = setTimeout(end, waitMs);
    tail.watchers.add(check);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    else check();
  });
}

/** Places of readers in the past; the one that has not been read from for longest is given up. */
const PAST_MAX = 8;

function pastReaders({ reader, names, wire }: Open, partition: number) {
  /** By topic and the offset at which each goes on. */
  const places = new Map<string, KafkaTopicLog>();
  return {
    read: async (
      topic: string,
      from: number,
      limit: { readonly records: number; readonly bytes: number },
    ): Promise<LogSlice> => {
      const key = `${topic}@${from}`;
      const place = places.get(key) ?? kafkaTopicLog(reader, names, partition);
      places.delete(key);
      try {
        const slice = await wireJsonLog(place, wire).read(topic, from, limit);
        const at = `${topic}@${slice.next}`;
        await places.get(at)?.close();
        places.set(at, place);
        return slice;
      } catch (error) {
        await place.close();
        throw error;
      } finally {
        const [oldest] = places;
        if (places.size > PAST_MAX && oldest !== undefined) {
          places.delete(oldest[0]);
          await oldest[1].close();
        }
      }
    },
    close: async (): Promise<void> => {
      const all = [...places.values()];
      places.clear();
      await Promise.all(all.map((place) => place.close()));
    },
  };
}
