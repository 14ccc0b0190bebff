import type { Admin, Reader, TopicPartition } from '@tidemark/engine/adapters/kafka/kafka';
import type { TopicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import { PartitionStopped, PositionGone } from '@tidemark/engine/errors';
import { orLate, pause } from '@tidemark/engine/pause';
import type { Bounds } from '@tidemark/engine/ports';
import { oneAtATime } from './one-at-a-time';
import { INPUT_TOPICS } from './topics';

/** How far a partition is behind one of its topics. */
export interface TopicLag {
  readonly topic: string;
  readonly records: number;
  /** Of the oldest record that is not decided, milliseconds; 0: there is none; undefined: not known. */
  readonly ageMs: number | undefined;
  /** Until its topic deletes it, milliseconds; undefined: not known. */
  readonly retentionLeftMs: number | undefined;
}

export interface LagSampler {
  /** As it was seen last; nothing where that is long ago: a broker does not answer. */
  readonly lagsOf: (partition: number) => readonly TopicLag[];
  /** Whether the brokers have answered of late. */
  readonly isHeard: () => boolean;
  readonly close: () => Promise<void>;
}

export interface LagSource {
  readonly reader: Reader;
  readonly names: TopicNames;
  readonly admin: () => Admin;
  /** Of each partition that is kept here, the next offset of each topic; none while it recovers. */
  readonly positions: () => readonly {
    readonly partition: number;
    readonly positions: Readonly<Record<string, number>>;
  }[];
}

const EVERY_MS = 5_000;
/** With the pause between two looks less than SILENT_MS: one that has no answer takes no other's away. */
const ANSWER_MS = 8_000;
/** What was seen longer ago is not told any more: the brokers are away. */
export const SILENT_MS = 15_000;
const RETENTION_EVERY_MS = 600_000;
const ONE = { records: 1, bytes: 1 };

interface Seen {
  readonly at: number;
  readonly lags: readonly TopicLag[];
}

/**
 * Looks again and again, so that whoever asks for metrics never waits for a broker. The append time of the
 * oldest record that waits is read from the topic, once for each place.
 */
export function sampleLags({ reader, names, admin, positions }: LagSource): LagSampler {
  const closing = new AbortController();
  const view = reader.view();
  const seen = new Map<number, Seen>();
  let heard = performance.now();
  const appendTimes = new Map<
    string,
    { readonly offset: number; readonly at: number | undefined }
  >();
  let retention: ReadonlyMap<string, number> = new Map();
  let retentionAt = -Infinity;

  const asks = oneAtATime<Bounds>();
  const boundsOf = async (at: TopicPartition): Promise<Bounds> => {
    const asked = asks(`${at.topic}/${at.partition}`, () => view.bounds(at));
    // of a topic that was cut they never come: what was there is waited for
    const found = await orLate(asked, ANSWER_MS);
    if (found === undefined) throw new Error('no answer');
    return found;
  };
  const appendTime = async (at: TopicPartition, offset: number): Promise<number | undefined> => {
    const place = `${at.topic}/${at.partition}`;
    const known = appendTimes.get(place);
    if (known?.offset === offset) return known.at;
    const { records } = await view.read(at, offset, ONE).finally(() => view.release([at]));
    const found = records[0]?.timestamp;
    appendTimes.set(place, { offset, at: found });
    return found;
  };
  const lagOf = async (
    partition: number,
    logical: string,
    position: number | undefined,
  ): Promise<TopicLag> => {
    const { topic } = names.of(logical);
    const at = { topic, partition };
    const { first, next } = await boundsOf(at);
    const from = position ?? first;
    const keptMs = retention.get(topic);
    const records = Math.max(0, next - from);
    const told = { topic: logical, records };
    if (records === 0) return { ...told, ageMs: 0, retentionLeftMs: keptMs };
    try {
      const appendedAt = await appendTime(at, from);
      const ageMs = appendedAt === undefined ? undefined : Math.max(0, Date.now() - appendedAt);
      const isKnown = keptMs !== undefined && ageMs !== undefined;
      return { ...told, ageMs, retentionLeftMs: isKnown ? keptMs - ageMs : undefined };
    } catch (error) {
      // it has been deleted
      if (error instanceof PositionGone) return { ...told, ageMs: undefined, retentionLeftMs: 0 };
      // it is there, and cannot be read: how old it is nobody knows
      if (!(error instanceof PartitionStopped)) throw error;
      return { ...told, ageMs: undefined, retentionLeftMs: undefined };
    }
  };
  const look = async (): Promise<void> => {
    const now = performance.now();
    if (now - retentionAt > RETENTION_EVERY_MS) {
      retention = await retentionOf(admin(), names);
      retentionAt = now;
    }
    const standing = positions().filter(({ partition, positions: at }) => {
      // where it stands is not known: were all of its records told, more processors would be started for them
      const isKnown = Object.keys(at).length > 0;
      if (!isKnown) seen.delete(partition);
      return isKnown;
    });
    // each topic on its own: where one cannot be seen the others are
    const answered = await Promise.all(
      standing.map(async ({ partition, positions: at }) => {
        const asked = INPUT_TOPICS.map((topic) => lagOf(partition, topic, at[topic]));
        const looked = await Promise.allSettled(asked);
        const lags = looked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
        if (lags.length > 0) seen.set(partition, { at: performance.now(), lags });
        return lags.length > 0;
      }),
    );
    if (answered.length === 0 || answered.includes(true)) heard = performance.now();
  };
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      // brokers do not say how long topics keep what they have: they are away
      await look().catch(() => undefined);
      await pause(EVERY_MS, closing.signal);
    }
  };
  void run();
  return {
    lagsOf: (partition) => {
      const last = seen.get(partition);
      return last === undefined || performance.now() - last.at > SILENT_MS ? [] : last.lags;
    },
    isHeard: () => performance.now() - heard <= SILENT_MS,
    close: () => {
      closing.abort();
      // what is under way may wait for a broker: it ends by itself
      return view.close();
    },
  };
}

/** For how long each input topic keeps a record, milliseconds; Infinity: for good. */
async function retentionOf(admin: Admin, names: TopicNames): Promise<ReadonlyMap<string, number>> {
  try {
    const infos = await admin.topics(INPUT_TOPICS.map((topic) => names.of(topic).topic));
    return new Map(
      infos.map(({ name, config }) => {
        const ms = Number(config['retention.ms'] ?? -1);
        const isDeleted = (config['cleanup.policy'] ?? 'delete').includes('delete');
        return [name, isDeleted && ms >= 0 ? ms : Number.POSITIVE_INFINITY] as const;
      }),
    );
  } finally {
    await admin.close();
  }
}
