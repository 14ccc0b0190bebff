import { faultText } from '@tidemark/engine/errors';
import { pause } from '@tidemark/engine/pause';
import { readOnlyPartition } from '@tidemark/engine/adapters/kafka/kafka-ports';
import { redisReader } from '@tidemark/engine/adapters/redis/reader';
import type { Connections } from './cluster-connections';
import type { Log } from './cluster-log';
import type { Settings } from './configuration';
import type { PartitionReport } from './engine';
import { INPUT_TOPICS } from './topics';

/** How the partitions stand, as seen from outside: by their journals, topics and states. */
export interface StatusFollower {
  readonly reports: () => readonly PartitionReport[];
  readonly close: () => Promise<void>;
}

const EVERY_MS = 1_000;

/** What nobody but the owner knows. */
const UNKNOWN = { keys: Number.NaN, dirty: Number.NaN, sweepLeft: Number.NaN, counts: {} };

const unseen: PartitionReport = {
  ...{ ...UNKNOWN, phase: 'recovering', step: -1, clock: 0, version: '', restartStep: 0 },
  ...{ replay: { done: 0, of: 0 }, sweeping: false, positions: {} },
  ...{ dirtySince: undefined, copyBehind: 0 },
  ...{ written: 0, lag: 0, waitingSince: undefined, fault: undefined },
};

/**
 * Looks again every second. A partition is live where Redis holds all its states, whether or not a worker
 * runs it now: what was decided can be told.
 */
export function followStatus(
  { application, generation }: Pick<Settings, 'application' | 'generation'>,
  { reader, names, wire, redis, partitions }: Connections,
  log: Log,
): StatusFollower {
  const closing = new AbortController();
  const states = redisReader({ connection: redis, application, generation });
  const reports = Array.from({ length: partitions }, () => unseen);
  const told = new Map<number, string>();

  const look = async (partition: number, journal: Journal): Promise<PartitionReport> => {
    const last = (await journal.ledger.last())?.record;
    const bounds = await Promise.all(
      INPUT_TOPICS.map((topic) => reader.bounds({ topic: names.of(topic).topic, partition })),
    );
    const positions = last?.positions ?? {};
    let [written, lag] = [0, 0];
    INPUT_TOPICS.forEach((topic, i) => {
      const { first, next } = bounds[i] ?? { first: 0, next: 0 };
      written += next;
      lag += Math.max(0, next - (positions[topic] ?? first));
    });
    const isFilled = (await states.watermark(partition)) !== undefined;
    const { step = -1, clock = 0, version = '' } = last ?? {};
    const restartStep = last?.restart.step ?? 0;
    const phase = isFilled ? 'live' : 'recovering';
    return { ...unseen, phase, step, clock, version, restartStep, positions, written, lag };
  };
  const follow = async (partition: number): Promise<void> => {
    const journal = readOnlyPartition({ reader, names, partition, frame: wire.frame });
    while (!closing.signal.aborted) {
      try {
        reports[partition] = await look(partition, journal);
        told.delete(partition);
      } catch (error) {
        if (closing.signal.aborted) break;
        const why = faultText(error);
        reports[partition] = { ...(reports[partition] ?? unseen), phase: 'recovering' };
        if (told.get(partition) !== why) log({ level: 'warn', event: 'status', partition, why });
        told.set(partition, why);
      }
      await pause(EVERY_MS, closing.signal);
    }
    await journal.close();
  };
  const done = Promise.all(reports.map((_, partition) => follow(partition)));
  return {
    reports: () => reports,
    close: async () => {
      closing.abort();
      await done;
    },
  };
}

type Journal = ReturnType<typeof readOnlyPartition>;
