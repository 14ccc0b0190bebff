import { PartitionStopped, PositionGone } from '../../../errors';
import type { Bounds } from '../../../ports';
import type { Fetched, FetchLimit, KafkaSettings, Reader, TopicPartition } from '../kafka';
import { BadBatch } from './batch';
import { Closed, growingWaits } from './errors';
import {
  BYTES_AHEAD,
  isCaughtUp,
  moveTo,
  newCursor,
  notify,
  takeFrom,
  type Cursor,
} from './fetch-cursor';
import { keyOf } from './fetch-leaders';
import { fetcherOf, type Fetcher } from './fetch-loop';

/** How long a position must be beyond the end, where another broker may still believe that it leads. */
const BEYOND_MS = 5000;
/** A leader that lacks what is known to exist for so long may lead no more: it is looked up anew. */
const BELOW_MS = 1000;

/** Reads as `Reader` says; connects when something is first asked for, and for ever after. */
export function kafkaReader(settings: KafkaSettings): Reader {
  const fetcher = fetcherOf(settings);
  return viewOf(fetcher, new Map(), BYTES_AHEAD, fetcher.close);
}

/** @param expected what is known to exist, by partition: what one view is told all know */
function viewOf(
  fetcher: Fetcher,
  expected: Map<string, number>,
  aheadBytes: number,
  end: () => Promise<void>,
): Reader {
  const cursors = new Map<string, Cursor>();
  let closed = false;

  function cursorAt(at: TopicPartition, from: number): Cursor {
    const key = keyOf(at);
    const found = cursors.get(key);
    if (found !== undefined) {
      moveTo(found, from);
      fetcher.moved(found);
      return found;
    }
    const made = newCursor(at, from, aheadBytes);
    cursors.set(key, made);
    fetcher.add(made);
    return made;
  }

  const expectedAt = (at: TopicPartition): number => expected.get(keyOf(at)) ?? 0;

  function expect(at: TopicPartition, next: number): void {
    expected.set(keyOf(at), Math.max(expectedAt(at), next));
  }

  function release(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) {
      const cursor = cursors.get(keyOf(at));
      if (cursor === undefined) continue;
      cursors.delete(keyOf(at));
      fetcher.remove(cursor);
      notify(cursor);
    }
  }

  return {
    bounds: async (at) => {
      const isOver = (): boolean => closed || fetcher.closed();
      const bounds = await boundsFrom(fetcher, at, () => expectedAt(at), isOver);
      expect(at, bounds.next);
      return bounds;
    },
    read: async (at, from, limit) => {
      if (from < 0) throw await gone(fetcher, at, from);
      const doubts = doubtsOf(fetcher, at);
      for (;;) {
        if (closed || fetcher.closed()) throw new Closed();
        const cursor = cursorAt(at, from);
        const found = answerOf(cursor, from, limit, expectedAt(at));
        if (found === 'beyond') await checkRange(fetcher, cursor, from);
        else if (found === 'wait') {
          if (isCaughtUp(cursor)) doubts.below();
          await changeOfAny([cursor], BELOW_MS);
        } else {
          fetcher.moved(cursor);
          return found;
        }
      }
    },
    changed: async (positions, waitMs) => {
      const until = Date.now() + waitMs;
      for (const { from, ...at } of positions) cursorAt(at, from).outOfRange = false;
      for (let left = waitMs; left > 0; left = until - Date.now()) {
        if (closed || fetcher.closed()) return;
        const found: Cursor[] = [];
        for (const { from, ...at } of positions) {
          // whoever called may be elsewhere by now: its cursors are not moved back
          const cursor = cursors.get(keyOf(at));
          if (cursor === undefined || isReady(cursor, from)) return;
          found.push(cursor);
        }
        await changeOfAny(found, left);
      }
    },
    release,
    expect,
    view: (bytes = BYTES_AHEAD) => viewOf(fetcher, expected, bytes, () => Promise.resolve()),
    close: async () => {
      closed = true;
      release([...cursors.values()]);
      await end();
    },
  };
}

/**
 * beyond: the position may lie outside of the log. wait: nothing is known yet.
 * @throws whatever has stopped the partition
 */
function answerOf(
  cursor: Cursor,
  from: number,
  limit: FetchLimit,
  expected: number,
): Fetched | 'beyond' | 'wait' {
  const taken = takeWhole(cursor, from, limit);
  if (taken !== undefined) return taken;
  if (cursor.failed !== undefined) throw cursor.failed;
  if (cursor.outOfRange) return 'beyond';
  if (!isCaughtUp(cursor) || from < expected) return 'wait';
  return cursor.stable !== undefined && from > cursor.stable && from > expected
    ? 'beyond'
    : { records: [], next: from };
}

/** @throws PartitionStopped when what is stored there is no record */
function takeWhole(cursor: Cursor, from: number, limit: FetchLimit): Fetched | undefined {
  try {
    return takeFrom(cursor, from, limit);
  } catch (error) {
    if (!(error instanceof BadBatch)) throw error;
    const { topic, partition } = cursor;
    throw new PartitionStopped(`${topic}, partition ${partition}: ${error.message}`);
  }
}

const isReady = (cursor: Cursor, from: number): boolean =>
  cursor.position > from || cursor.failed !== undefined;

function changeOfAny(cursors: readonly Cursor[], waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      for (const { waiting } of cursors) waiting.delete(done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    for (const { waiting } of cursors) waiting.add(done);
  });
}

/**
 * Asks the leader whether a position is within the log; if it is, the partition is read on.
 *
 * A position before the first offset is gone at once: the first offset only grows. One after the end is
 * gone at once where there is one broker. Where there are several, one that was cut off may answer as the
 * leader that it is no more: then the leader is looked up anew for some seconds.
 * @throws PositionGone
 */
async function checkRange(fetcher: Fetcher, cursor: Cursor, from: number): Promise<void> {
  const until = Date.now() + BEYOND_MS;
  const waits = growingWaits(20, 500, fetcher.pause);
  for (;;) {
    const { first, next } = await fetcher.bounds(cursor);
    if (from >= first && from <= next) {
      cursor.outOfRange = false;
      // what the end was is not true any more
      cursor.stable = undefined;
      fetcher.moved(cursor);
      return;
    }
    if (from < first || fetcher.brokers() < 2 || Date.now() >= until) {
      throw new PositionGone(keyOf(cursor), from, first, next);
    }
    fetcher.doubt(cursor);
    await waits.next();
  }
}

async function gone(fetcher: Fetcher, at: TopicPartition, from: number): Promise<PositionGone> {
  const { first, next } = await fetcher.bounds(at);
  return new PositionGone(keyOf(at), from, first, next);
}

/**
 * A commit is answered before its records can be read: the end of the log may follow a little later. It
 * is waited for as long as that takes: a shorter log would be believed, and its last steps done twice.
 * @throws Closed
 */
async function boundsFrom(
  fetcher: Fetcher,
  at: TopicPartition,
  expected: () => number,
  isOver: () => boolean,
): Promise<Bounds> {
  const waits = growingWaits(1, 50, fetcher.pause);
  const doubts = doubtsOf(fetcher, at);
  for (;;) {
    const bounds = await fetcher.bounds(at);
    if (isOver()) throw new Closed();
    if (bounds.next >= expected()) return bounds;
    doubts.below();
    await waits.next();
  }
}

/** To be told whenever a leader lacks what is known to exist. */
function doubtsOf(fetcher: Fetcher, at: TopicPartition): { readonly below: () => void } {
  let since: number | undefined;
  let times = 0;
  return {
    below: () => {
      since ??= Date.now();
      if (Date.now() - since < BELOW_MS) return;
      since = Date.now();
      times += 1;
      fetcher.report(times, `${keyOf(at)} ends before what was written to it: who leads it now?`);
      fetcher.doubt(at);
    },
  };
}
