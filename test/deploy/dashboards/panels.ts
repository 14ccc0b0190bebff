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
