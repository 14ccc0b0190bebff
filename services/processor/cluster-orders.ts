import type { Reader } from '@tidemark/engine/adapters/kafka/kafka';
import { kafkaTopicLog } from '@tidemark/engine/adapters/kafka/topic-log';
import type { TopicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import type { Skip } from '@tidemark/engine/options';
import { orAborted, pause } from '@tidemark/engine/pause';
import type { TopicLog } from '@tidemark/engine/ports';
import { parseOrder } from '@tidemark/schemas/global-records';
import type { Order } from '@tidemark/schemas/records';
import { skipsOf } from './orders';
import { ORDERS } from './topics';
import type { Wire } from './wire';
import { wireJsonLog } from './wire-json';

const READ = { records: 1_000, bytes: 4 << 20 };

/** The orders of a cluster, read on from where they were read to. */
export interface OrderLog {
  /** All that were given before this was asked, the oldest first. */
  readonly all: () => Promise<readonly Order[]>;
  readonly close: () => Promise<void>;
}

/** @param log of a global topic, with its records as JSON */
export function orderLog(log: Pick<TopicLog, 'bounds' | 'read'>): Omit<OrderLog, 'close'> {
  const orders: Order[] = [];
  let at: number | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  const readOn = async (): Promise<readonly Order[]> => {
    const { first, next } = await log.bounds(ORDERS);
    for (let from = at ?? first; from < next; from = at) {
      const slice = await log.read(ORDERS, from, READ);
      if (slice.next === from) break;
      for (const { value } of slice.records) {
        const order = orderIn(value);
        if (order !== undefined) orders.push(order);
      }
      at = slice.next;
    }
    return [...orders];
  };
  return {
    // one after the other: two that read on from one place would take the same twice
    all: () => {
      const mine = tail.then(readOn);
      tail = mine.catch(() => undefined);
      return mine;
    },
  };
}

/** Undefined: what somebody else has written there. */
function orderIn(value: Uint8Array): Order | undefined {
  try {
    const parsed = parseOrder(JSON.parse(Buffer.from(value).toString('utf8')));
    return parsed.ok ? parsed.record : undefined;
  } catch {
    return undefined;
  }
}

/** Where a cluster's orders are. */
export interface OrdersIn {
  readonly reader: Reader;
  readonly names: TopicNames;
  readonly wire: Wire;
}

export function clusterOrders({ reader, names, wire }: OrdersIn): OrderLog {
  const log = kafkaTopicLog(reader, names, 0);
  return { ...orderLog(wireJsonLog(log, wire)), close: log.close };
}

/** The orders to pass records over, for the partitions of a worker. */
export interface SkipOrders {
  /** Those about a partition; it is run with them. */
  readonly of: (partition: number) => Promise<readonly Skip[]>;
  /**
   * Waits while a partition is stopped.
   * @returns true: there is an order that it was not run with; false: the wait was ended
   */
  readonly more: (partition: number, ended: AbortSignal) => Promise<boolean>;
}

/** Orders are rare, and somebody waits for a stopped partition who has just given one. */
const LOOK_MS = 1_000;

export function skipOrders({ all }: Pick<OrderLog, 'all'>, lookMs = LOOK_MS): SkipOrders {
  const given = new Map<number, number>();
  const of = async (partition: number): Promise<readonly Skip[]> => skipsOf(await all(), partition);
  return {
    of: async (partition) => {
      const skips = await of(partition);
      given.set(partition, skips.length);
      return skips;
    },
    more: async (partition, ended) => {
      for (;;) {
        await pause(lookMs, ended);
        if (ended.aborted) return false;
        // brokers may be away: then there is nothing to find out now
        const asked = of(partition).catch(() => []);
        const found = (await orAborted(asked, ended)) ?? [];
        if (found.length > (given.get(partition) ?? 0)) return !ended.aborted;
      }
    },
  };
}
