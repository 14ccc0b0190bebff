import type { TopicPartition } from '../kafka';
import type { BrokerLink } from './fetch-broker';
import { wantsMore, type Cursor } from './fetch-cursor';
import { keyOf } from './fetch-leaders';
import type { Asked } from './fetch-request';

/**
 * One connection to a broker that carries one fetch after the other. The broker answers a connection's
 * requests in turn, so that one which waits for records holds up the next. Each broker therefore has two:
 * the first waits long, for all that is caught up; while it does, the second serves those who come in
 * between (a new partition, another position, a buffer that has room again) until the first is back.
 */
export interface Lane {
  readonly node: number;
  readonly link: BrokerLink;
  /** What is being fetched: from where, by partition. */
  inFlight: ReadonlyMap<string, number>;
  isLong: boolean;
}

export const NOTHING: ReadonlyMap<string, number> = new Map();

export const newLane = (node: number, link: BrokerLink): Lane => ({
  node,
  link,
  inFlight: NOTHING,
  isLong: false,
});

export interface Choice {
  readonly asked: readonly Asked[];
  readonly waitMs: number;
  readonly isLong: boolean;
}

const LONG_WAIT_MS = 250;
/** While another lane is under way: then all of it is served by one again. */
const SHORT_WAIT_MS = 20;
/** While two read one partition from two places: a request has room for one of them. */
const TURN_WAIT_MS = 5;

/**
 * What a lane fetches next. Who was served longest ago comes first: an answer has room for a few MB.
 * @param first whether it is the lane that waits long
 * @param turn grows from one request to the next
 */
export function choose(
  cursors: Iterable<Cursor>,
  leaderOf: (at: TopicPartition) => number | undefined,
  { node }: Lane,
  other: Lane,
  first: boolean,
  turn: number,
): Choice {
  const chosen = new Map<string, Cursor>();
  let leftOut = false;
  if (first || other.isLong) {
    for (const cursor of cursors) {
      if (leaderOf(cursor) !== node || !wantsMore(cursor)) continue;
      const key = keyOf(cursor);
      if (other.inFlight.get(key) === cursor.position) continue;
      const rival = chosen.get(key);
      leftOut ||= rival !== undefined && rival.position !== cursor.position;
      if (rival === undefined || cursor.asked < rival.asked) chosen.set(key, cursor);
    }
  }
  const sorted = [...chosen.values()].sort((a, b) => a.asked - b.asked);
  const asked = sorted.map(({ topic, partition, position }) => ({
    topic,
    partition,
    from: position,
  }));
  for (const [i, cursor] of sorted.entries()) cursor.asked = turn + i / (sorted.length + 1);
  const isLong = first && !leftOut && other.inFlight.size === 0;
  const waitMs = leftOut ? TURN_WAIT_MS : isLong ? LONG_WAIT_MS : SHORT_WAIT_MS;
  return { asked, waitMs, isLong };
}
