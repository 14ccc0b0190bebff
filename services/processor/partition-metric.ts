import { PartitionStopped, PositionGone, type StopReason } from '@tidemark/engine/errors';
import type { Measures, Tally } from '@tidemark/engine/measures';
import type { PartitionStatus } from '@tidemark/engine/runner';
import type { TopicLag } from './lag-metrics';
import type { Component, Metric, Sample } from './metric-text';

/** What is measured of a partition that is kept here. No label holds customer data. */
export interface MeasuredPartition {
  readonly partition: number;
  readonly phase: (typeof PHASES)[number];
  /** Why it waits for a person, where it does. */
  readonly stuck: StopReason | undefined;
  readonly status: PartitionStatus | undefined;
  readonly measures: Measures;
  readonly lags: readonly TopicLag[];
}

export const PHASES = ['starting', 'recovering', 'waiting', 'live', 'fenced', 'stopped'] as const;

export type PartitionMetric = Metric<readonly MeasuredPartition[]>;

/** Of a partition: its labels after the partition, and the value. */
type Read = (one: MeasuredPartition) => Iterable<Sample>;

const OWNERS: readonly Component[] = ['processor', 'embedded'];
/** Those that only a processor of a cluster has. */
export const CLUSTER: readonly Component[] = ['processor'];

/** A metric of each partition. */
export const perPartition =
  (type: PartitionMetric['type'], components = OWNERS) =>
  (
    name: string,
    labels: readonly string[],
    help: string,
    read: (one: MeasuredPartition) => Iterable<Sample>,
  ): PartitionMetric => ({
    ...{ name: `tidemark_${name}`, type, help, in: components },
    labels: ['partition', ...labels],
    *samples(partitions) {
      for (const one of partitions) {
        const own = String(one.partition);
        for (const { labels: more, value } of read(one)) yield { labels: [own, ...more], value };
      }
    },
  });

/** One value without further labels; undefined: it is not known now. */
export const single =
  (read: (one: MeasuredPartition) => Sample['value'] | undefined): Read =>
  (one) => {
    const value = read(one);
    return value === undefined ? [] : [{ labels: [], value }];
  };

/**
 * A value for each name of a tally.
 * @param known names that have one from the beginning: an increase from nothing is not seen as one
 */
export const each =
  (read: (measures: Measures) => Tally, known: readonly string[] = []): Read =>
  ({ measures }) =>
    [...withZeros(read(measures), known)].map(([name, value]) => ({ labels: [name], value }));

const withZeros = (tally: Tally, known: readonly string[]): Tally =>
  new Map([...known.map((name) => [name, 0] as const), ...tally]);

/** One of the counts that a runner has by name; 0 while nothing was counted. */
export const other = (name: string): Read =>
  single(({ measures }) => measures.others.get(name) ?? 0);

/** Those of the counts that begin with a prefix, by the rest of their names. */
export const others = (prefix: string, known: readonly string[]): Read =>
  each(
    (measures) =>
      new Map(
        [...measures.others].flatMap(([name, value]) =>
          name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
        ),
      ),
    known,
  );

/** One sample for each name, 1 for the one that is. */
export const oneOf = (names: readonly string[], is: string): Sample[] =>
  names.map((name) => ({ labels: [name], value: name === is ? 1 : 0 }));

/** A value of the status, while there is one, also of a partition that is stopped: where it stands. */
export const place =
  (read: (status: PartitionStatus) => number | undefined): Read =>
  (one) =>
    single(({ status: now }) => (now === undefined ? undefined : read(now)))(one);

/** A value of the status, while there is one that may still change. */
export const status = (read: (status: PartitionStatus) => number | undefined): Read =>
  place((now) => (now.phase === 'stopped' ? undefined : read(now)));

export const seconds = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : ms / 1000;

/** A value for each topic. */
export const lagOf =
  (read: (lag: TopicLag) => number | undefined): Read =>
  ({ lags }) =>
    lags.flatMap((lag) => {
      const value = read(lag);
      return value === undefined ? [] : [{ labels: [lag.topic], value }];
    });

/** What kind of thing has stopped a partition. */
export function stopReasonOf(error: unknown): StopReason {
  if (error instanceof PositionGone) return 'data';
  return error instanceof PartitionStopped ? error.reason : 'other';
}
