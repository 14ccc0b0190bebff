import type { Engine, Verdict } from '@tidemark/processor/engine';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the server counts and measures. No label holds customer data. */
export interface Metrics {
  readonly registry: Registry;
  readonly answered: (method: string, route: string, status: number, seconds: number) => void;
  readonly taken: (verdicts: readonly Verdict[]) => void;
  readonly streams: Gauge;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function newMetrics(engine: Engine): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  engineMetrics(engine, registry);
  const requests = new Histogram({
    name: 'tidemark_http_request_seconds',
    help: 'Time from request to answer; streams not included',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  });
  const events = new Counter({
    name: 'tidemark_http_events_total',
    help: 'Events that came in: accepted ones, and refused ones by code',
    labelNames: ['verdict', 'code'],
    registers,
  });
  return {
    registry,
    answered: (method, route, status, seconds) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    taken: (verdicts) => {
      let accepted = 0;
      for (const verdict of verdicts) {
        if (verdict.accepted) accepted += 1;
        else events.inc({ verdict: 'refused', code: verdict.code });
      }
      if (accepted > 0) events.inc({ verdict: 'accepted', code: '' }, accepted);
    },
    streams: new Gauge({
      name: 'tidemark_http_streams',
      help: 'Event streams that are open',
      registers,
    }),
  };
}

type Reports = ReturnType<Engine['status']>['partitions'];
type Value = (report: Reports[number]) => number;

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

function engineMetrics(engine: Engine, registry: Registry): void {
  for (const [name, help, value] of GAUGES) {
    new Gauge({
      name: `tidemark_partition_${name}`,
      help,
      labelNames: ['partition'],
      registers: [registry],
      collect() {
        engine.status().partitions.forEach((report, partition) => {
          const now = value(report);
          this.set({ partition: String(partition) }, Number.isFinite(now) ? now : 0);
        });
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
      engine.status().partitions.forEach(({ counts }, partition) => {
        for (const [what, count] of Object.entries(counts)) {
          this.inc({ partition: String(partition), what }, count);
        }
      });
    },
  });
}
