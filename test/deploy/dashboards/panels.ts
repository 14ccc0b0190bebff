/** What a dashboard shows; Grafana's JSON is made of it by grafana.ts. */
export interface Panel {
  readonly title: string;
  /** One line below the title: what a reader should make of it. */
  readonly about: string;
  /** Of values: `s`, `short`, `percentunit`, `bytes`, `ops` (a second). */
  readonly unit: 's' | 'short' | 'percentunit' | 'bytes' | 'ops';
  readonly queries: readonly Query[];
  /** A number, instead of a course of time. */
  readonly isNumber?: true;
}

export interface Query {
  readonly expr: string;
  /** Of a series, with `{{label}}`. */
  readonly legend: string;
}

export interface Dashboard {
  /** Also the name of its file. */
  readonly id: string;
  readonly title: string;
  /** Whether a reader chooses partitions: queries say `partition=~"$partition"`. */
  readonly byPartition?: true;
  readonly panels: readonly Panel[];
}

/** A panel of one query, by time. */
export const panel = (
  title: string,
  unit: Panel['unit'],
  expr: string,
  legend: string,
  about: string,
): Panel => ({ title, unit, about, queries: [{ expr, legend }] });

/** One number now. */
export const number = (title: string, unit: Panel['unit'], expr: string, about: string): Panel => ({
  ...panel(title, unit, expr, '', about),
  isNumber: true,
});

/** A quantile of a histogram by labels. */
export const quantile = (q: number, histogram: string, by = '', where = ''): string =>
  `histogram_quantile(${q}, sum by (le${by === '' ? '' : `, ${by}`}) (rate(${histogram}_bucket${where}[$__rate_interval])))`;

/** What counts by time, also where nothing was counted yet. */
export const rate = (counter: string, by: string, where = ''): string =>
  `sum by (${by}) (rate(${counter}${where}[$__rate_interval]))`;

/**
 * How often in the interval, in whole events: one of them is seen, which a rate does not show. A series that
 * began within it counts as a whole, for no increase sees its first event.
 */
export const often = (counter: string, by: string): string => {
  const interval = '$__rate_interval';
  const begun = `${counter} unless ${counter} offset ${interval}`;
  return `sum by (${by}) ((${begun}) or increase(${counter}[${interval}]))`;
};

/** 0 where there is nothing to tell of, and no line of 0 beside what there is. */
export const orNone = (expr: string): string => `${expr} or on () vector(0)`;
