import type { Histogram } from '@tidemark/engine/measures';
import { BUILD } from '@tidemark/rating/build';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { LOG_LEVELS } from './cluster-log';
import type { PartitionReport } from './engine';
import { textOf, type Component, type Metric } from './metric-text';
import { PARTITION_METRICS } from './partition-metrics';
import type { MeasuredPartition } from './partition-metric';
import { PORTFOLIO_METRICS } from './portfolio-metrics';

/** What is measured of a process as a whole. */
export interface MeasuredProcess {
  readonly component: Component;
  /** As /readyz answers. */
  readonly isReady: boolean;
  /** Lines of its log, by level. */
  readonly lines?: ReadonlyMap<string, number> | undefined;
  /** Times that the group has distributed partitions. */
  readonly assignments?: number;
  /** Redis has answered when it was asked last; undefined: it was not asked yet. */
  readonly isRedisUp?: boolean | undefined;
  /** Of each partition that it has, or had: seconds from append to commit. */
  readonly freshness?: readonly Histogram[];
}

/** The objective: a record is committed within so long of its append, seconds. A bound of the histogram. */
const OBJECTIVE_S = 1;

/** Records that were in time, and those that were late. */
function byObjective(histograms: readonly Histogram[]): { inTime: number; late: number } {
  const found = { inTime: 0, late: 0 };
  for (const { bounds, counts } of histograms) {
    counts.forEach((n, i) => {
      found[(bounds[i] ?? Infinity) <= OBJECTIVE_S ? 'inTime' : 'late'] += n;
    });
  }
  return found;
}

const EVERYWHERE: readonly Component[] = ['processor', 'embedded', 'api'];

export const PROCESS_METRICS: readonly Metric<MeasuredProcess>[] = [
  {
    ...{ name: 'tidemark_build_info', type: 'gauge', labels: ['component', 'build'] },
    in: EVERYWHERE,
    help: 'The build of the rating that runs',
    samples: ({ component }) => [{ labels: [component, BUILD], value: 1 }],
  },
  {
    ...{ name: 'tidemark_ready', type: 'gauge', labels: [] },
    in: EVERYWHERE,
    help: '1: /readyz answers with 200',
    samples: ({ isReady }) => [{ labels: [], value: isReady ? 1 : 0 }],
  },
  {
    ...{ name: 'tidemark_log_lines_total', type: 'counter', labels: ['level'] },
    in: ['processor', 'api'],
    help: 'Lines that were written to the log',
    samples: ({ lines }) =>
      LOG_LEVELS.map((level) => ({ labels: [level], value: lines?.get(level) ?? 0 })),
  },
  {
    ...{ name: 'tidemark_assignments_total', type: 'counter', labels: [] },
    in: ['processor'],
    help: 'Times that the group has distributed partitions to this process',
    samples: ({ assignments = 0 }) => [{ labels: [], value: assignments }],
  },
  {
    ...{ name: 'tidemark_redis_up', type: 'gauge', labels: [] },
    in: ['processor'],
    help: '1: Redis has answered when it was asked last',
    samples: ({ isRedisUp }) =>
      isRedisUp === undefined ? [] : [{ labels: [], value: isRedisUp ? 1 : 0 }],
  },
  {
    // of the process, not of a partition: its first value stands there before it has taken one over, and
    // it does not go with the partition
    ...{ name: 'tidemark_freshness_records_total', type: 'counter', labels: ['late'] },
    in: ['processor', 'embedded'],
    help: `Records committed within ${OBJECTIVE_S} s of their append (no), and later ones (yes)`,
    samples: ({ freshness = [] }) => {
      const { inTime, late } = byObjective(freshness);
      return [
        { labels: ['no'], value: inTime },
        { labels: ['yes'], value: late },
      ];
    },
  },
];

const outside = (
  name: string,
  help: string,
  read: (report: PartitionReport) => number,
): Metric<readonly PartitionReport[]> => ({
  ...{ name: `tidemark_api_${name}`, help, type: 'gauge', labels: ['partition'], in: ['api'] },
  samples: (reports) =>
    reports.map((report, partition) => ({ labels: [String(partition)], value: read(report) })),
});

/** The partitions as the HTTP interface of a cluster sees them, whether or not a processor runs. */
export const OUTSIDE_METRICS: readonly Metric<readonly PartitionReport[]>[] = [
  outside(
    'partition_readable',
    '1: the journal and all states of the partition can be read, so that questions are answered',
    ({ phase }) => (phase === 'live' ? 1 : 0),
  ),
  outside('partition_step', 'The last step in the journal', ({ step }) => step),
  outside('lag_records', 'Records that are durable and not decided yet', ({ lag }) => lag),
];

/** A registry with what prom-client measures of the runtime. */
export function runtimeRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** What a process tells Prometheus of itself and of the partitions that it keeps. */
export const ownText = (
  process: MeasuredProcess,
  partitions: readonly MeasuredPartition[],
): string =>
  textOf(PROCESS_METRICS, process.component, process) +
  textOf([...PARTITION_METRICS, ...PORTFOLIO_METRICS], process.component, partitions);
