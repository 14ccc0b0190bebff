import type { AboutMetric, Component } from '@tidemark/processor/metric-text';

/** What a process told Prometheus. */
export interface Scraped {
  /** Type of each metric, by name. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly ScrapedSample[];
}

export interface ScrapedSample {
  /** With the suffix of a histogram's part. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?/g;

/** @throws Error at a line that Prometheus would not take */
export function parseMetrics(text: string): Scraped {
  const types = new Map<string, string>();
  const samples: ScrapedSample[] = [];
  for (const line of text.split('\n')) {
    const [, typed, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (typed !== undefined && type !== undefined) types.set(typed, type);
    if (line === '' || line.startsWith('#')) continue;
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) throw new Error(`no sample: ${line}`);
    samples.push({
      name,
      labels: Object.fromEntries([...labels.matchAll(LABEL)].map(([, key, is]) => [key, is])),
      value: value === '+Inf' ? Infinity : Number(value),
    });
  }
  return { types, samples };
}

/** The sum of the values of a metric whose labels have these values; undefined: there is none. */
export function valueOf(
  { samples }: Scraped,
  wanted: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samples.filter(
    ({ name, labels: its }) =>
      name === wanted && Object.entries(labels).every(([key, value]) => its[key] === value),
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

const RUNTIME = /^(process|nodejs)_/;
const PART = /_(bucket|sum|count)$/;

/** What is told and not documented, or documented and not told, or told otherwise: nothing, it is hoped. */
export function differences(
  { types, samples }: Scraped,
  documented: readonly AboutMetric[],
  component: Component,
): string[] {
  const here = new Map(
    documented.flatMap((metric) =>
      metric.in.includes(component) ? [[metric.name, metric] as const] : [],
    ),
  );
  const told = [...types].filter(([name]) => !RUNTIME.test(name));
  const others = told.flatMap(([name, type]) => {
    const metric = here.get(name);
    if (metric === undefined) return [`${name} is not documented for ${component}`];
    return metric.type === type ? [] : [`${name} is a ${type}, not a ${metric.type}`];
  });
  const missing = [...here.keys()].flatMap((name) =>
    types.has(name) ? [] : [`${name} is documented, and ${component} does not tell it`],
  );
  const labels = samples.flatMap(({ name, labels: its, value }) => {
    const metric = here.get(name) ?? here.get(name.replace(PART, ''));
    const known = [...(metric?.labels ?? []), ...(metric?.type === 'histogram' ? ['le'] : [])];
    const unknown = RUNTIME.test(name)
      ? []
      : Object.keys(its).filter((label) => !known.includes(label));
    const nan = Number.isNaN(value) && !RUNTIME.test(name) ? [`${name} is not a number`] : [];
    return [...nan, ...unknown.map((label) => `${name} has an undocumented label ${label}`)];
  });
  return [...others, ...missing, ...new Set(labels)];
}
