import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { Commit, LogRecord, OutputRecord } from '@tidemark/engine/ports';
import type { TracedPlace, TracedPorts } from './tracing';

/** Records of a topic that were read and are not decided yet: of more, the oldest are not followed. */
const WAITING_MAX = 10_000;

const PROPAGATOR = new W3CTraceContextPropagator();

/** A record that belongs to a trace, from when it was read on. */
interface Waiting {
  readonly parent: Context;
  /** UTC milliseconds. */
  readonly readAt: number;
}

/** By topic, by offset. */
type AllWaiting = Map<string, Map<number, Waiting>>;

/** A record of a step that is being committed. */
interface Followed {
  readonly parent: Context;
  readonly span: Span;
}

/**
 * A span for each record that says to which trace it belongs: from when it was read to the commit of its
 * step. What came of it carries the span on, so that the trace goes on at whoever reads it. The engine
 * knows of none of this: spans have random ids and times of this process, and a replay makes none.
 */
export function tracedPorts(
  tracer: Tracer,
  { inputs, ledger }: TracedPorts,
  place: TracedPlace,
): TracedPorts {
  const waiting: AllWaiting = new Map();
  return {
    inputs: {
      ...inputs,
      read: async (topic, from, limit) => {
        const slice = await inputs.read(topic, from, limit);
        for (const record of slice.records) note(waiting, topic, record);
        return slice;
      },
    },
    ledger: {
      ...ledger,
      commit: async (owner, commit) => {
        const followed = follow(tracer, place, waiting, commit);
        if (followed.size === 0) return ledger.commit(owner, commit);
        try {
          const outputs = commit.outputs.map((output) => carrying(followed, output));
          return await ledger.commit(owner, { ...commit, outputs });
        } catch (error) {
          // what this says may quote a server: that it failed is enough here
          for (const { span } of followed.values()) span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          for (const { span } of followed.values()) span.end();
        }
      },
    },
  };
}

function note(waiting: AllWaiting, topic: string, { offset, headers }: LogRecord): void {
  if (headers === undefined) return;
  const parent = PROPAGATOR.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
  if (trace.getSpanContext(parent) === undefined) return;
  const ofTopic = waiting.get(topic) ?? new Map<number, Waiting>();
  waiting.set(topic, ofTopic);
  // one that is read again waits since it was read first
  if (ofTopic.has(offset)) return;
  ofTopic.set(offset, { parent, readAt: Date.now() });
  const [oldest] = ofTopic.keys();
  if (ofTopic.size > WAITING_MAX && oldest !== undefined) ofTopic.delete(oldest);
}

/** Begins a span for each record of a step that waits; the ones before its slices wait no more. */
function follow(
  tracer: Tracer,
  place: TracedPlace,
  waiting: AllWaiting,
  { journal, outputs }: Commit,
): ReadonlyMap<string, Followed> {
  const followed = new Map<string, Followed>();
  const begun = takeOf(waiting, journal.slices);
  if (begun.length === 0) return followed;
  const refused = new Map(journal.refused.map((one) => [placeOf(one.topic, one.offset), one.code]));
  const published = topicsByPlace(outputs);
  for (const { topic, offset, parent, readAt } of begun) {
    const at = placeOf(topic, offset);
    const code = refused.get(at);
    const attributes = {
      ...attributesOf(place, topic, offset),
      'tidemark.step': journal.step,
      'tidemark.outputs': published.get(at) ?? [],
      ...(code === undefined ? {} : { 'tidemark.refused': code }),
    };
    const options = { kind: SpanKind.CONSUMER, startTime: readAt, attributes };
    const span = tracer.startSpan(`decide ${place.topicOf(topic)}`, options, parent);
    followed.set(at, { parent, span });
  }
  return followed;
}

const placeOf = (topic: string, offset: number): string => `${topic}@${offset}`;

const originOf = ({ origin }: OutputRecord): string | undefined =>
  origin === undefined ? undefined : placeOf(origin.topic, origin.record.offset);

function takeOf(
  waiting: AllWaiting,
  slices: Commit['journal']['slices'],
): (Waiting & { readonly topic: string; readonly offset: number })[] {
  return slices.flatMap(({ topic, from, next }) => {
    const ofTopic = waiting.get(topic);
    if (ofTopic === undefined) return [];
    const passed = [...ofTopic].filter(([offset]) => offset < next);
    for (const [offset] of passed) ofTopic.delete(offset);
    return passed.flatMap(([offset, one]) => (offset < from ? [] : [{ topic, offset, ...one }]));
  });
}

function topicsByPlace(outputs: readonly OutputRecord[]): ReadonlyMap<string, string[]> {
  const topics = new Map<string, string[]>();
  for (const output of outputs) {
    const at = originOf(output);
    if (at === undefined) continue;
    const known = topics.get(at);
    if (known === undefined) topics.set(at, [output.topic]);
    else known.push(output.topic);
  }
  return topics;
}

/** No key and no id: both name a customer. */
const attributesOf = ({ partition, topicOf }: TracedPlace, topic: string, offset: number) => ({
  'messaging.system': 'kafka',
  'messaging.operation.name': 'decide',
  'messaging.operation.type': 'process',
  'messaging.destination.name': topicOf(topic),
  'messaging.destination.partition.id': String(partition),
  'messaging.kafka.offset': offset,
});

function carrying(followed: ReadonlyMap<string, Followed>, output: OutputRecord): OutputRecord {
  const at = originOf(output);
  const found = at === undefined ? undefined : followed.get(at);
  if (found === undefined) return output;
  const headers: Record<string, string> = {};
  PROPAGATOR.inject(trace.setSpan(found.parent, found.span), headers, defaultTextMapSetter);
  return { ...output, headers };
}
