import type { Ledger, TopicLog } from '@tidemark/engine/ports';
import type { Environment } from './configuration';
import type { Log } from './cluster-log';

/** What a partition does is told to whoever follows a record from program to program. */
export interface Tracing {
  /** Names of the headers in which a record says to which trace it belongs. */
  readonly headers: readonly string[];
  /** The same ports; what passes through them is followed. */
  readonly over: (ports: TracedPorts, at: TracedPlace) => TracedPorts;
  /** Sends what is left; resolves at the latest after `CLOSE_MS`. */
  readonly close: () => Promise<void>;
}

export interface TracedPorts {
  readonly inputs: TopicLog;
  readonly ledger: Ledger;
}

export interface TracedPlace {
  readonly partition: number;
  /** What Kafka calls a topic. */
  readonly topicOf: (logical: string) => string;
}

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] as const;

/**
 * Traces are off unless the environment names where they go, in OpenTelemetry's own variables, all of
 * which count (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS ...).
 * @returns undefined: they are off; nothing of OpenTelemetry is loaded
 */
export async function openTracing(
  environment: Environment,
  log: Log,
): Promise<Tracing | undefined> {
  const isOff =
    environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' ||
    environment['OTEL_TRACES_EXPORTER'] === 'none' ||
    ENDPOINTS.every((name) => (environment[name] ?? '') === '');
  if (isOff) return undefined;
  const { otlpTracing } = await import('./tracing-otlp.js');
  return otlpTracing(log);
}
