import { Failure, faultText } from '@tidemark/engine/errors';
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
/** A partition of which nothing was heard for so long may have gone on, milliseconds. */
const SILENT_MS = 10_000;
/** What the journal has must be in Redis after so long, milliseconds: else it tells of old grades. */
const COPY_MS = 5_000;

/** A step of the journal that Redis is to reach, and since when it is awaited, UTC milliseconds. */
export interface Awaited {
  readonly step: number;
  readonly since: number;
}

export const NOT_AWAITED: Awaited = { step: -1, since: 0 };

/**
 * Whether the states in Redis may be told of: there are some, and they have not been behind the journal for
 * long. Redis may have come back from an older dump while no worker runs that would make them anew.
 * @param watermark the step that Redis is at; undefined: it is being filled
 * @param step the last of the journal, read before the watermark
 */
export function copyStands(
  awaited: Awaited,
  watermark: number | undefined,
  step: number,
  now: number,
): { readonly isLive: boolean; readonly awaited: Awaited } {
  if (watermark === undefined) return { isLive: false, awaited: NOT_AWAITED };
  const isThere = watermark >= awaited.step;
  const next = isThere ? { step, since: now } : awaited;
  return { isLive: now - next.since <= COPY_MS, awaited: next };
}

const SILENT = `nothing was heard of it for ${SILENT_MS / 1000} s: brokers do not answer`;

const REBUILT = 'Redis does not hold its states: they are made anew';
const BEHIND = 'the states in Redis are behind the journal';

const SHORTER = 'the journal ends before what was read of it: brokers do not have all of it yet';

/** What nobody but the owner knows. */
const UNKNOWN = { keys: Number.NaN, dirty: Number.NaN, sweepLeft: Number.NaN, counts: {} };

const unseen: PartitionReport = {
  ...{ ...UNKNOWN, phase: 'recovering', step: -1, clock: 0, version: '', restartStep: 0 },
  ...{ replay: { done: 0, of: 0 }, sweeping: false, positions: {} },
  ...{ dirtySince: undefined, copyBehind: 0 },
  ...{ written: 0, lag: 0, waitingSince: undefined, fault: undefined },
};

/**
 * Looks again every second. A partition is live where Redis holds all its states as the journal has them,
 * whether or not a worker runs it now: what was decided can be told. Its figures are the last that were seen.
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
  const awaited = Array.from({ length: partitions }, () => NOT_AWAITED);

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
    const { step = -1, clock = 0, version = '' } = last ?? {};
    // a journal only grows: whoever says less does not have all of it
    if (step < (reports[partition]?.step ?? -1)) throw new Failure(SHORTER);
    // also told while Redis is away: how many events wait decides whether more are taken
    reports[partition] = { ...(reports[partition] ?? unseen), written, lag };
    const watermark = await states.watermark(partition);
    const restartStep = last?.restart.step ?? 0;
    const copy = copyStands(awaited[partition] ?? NOT_AWAITED, watermark, step, Date.now());
    awaited[partition] = copy.awaited;
    const why = watermark === undefined ? REBUILT : BEHIND;
    const state = copy.isLive ? { phase: 'live' as const } : { phase: 'recovering' as const, why };
    const copyBehind = watermark === undefined ? 0 : Math.max(0, step - watermark);
    return {
      ...{ ...unseen, ...state, step, clock, version, restartStep, positions },
      ...{ copyBehind, written, lag },
    };
  };
  const heard = reports.map(() => performance.now());
  // a look waits for as long as no broker answers
  const silence = setInterval(() => {
    heard.forEach((at, partition) => {
      if (performance.now() - at > SILENT_MS) miss(partition, SILENT);
    });
  }, EVERY_MS);
  silence.unref();
  const miss = (partition: number, why: string): void => {
    reports[partition] = { ...(reports[partition] ?? unseen), phase: 'recovering', why };
    if (told.get(partition) !== why) log({ level: 'warn', event: 'status', partition, why });
    told.set(partition, why);
  };
  const follow = async (partition: number): Promise<void> => {
    const journal = readOnlyPartition({ reader, names, partition, frame: wire.frame });
    while (!closing.signal.aborted) {
      try {
        reports[partition] = await look(partition, journal);
        heard[partition] = performance.now();
        told.delete(partition);
      } catch (error) {
        if (closing.signal.aborted) break;
        heard[partition] = performance.now();
        miss(partition, faultText(error));
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
      clearInterval(silence);
      await done;
    },
  };
}

type Journal = ReturnType<typeof readOnlyPartition>;
