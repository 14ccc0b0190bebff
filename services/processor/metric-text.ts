import type { Histogram } from '@tidemark/engine/measures';

/**
 * Metrics as Prometheus reads them, from numbers that were added up elsewhere. prom-client cannot take
 * over a histogram that is filled in batches; what it measures itself (the runtime, requests) it tells
 * itself.
 */

/** In which processes there is a metric. */
export type Component = 'processor' | 'embedded' | 'api';

/** What can be told of a metric without a value. */
export interface AboutMetric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly in: readonly Component[];
  /** What it says, with its unit where the name does not tell. */
  readonly help: string;
}

/** A value with those of the labels, in their order. */
export interface Sample {
  readonly labels: readonly string[];
  readonly value: number | Histogram;
}

/** A metric that is read from something when somebody looks. */
export interface Metric<From> extends AboutMetric {
  readonly samples: (from: From) => Iterable<Sample>;
}

/** The text of all metrics that a component has; what is not known now is absent. */
export function textOf<From>(
  metrics: readonly Metric<From>[],
  component: Component,
  from: From,
): string {
  const parts = metrics.flatMap((metric) => {
    if (!metric.in.includes(component)) return [];
    const lines = [...metric.samples(from)].flatMap((sample) => linesOf(metric, sample));
    return lines.length === 0 ? [] : [headOf(metric), ...lines];
  });
  return parts.length === 0 ? '' : `${parts.join('\n')}\n`;
}

const headOf = ({ name, help, type }: AboutMetric): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}`;

function linesOf({ name, labels: names }: AboutMetric, { labels, value }: Sample): string[] {
  const pairs = names.map((label, i) => `${label}="${escaped(labels[i] ?? '')}"`);
  if (typeof value === 'number') {
    return Number.isNaN(value) ? [] : [`${name}${braced(pairs)} ${numberText(value)}`];
  }
  let count = 0;
  const buckets = [...value.bounds, Number.POSITIVE_INFINITY].map((bound, i) => {
    count += value.counts[i] ?? 0;
    return `${name}_bucket${braced([...pairs, `le="${numberText(bound)}"`])} ${count}`;
  });
  return [
    ...buckets,
    `${name}_sum${braced(pairs)} ${value.sum}`,
    `${name}_count${braced(pairs)} ${count}`,
  ];
}

const braced = (pairs: readonly string[]): string =>
  pairs.length === 0 ? '' : `{${pairs.join(',')}}`;

const numberText = (value: number): string => {
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
};

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
