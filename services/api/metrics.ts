import type { Engine, Verdict } from '@tidemark/processor/engine';
import { textOf, type AboutMetric, type Component } from '@tidemark/processor/metric-text';
import { OUTSIDE_METRICS, ownText, runtimeRegistry } from '@tidemark/processor/process-metrics';
import { Counter, Gauge, Histogram } from 'prom-client';

/** What the server counts and measures. No label holds customer data. */
export interface Metrics {
  /** What Prometheus reads, and of which type it is. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
  readonly answered: (method: string, route: string, status: number, seconds: number) => void;
  readonly taken: (verdicts: readonly Verdict[]) => void;
  readonly streams: Gauge;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

const HTTP: readonly Component[] = ['embedded', 'api'];

const REQUESTS = {
  ...{ name: 'tidemark_http_request_seconds', type: 'histogram', in: HTTP },
  help: 'Time from request to answer; streams not included',
  labels: ['method', 'route', 'status'],
} as const satisfies AboutMetric;

const EVENTS = {
  ...{ name: 'tidemark_http_events_total', type: 'counter', in: HTTP },
  help: 'Events that came in: accepted ones, and refused ones by code',
  labels: ['verdict', 'code'],
} as const satisfies AboutMetric;

const STREAMS = {
  ...{ name: 'tidemark_http_streams', type: 'gauge', in: HTTP, labels: [] },
  help: 'Event streams that are open',
} as const satisfies AboutMetric;

/** What prom-client measures of requests. */
export const HTTP_METRICS: readonly AboutMetric[] = [REQUESTS, EVENTS, STREAMS];

/** Of the HTTP interface of a cluster that waits for its servers: it is there, and not ready. */
export const waitingText = (lines: ReadonlyMap<string, number> | undefined): string =>
  ownText({ component: 'api', isReady: false, lines }, []);

/** @param lines of the log, by level, where there is one */
export function newMetrics(engine: Engine, lines?: ReadonlyMap<string, number>): Metrics {
  const registry = runtimeRegistry();
  const registers = [registry];
  const requests = new Histogram({
    ...{ name: REQUESTS.name, help: REQUESTS.help, labelNames: REQUESTS.labels, registers },
    buckets: SECONDS,
  });
  const events = new Counter({
    ...{ name: EVENTS.name, help: EVENTS.help, labelNames: EVENTS.labels, registers },
  });
  // an increase from nothing is not seen as one
  events.inc({ verdict: 'accepted', code: '' }, 0);
  return {
    text: async () => ownTextOf(engine, lines) + (await registry.metrics()),
    contentType: registry.contentType,
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
    streams: new Gauge({ name: STREAMS.name, help: STREAMS.help, registers }),
  };
}

/** What is measured beside requests: of partitions that are here, or of those of a cluster from outside. */
function ownTextOf(engine: Engine, lines: ReadonlyMap<string, number> | undefined): string {
  const { phase, partitions } = engine.status();
  const isReady = phase === 'live';
  const measured = engine.measured?.();
  if (measured !== undefined) {
    const freshness = measured.map(({ measures }) => measures.freshness);
    return ownText({ component: 'embedded', isReady, lines, freshness }, measured);
  }
  const seen = textOf(OUTSIDE_METRICS, 'api', partitions);
  return ownText({ component: 'api', isReady, lines }, []) + seen;
}
