import type { PartitionStatus } from '@tidemark/engine/runner';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What is measured of a partition; NaN: it is not known here. No label holds customer data. */
export interface MeasuredPartition {
  readonly partition: number;
  readonly report: Omit<PartitionStatus, 'phase'> & {
    readonly phase: string;
    readonly lag: number;
  };
}

type Value = (report: MeasuredPartition['report']) => number;

/** Read from the partitions when somebody looks. */
const GAUGES: readonly (readonly [name: string, help: string, value: Value])[] = [
  ['up', '1: takes and decides events', ({ phase }) => (phase === 'live' ? 1 : 0)],
  ['step', 'Number of the last committed step', ({ step }) => step],
  ['clock_seconds', 'The clock of the partition', ({ clock }) => clock / 1000],
  ['customers', 'Customers that are known', ({ keys }) => keys],
  ['lag_events', 'Events that are durable and not decided yet', ({ lag }) => lag],
  ['dirty_states', 'States that the checkpoint lacks', ({ dirty }) => dirty],
  ['replay_steps_left', 'Steps to replay until live', ({ replay }) => replay.of - replay.done],
  [
    'sweep_customers_left',
    'Customers that a sweep has yet to decide',
    (report) => report.sweepLeft,
  ],
];

export function addPartitionMetrics(
  registry: Registry,
  partitions: () => readonly MeasuredPartition[],
): void {
  for (const [name, help, value] of GAUGES) {
    new Gauge({
      name: `tidemark_partition_${name}`,
      help,
      labelNames: ['partition'],
      registers: [registry],
      collect() {
        // those that went to others are told of by them
        this.reset();
        for (const { partition, report } of partitions()) {
          const now = value(report);
          // what is not known here is told elsewhere
          if (Number.isNaN(now)) continue;
          this.set({ partition: String(partition) }, Number.isFinite(now) ? now : 0);
        }
      },
    });
  }
  new Counter({
    name: 'tidemark_partition_total',
    help: 'What the partition has counted since it was started',
    labelNames: ['partition', 'what'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { partition, report } of partitions()) {
        for (const [what, count] of Object.entries(report.counts)) {
          this.inc({ partition: String(partition), what }, count);
        }
      }
    },
  });
}
