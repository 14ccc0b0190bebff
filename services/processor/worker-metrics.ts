import { Fenced, Unsure, type StopReason } from '@tidemark/engine/errors';
import { addTo, newMeasures, type Histogram, type Measures } from '@tidemark/engine/measures';
import type { PartitionEvent } from '@tidemark/engine/options';
import type { KeptPartition } from './cluster-partitions';
import type { Log } from './cluster-log';
import type { TopicLag } from './lag-metrics';
import { stopReasonOf, type MeasuredPartition } from './partition-metric';

/** What a worker has measured of the partitions that it has, or had: counters never go back. */
export interface WorkerMetrics {
  /** Of a partition, from one runner to the next for as long as the process lives. */
  readonly of: (partition: number) => Measures;
  /** A partition is run again. */
  readonly begun: (partition: number) => void;
  /** A runner has ended by a failure. */
  readonly ended: (partition: number, error: unknown) => void;
  readonly measured: (
    kept: readonly KeptPartition[],
    lagsOf: (partition: number) => readonly TopicLag[],
  ) => readonly MeasuredPartition[];
  /** Of each partition that it has kept since it began. */
  readonly freshness: () => readonly Histogram[];
}

export function workerMetrics(): WorkerMetrics {
  const measures = new Map<number, Measures>();
  const stuck = new Map<number, StopReason>();
  const of = (partition: number): Measures => {
    const known = measures.get(partition);
    if (known !== undefined) return known;
    const made = newMeasures();
    measures.set(partition, made);
    return made;
  };
  return {
    of,
    begun: (partition) => stuck.delete(partition),
    ended: (partition, error) => {
      if (error instanceof Unsure) return;
      if (error instanceof Fenced) addTo(of(partition).others, 'fenced');
      else stuck.set(partition, stopReasonOf(error));
    },
    measured: (kept, lagsOf) =>
      // those that went to others are told of by them
      kept.map(({ partition, phase, status }) => ({
        ...{ partition, phase, status, measures: of(partition) },
        stuck: phase === 'stopped' ? (stuck.get(partition) ?? 'other') : undefined,
        lags: lagsOf(partition),
      })),
    freshness: () => [...measures.values()].map(({ freshness }) => freshness),
  };
}

const RARE: ReadonlySet<PartitionEvent['kind']> = new Set([
  'checkpoint-lost',
  'rebuild-begun',
  'skipped',
]);

/** Tells of what happens to a partition, with its step. */
export const tellingOf =
  (log: Log, partition: number) =>
  ({ kind, ...about }: PartitionEvent): void => {
    const line = { level: RARE.has(kind) ? 'warn' : 'info', event: kind, partition } as const;
    if (!('inForce' in about)) return log({ ...line, ...about });
    const { inForce, step } = about;
    log({ ...line, step, inForce: inForce.map(({ name, version }) => `${name}@${version}`) });
  };
