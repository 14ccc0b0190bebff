import { join } from 'node:path';
import { DEAD_LETTERS } from '@tidemark/engine/dead-letter';
import type { LogRecord, TopicLog } from '@tidemark/engine/ports';
import { StoreRefused } from '@tidemark/engine/adapters/local/lock';
import { lookAtPartition, partitionsIn } from '@tidemark/processor/data-directory';
import { readOrders, withOrders, type OrderBook } from '@tidemark/processor/data-orders';
import type { Place } from '@tidemark/processor/orders';
import { REFUSED } from '@tidemark/processor/topics';
import type { DeadLetter } from '@tidemark/schemas/records';
import { connectionOf, type Connection, type ConnectionOptions } from '../client/connection';
import { sendLines } from '../client/send-lines';
import type { Stream } from '../cluster/time-order';
import { UsageFault } from '../exit';
import type { Line } from '../lines';
import { letterTimes, type LetterTimes } from './letter-times';
import {
  jsonIn,
  keyOf,
  type Desk,
  type FoundLetter,
  type LetterHead,
  type Letters,
  type Sendable,
} from './letters';

export interface DirectoryOptions extends ConnectionOptions {
  readonly data: string;
}

const READ = { records: 500, bytes: 4 << 20 };
/** How long a server that is away or busy is waited for, milliseconds. */
const WAIT_MS = 10_000;

type Looked = Awaited<ReturnType<typeof lookAtPartition>>;

/**
 * The dead letters of a data directory, which a server may have open: of the steps, and of what was
 * refused at the door. Records are sent again to the server.
 * @throws UsageFault when there is no such directory
 */
export async function withDirectoryLetters<T>(
  options: DirectoryOptions,
  use: (letters: Letters<Line>) => Promise<T>,
): Promise<T> {
  const { data } = options;
  const partitions = partitionsIn(data);
  if (partitions === undefined) {
    throw new UsageFault(
      `${data} is no data directory; name one with --data DIR, or a cluster with --brokers`,
    );
  }
  const stores: Looked[] = [];
  try {
    for (let partition = 0; partition < partitions; partition += 1) {
      stores.push(await lookAtPartition({ directory: data, partitions }, partition));
    }
    return await use(lettersOf(options, stores));
  } catch (error) {
    throw error instanceof StoreRefused ? new UsageFault(error.message) : error;
  } finally {
    await Promise.all(stores.map(({ close }) => close()));
  }
}

function lettersOf(options: DirectoryOptions, stores: readonly Looked[]): Letters<Line> {
  const { data } = options;
  const logOf = ({ topic, partition }: Omit<Place, 'offset'>): TopicLog | undefined => {
    const stored = stores[partition]?.partition(partition);
    if (topic === REFUSED) return stored?.ports.inputs;
    return topic === DEAD_LETTERS ? stored?.outputs : undefined;
  };
  const timesOf = (partition: number): LetterTimes => {
    const ledger = stores[partition]?.partition(partition).ports.ledger;
    return ledger === undefined ? NO_TIMES : letterTimes(ledger);
  };
  const find = async (place: Place): Promise<FoundLetter | undefined> => {
    const { topic, offset, partition } = place;
    const log = logOf(place);
    if (log === undefined || offset >= (await log.bounds(topic)).next) return undefined;
    const { records } = await log.read(topic, offset, { records: 1, bytes: 1 });
    const [record] = records;
    if (record === undefined) return undefined;
    const times = topic === DEAD_LETTERS ? timesOf(partition) : NO_TIMES;
    const letter = letterIn(record);
    return { head: await headOf(place, record, times, true), letter, record: undefined };
  };
  return {
    heads: async (withKeys) =>
      stores.flatMap((_, partition) =>
        // at the door first: what was refused there came before any step
        [REFUSED, DEAD_LETTERS].flatMap((topic) => {
          const log = logOf({ topic, partition });
          const times = topic === DEAD_LETTERS ? timesOf(partition) : NO_TIMES;
          return log === undefined ? [] : [streamOf(log, { topic, partition }, times, withKeys)];
        }),
      ),
    find,
    orders: async () => readOrders(data),
    ordering: (use) => {
      const connection = once(() =>
        connectionOf({ ...options, tokenFile: options.tokenFile ?? join(data, 'token') }),
      );
      return withOrders(data, ({ orders, add }) =>
        use({
          orders,
          recordOf: async ({ place }) => lineOf(await find(place)),
          give: giving(connection, add),
        }),
      );
    },
  };
}

/** Sent before it is noted: cut off in between it is sent again, and the events' ids see to the rest. */
const giving =
  (connection: () => Connection, add: OrderBook['add']): Desk<Line>['give'] =>
  async (lines, orders) => {
    const isSending = lines.length > 0;
    const refused = isSending ? (await sendLines(connection(), lines, WAIT_MS)).refused : [];
    await add(orders);
    return refused.length;
  };

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const NO_TIMES: LetterTimes = async () => undefined;

function streamOf(
  log: TopicLog,
  at: Omit<Place, 'offset'>,
  times: LetterTimes,
  withKeys: boolean,
): Stream<LetterHead> {
  let from = 0;
  return {
    more: async () => {
      const { records, next } = await log.read(at.topic, from, READ);
      from = next;
      const heads: LetterHead[] = [];
      for (const record of records) {
        heads.push(await headOf({ ...at, offset: record.offset }, record, times, withKeys));
      }
      return heads;
    },
  };
}

async function headOf(
  place: Place,
  record: LogRecord,
  times: LetterTimes,
  withKey: boolean,
): Promise<LetterHead> {
  const { code, source, payload } = letterIn(record);
  const key = withKey ? keyOf(jsonIn(payload)) : undefined;
  return { place, at: await times(place.offset), code, source, key };
}

function letterIn({ value }: LogRecord): DeadLetter {
  const letter: DeadLetter = JSON.parse(Buffer.from(value).toString('utf8'));
  return letter;
}

function lineOf(found: FoundLetter | undefined): Sendable<Line> {
  if (found === undefined) return { ok: false, why: 'it is gone' };
  const { payload } = found.letter;
  if (jsonIn(payload) === undefined) {
    return { ok: false, why: 'it is no JSON: have its sender send it anew, and discard it' };
  }
  // between the parts of a JSON text a line's end is a space like others
  const text = payload.replace(/[\r\n]+/g, ' ');
  return { ok: true, record: { text, number: found.head.place.offset + 1 }, bytes: text.length };
}
