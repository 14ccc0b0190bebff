import type { Engine, Verdict } from '@tidemark/processor/engine';
import { addPartitionMetrics } from '@tidemark/processor/partition-metrics';
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
  addPartitionMetrics(registry, () =>
    engine.status().partitions.map((report, partition) => ({ partition, report })),
  );
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
