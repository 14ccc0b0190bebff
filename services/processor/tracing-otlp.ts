import { W3CTraceContextPropagator, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { BUILD } from '@tidemark/rating/build';
import { pause } from '@tidemark/engine/pause';
import { dampened, type Log } from './cluster-log';
import type { Tracing } from './tracing';
import { tracedPorts } from './traced-ports';

/** What is not sent by then is lost, milliseconds: nothing waits for traces. */
const CLOSE_MS = 2_000;

/**
 * Spans by OTLP over HTTP, in JSON. Where to, how many at once and which of them is read from the
 * environment by OpenTelemetry itself. What cannot be sent is dropped.
 */
export function otlpTracing(log: Log): Tracing {
  const own = resourceFromAttributes({
    ...{ 'service.name': 'tidemark-processor', 'service.version': BUILD },
  });
  const provider = new BasicTracerProvider({
    resource: own.merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(telling(new OTLPTraceExporter(), log))],
  });
  const tracer = provider.getTracer('tidemark', BUILD);
  return {
    headers: new W3CTraceContextPropagator().fields(),
    over: (ports, at) => tracedPorts(tracer, ports, at),
    close: () => Promise.race([provider.shutdown().catch(() => undefined), pause(CLOSE_MS)]),
  };
}

/** The same exporter; that it fails is in the log, without what the other side says. */
function telling(exporter: SpanExporter, log: Log): SpanExporter {
  const told = dampened(log);
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) told({ level: 'warn', event: 'traces-lost' });
        done(result);
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}
