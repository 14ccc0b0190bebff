import { ALL_METRICS } from '@tidemark/api/metrics-table';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** Names of all metrics of ours, and of those of the runtime. */
export function documentedMetrics(): ReadonlySet<string> {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const runtime = register.getMetricsAsArray().map(({ name }) => name);
  return new Set([...ALL_METRICS.map(({ name }) => name), ...runtime]);
}
