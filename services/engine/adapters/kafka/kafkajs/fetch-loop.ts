import type { KafkaSettings, TopicPartition } from '../kafka';
import { Closed, growingWaits, pauses, saidOf } from './errors';
import { takeAnswer } from './fetch-answer';
import { boundsAt, type Bounds } from './fetch-bounds';
import { linkTo, type BrokerLink } from './fetch-broker';
import { notify, wantsMore, type Cursor } from './fetch-cursor';
import { choose, newLane, NOTHING, type Choice, type Lane } from './fetch-lanes';
import { keyOf, leadersOf } from './fetch-leaders';
import { fetchExchange } from './fetch-request';

/** Fetches for all cursors, from every broker that leads one of them, whatever happens to the brokers. */
export interface Fetcher {
  readonly add: (cursor: Cursor) => void;
  readonly remove: (cursor: Cursor) => void;
  /** To be called when a cursor was moved or read. */
  readonly moved: (cursor: Cursor) => void;
  /** Resolves when the leader has answered, however long that takes. @throws Closed */
  readonly bounds: (at: TopicPartition) => Promise<Bounds>;
  /** Number of brokers of the cluster, as far as is known. */
  readonly brokers: () => number;
  /** Asks for the leader anew, of another broker than before. */
  readonly doubt: (at: TopicPartition) => void;
  /** Tells the log of what lasts, less and less often. @param times how often it was met */
  readonly report: (times: number, what: string) => void;
  readonly pause: (ms: number) => Promise<void>;
  readonly closed: () => boolean;
  readonly close: () => Promise<void>;
}

const FIRST_WAIT_MS = 5;
const MOST_WAIT_MS = 1000;
const LIMITS = { bytes: 8 << 20, partitionBytes: 1 << 20 };
/**
 * What comes in little by little is fetched so often, ms: each request costs both sides more than the few
 * records that it brings, and on a busy machine they would wait for that.
 */
const GAP_MS = 4;
const LITTLE_BYTES = 64 << 10;

interface Node {
  readonly control: BrokerLink;
  readonly lanes: readonly [Lane, Lane];
}

export function fetcherOf(settings: KafkaSettings): Fetcher {
  const cursors = new Set<Cursor>();
  const leaders = leadersOf(settings);
  const nodes = new Map<number, Node>();
  const loops: Promise<void>[] = [];
  const bell = newBell();
  const { pause, end: endPauses } = pauses();
  let closed = false;
  let turns = 0;

  function nodeOf(id: number): Node {
    const found = nodes.get(id);
    if (found !== undefined) return found;
    const link = (): BrokerLink => linkTo(settings, () => leaders.address(id));
    const lanes: [Lane, Lane] = [newLane(id, link()), newLane(id, link())];
    const node: Node = { control: link(), lanes };
    nodes.set(id, node);
    loops.push(runLane(lanes[0], lanes[1], true), runLane(lanes[1], lanes[0], false));
    return node;
  }

  /** The first time, the second, the fourth, the eighth: what lasts must not fill a log. */
  function report(times: number, what: string): void {
    if ((times & (times - 1)) === 0) settings.log?.('warn', `${what} (${times})`);
  }

  /** Nothing is fetched for it for a while, longer from one failure to the next. */
  function miss(cursor: Cursor, why: string): void {
    cursor.misses += 1;
    cursor.paused = true;
    const { misses, topic, partition } = cursor;
    report(misses, `${topic}/${partition} is not read for now: ${why}`);
    const ms = Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(misses - 1, 20));
    void pause(ms).then(() => {
      cursor.paused = false;
      bell.ring();
    });
  }

  async function keepLeaders(): Promise<void> {
    const waits = growingWaits(FIRST_WAIT_MS, MOST_WAIT_MS, pause);
    let failures = 0;
    while (!closed) {
      const lacking = [...cursors].filter((one) => !one.paused && leaders.of(one) === undefined);
      if (lacking.length === 0) {
        await bell.rung();
        continue;
      }
      try {
        await leaders.refresh([...cursors].map(({ topic }) => topic));
        waits.reset();
        failures = 0;
      } catch (error) {
        report((failures += 1), `the brokers cannot be asked for now: ${saidOf(error)}`);
        await waits.next();
        continue;
      }
      for (const cursor of lacking) {
        const leader = leaders.of(cursor);
        if (leader === undefined) miss(cursor, 'there is no leader');
        else nodeOf(leader);
      }
      bell.ring();
    }
  }

  async function runLane(lane: Lane, other: Lane, first: boolean): Promise<void> {
    while (!closed) {
      const choice = choose(cursors, leaders.of, lane, other, first, (turns += 1));
      if (choice.asked.length === 0) {
        await bell.rung();
        continue;
      }
      const sentAt = performance.now();
      const bytes = await fetchOnce(lane, choice);
      const gap = GAP_MS - (performance.now() - sentAt);
      if (bytes > 0 && bytes < LITTLE_BYTES && gap > 0) await pause(gap);
    }
  }

  /** @returns how many bytes of records it brought */
  async function fetchOnce(lane: Lane, choice: Choice): Promise<number> {
    const { asked, waitMs } = choice;
    let bytes = 0;
    lane.inFlight = new Map(asked.map((one) => [keyOf(one), one.from]));
    lane.isLong = choice.isLong;
    if (choice.isLong) bell.ring(); // the other lane may serve who comes now
    const readersAt = (key: string): Cursor[] =>
      [...cursors].filter((one) => keyOf(one) === key && one.position === lane.inFlight.get(key));
    try {
      const answers = await lane.link.send(fetchExchange(asked, { waitMs, ...LIMITS }));
      for (const answer of answers) {
        bytes += answer.section.length;
        const key = keyOf(answer);
        const from = lane.inFlight.get(key);
        if (from === undefined) continue;
        const isFirst = asked[0] !== undefined && keyOf(asked[0]) === key;
        const taken = await takeAnswer(answer, from, () => readersAt(key), isFirst);
        if (taken.kind !== 'missed') continue;
        if (taken.elsewhere) leaders.forget(answer);
        for (const cursor of readersAt(key)) miss(cursor, taken.why);
      }
    } catch (error) {
      lane.link.drop();
      if (closed) return 0;
      for (const one of asked) {
        leaders.forget(one);
        for (const cursor of readersAt(keyOf(one))) miss(cursor, saidOf(error));
      }
    } finally {
      lane.inFlight = NOTHING;
      lane.isLong = false;
    }
    return bytes;
  }

  async function bounds(at: TopicPartition): Promise<Bounds> {
    const waits = growingWaits(FIRST_WAIT_MS, MOST_WAIT_MS, pause);
    for (let tries = 1; !closed; tries += 1) {
      const leader = leaders.of(at);
      try {
        if (leader !== undefined) return await boundsAt(nodeOf(leader).control, at);
        await leaders.refresh([...[...cursors].map(({ topic }) => topic), at.topic]);
        // who reads it may sleep since the leader was forgotten
        bell.ring();
        if (leaders.of(at) !== undefined) continue;
      } catch (error) {
        if (leader !== undefined) nodes.get(leader)?.control.drop();
        leaders.forget(at);
        report(tries, `${keyOf(at)}: its bounds are not known yet: ${saidOf(error)}`);
      }
      await waits.next();
    }
    throw new Closed();
  }

  loops.push(keepLeaders());
  return {
    add: (cursor) => {
      cursors.add(cursor);
      const leader = leaders.of(cursor);
      if (leader !== undefined) nodeOf(leader);
      bell.ring();
    },
    remove: (cursor) => void cursors.delete(cursor),
    moved: (cursor) => {
      if (isUncovered(cursor, nodes.get(leaders.of(cursor) ?? -1))) bell.ring();
    },
    bounds,
    brokers: leaders.brokers,
    doubt: (at) => {
      leaders.doubt(at);
      bell.ring();
    },
    report,
    pause,
    closed: () => closed,
    close: async () => {
      closed = true;
      bell.ring();
      endPauses();
      for (const cursor of cursors) notify(cursor);
      leaders.close();
      for (const { control, lanes } of nodes.values()) {
        control.drop();
        for (const { link } of lanes) link.drop();
      }
      await Promise.all(loops);
    },
  };
}

const isUncovered = (cursor: Cursor, node: Node | undefined): boolean =>
  wantsMore(cursor) &&
  (node?.lanes.every(({ inFlight }) => inFlight.get(keyOf(cursor)) !== cursor.position) ?? true);

/** All who wait go on when it rings. */
function newBell(): { readonly ring: () => void; readonly rung: () => Promise<void> } {
  let waiting: (() => void)[] = [];
  return {
    ring: () => {
      const all = waiting;
      waiting = [];
      for (const one of all) one();
    },
    rung: () => new Promise((resolve) => waiting.push(resolve)),
  };
}
