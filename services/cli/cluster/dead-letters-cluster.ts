import { DEAD_LETTERS } from '@tidemark/engine/dead-letter';
import type { ProducedRecord } from '@tidemark/engine/adapters/kafka/kafka';
import type { LogRecord, TopicLog } from '@tidemark/engine/ports';
import { clusterOrders } from '@tidemark/processor/cluster-orders';
import type { Place } from '@tidemark/processor/orders';
import { GLOBAL_TOPICS, INPUT_TOPICS, ORDERS } from '@tidemark/processor/topics';
import { wireJsonLog } from '@tidemark/processor/wire-json';
import type { DeadLetter } from '@tidemark/schemas/records';
import type { FoundLetter, LetterHead, Letters } from '../letters/letters';
import { withCluster, type Cluster } from './cluster';
import type { ClusterOptions } from './cluster-options';
import { letterRecords, type LetterRecords } from './dead-letters-records';
import { withOrderDesk } from './order-desk';
import type { Stream } from './time-order';

const READ = { records: 500, bytes: 4 << 20 };

/** The dead letters of a cluster; workers go on. */
export const withClusterLetters = <T>(
  options: ClusterOptions,
  use: (letters: Letters<ProducedRecord>) => Promise<T>,
): Promise<T> =>
  withCluster(options, [...INPUT_TOPICS, ...GLOBAL_TOPICS, DEAD_LETTERS, ORDERS], (cluster) =>
    use(lettersOf(cluster, letterRecords(cluster))),
  );

function lettersOf(cluster: Cluster, records: LetterRecords): Letters<ProducedRecord> {
  const logOf = (partition: number): TopicLog => wireJsonLog(cluster.log(partition), cluster.wire);
  const find = async (place: Place): Promise<FoundLetter | undefined> => {
    const { topic, partition, offset } = place;
    if (topic !== DEAD_LETTERS || partition >= cluster.partitions) return undefined;
    const log = logOf(partition);
    const { first, next } = await log.bounds(topic);
    if (offset < first || offset >= next) return undefined;
    const [record] = (await log.read(topic, offset, { records: 1, bytes: 1 })).records;
    const letter = record?.offset === offset ? letterIn(record) : undefined;
    if (record === undefined || letter === undefined) return undefined;
    const head = { ...headOf(place, record, letter), key: await records.keyOf(letter) };
    return { head, letter, record: await records.jsonOf(letter) };
  };
  return {
    heads: (withKeys) =>
      Promise.all(
        Array.from({ length: cluster.partitions }, (_, partition) =>
          streamOf(logOf(partition), partition, withKeys ? records.keyOf : undefined),
        ),
      ),
    find,
    orders: async () => {
      const log = clusterOrders(cluster);
      try {
        return await log.all();
      } finally {
        await log.close();
      }
    },
    ordering: (use) =>
      withOrderDesk(cluster, ({ orders, give }) =>
        use({
          orders,
          recordOf: async ({ place }) => {
            const found = await find(place);
            return found === undefined ? GONE : records.recordOf(found.letter);
          },
          give: async (sent, given) => {
            await give(sent, given);
            // whether they are refused again, their partitions decide
            return 0;
          },
        }),
      ),
  };
}

const GONE = { ok: false, why: 'the letter is gone' } as const;

const headOf = (
  place: Place,
  { appendedAt }: LogRecord,
  { code, source }: DeadLetter,
): LetterHead => ({ place, at: appendedAt, code, source, key: undefined });

/** Undefined: what somebody else has written there. */
function letterIn({ value }: LogRecord): DeadLetter | undefined {
  try {
    const letter: DeadLetter = JSON.parse(Buffer.from(value).toString('utf8'));
    return letter;
  } catch {
    return undefined;
  }
}

/** Those that are there now; what comes later is for the next who looks. */
async function streamOf(
  log: TopicLog,
  partition: number,
  keyOf: LetterRecords['keyOf'] | undefined,
): Promise<Stream<LetterHead>> {
  const { first, next: end } = await log.bounds(DEAD_LETTERS);
  let from = first;
  return {
    more: async () => {
      const heads: LetterHead[] = [];
      while (heads.length === 0 && from < end) {
        const { records, next } = await log.read(DEAD_LETTERS, from, READ);
        if (next === from) break;
        from = next;
        for (const record of records) {
          const letter = letterIn(record);
          if (letter === undefined || record.offset >= end) continue;
          const place = { topic: DEAD_LETTERS, partition, offset: record.offset };
          const key = await keyOf?.(letter);
          heads.push({ ...headOf(place, record, letter), key });
        }
      }
      return heads;
    },
  };
}
