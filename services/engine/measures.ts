import type { Taken } from './taken';

/**
 * What a partition measures, for whoever runs it: plain numbers, added up a step at a time, and never
 * taken down. They may be handed to another thread. No name holds customer data, and there are few.
 */
export interface Measures {
  /** Committed records, by topic. */
  readonly records: Tally;
  /** What became of works (applied, duplicate, late ...). */
  readonly outcomes: Tally;
  /** Dead letters, by code. */
  readonly letters: Tally;
  readonly outputs: Tally;
  /** Outputs by the name that the machine counts them under. */
  readonly counted: Tally;
  /** Committed steps, by kind. */
  readonly steps: Tally;
  /** Commits, by what is known of their end: committed, aborted, unknown. */
  readonly commits: Tally;
  /** The other counts of a runner, by name (replayed-steps, digest-mismatches, recoveries ...). */
  readonly others: Tally;
  /** Records of a step of records. */
  readonly stepRecords: Histogram;
  /** Seconds of decoding and deciding of such a step, states that had to be read included. */
  readonly processing: Histogram;
  /** Seconds. */
  readonly commit: Histogram;
  /** Of every record, seconds from its append to the commit of its step. */
  readonly freshness: Histogram;
  /** Of every record, seconds from when it happened to its append; what is dated ahead counts as 0. */
  readonly lateness: Histogram;
  /** Seconds from a fence to the end of the replay. */
  readonly recovery: Histogram;
  /** When a step was committed last, UTC milliseconds. */
  lastStepAt: number | undefined;
  /** How far the clock of the process is before that of the ledger, milliseconds, where it has one. */
  skewMs: number | undefined;
  /** When a recovery last found the checkpoint lost, UTC milliseconds. */
  checkpointLostAt: number | undefined;
  /** What is in force, as the machine names it. */
  inForce: readonly InForce[];
  /** Of all keys, as of the last walk that was completed. */
  figures: Figures | undefined;
}

/** Counts by name; names are few. */
export type Tally = Map<string, number>;

/** How many values were at most each of the bounds, those over the last in one more place. */
export interface Histogram {
  readonly bounds: readonly number[];
  readonly counts: Float64Array;
  sum: number;
}

/** Something that has a version: a methodology, a reference list. */
export interface InForce {
  readonly kind: string;
  readonly name: string;
  readonly version: string;
}

/** Counts of keys by what their states say. */
export interface Figures {
  readonly tally: Tally;
  /** UTC milliseconds. */
  readonly completedAt: number;
}

/** Of a step under way; forgotten with it when its commit fails. */
export interface StepMeasures {
  readonly records: Tally;
  readonly letters: Tally;
  readonly counted: Tally;
  /** How many records the log took in at each instant, UTC milliseconds. */
  readonly appended: Map<number, number>;
  readonly lateness: Histogram;
  /** Milliseconds. */
  processing: number;
}

const DAY_S = 86_400;
const FRACTIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const FRESHNESS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const LATENESS = [
  ...[0, 1, 10, 60, 600, 3_600, DAY_S / 4, DAY_S],
  ...[7 * DAY_S, 30 * DAY_S, 90 * DAY_S, 365 * DAY_S],
];
const SIZES = [1, 10, 50, 100, 250, 500, 1_000, 2_000, 4_000];
const RECOVERY = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

export const newMeasures = (): Measures => ({
  records: new Map(),
  outcomes: new Map(),
  letters: new Map(),
  outputs: new Map(),
  counted: new Map(),
  steps: new Map(),
  commits: new Map(),
  others: new Map(),
  stepRecords: newHistogram(SIZES),
  processing: newHistogram(FRACTIONS),
  commit: newHistogram(FRACTIONS),
  freshness: newHistogram(FRESHNESS),
  lateness: newHistogram(LATENESS),
  recovery: newHistogram(RECOVERY),
  lastStepAt: undefined,
  skewMs: undefined,
  checkpointLostAt: undefined,
  inForce: [],
  figures: undefined,
});

export const newStepMeasures = (): StepMeasures => ({
  records: new Map(),
  letters: new Map(),
  counted: new Map(),
  appended: new Map(),
  lateness: newHistogram(LATENESS),
  processing: 0,
});

/** @param bounds ascending */
export const newHistogram = (bounds: readonly number[]): Histogram => ({
  bounds,
  counts: new Float64Array(bounds.length + 1),
  sum: 0,
});

export function observe(histogram: Histogram, value: number, n = 1): void {
  const { bounds, counts } = histogram;
  let i = 0;
  while (i < bounds.length && value > (bounds[i] ?? 0)) i += 1;
  counts[i] = (counts[i] ?? 0) + n;
  histogram.sum += value * n;
}

export function addTo(tally: Tally, name: string, n = 1): void {
  tally.set(name, (tally.get(name) ?? 0) + n);
}

/** What was counted of committed steps, under names that tell of what: outcome:duplicate, steps:tick ... */
export function countsIn(measures: Measures): Record<string, number> {
  const { records, steps, outcomes, letters, outputs } = measures;
  const counts: Record<string, number> = {};
  for (const n of records.values()) counts['records'] = (counts['records'] ?? 0) + n;
  for (const [prefix, tally] of Object.entries({
    steps,
    outcome: outcomes,
    refused: letters,
    outputs,
  })) {
    for (const [name, n] of tally) counts[`${prefix}:${name}`] = n;
  }
  return counts;
}

function addAll(tally: Tally, more: ReadonlyMap<string, number>): void {
  for (const [name, n] of more) addTo(tally, name, n);
}

/**
 * Notes the records of a slice that were decided. Those that a log took in at once stand together, so
 * they are counted by runs of one append time.
 * @param count how many of them
 */
export function noteSlice<Input>(
  { records, appended, lateness }: StepMeasures,
  topic: string,
  taken: readonly Taken<Input>[],
  count: number,
  timeOf: (taken: Taken<Input>, input: Input) => number,
): void {
  if (count > 0) addTo(records, topic, count);
  let at: number | undefined;
  let run = 0;
  for (let i = 0; i < count; i += 1) {
    const one = taken[i];
    const appendedAt = one?.record.appendedAt;
    if (one === undefined || appendedAt === undefined) continue;
    if (appendedAt !== at) {
      if (at !== undefined) appended.set(at, (appended.get(at) ?? 0) + run);
      at = appendedAt;
      run = 0;
    }
    run += 1;
    if (!one.verdict.ok) continue;
    observe(lateness, Math.max(0, appendedAt - timeOf(one, one.verdict.input)) / 1000);
  }
  if (at !== undefined) appended.set(at, (appended.get(at) ?? 0) + run);
}

/** A step that was committed. */
export interface CommittedStep {
  readonly measured: StepMeasures;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly outputs: readonly { readonly topic: string }[];
}

/**
 * Adds up a step once it is committed.
 * @param now UTC milliseconds
 * @param commitMs how long its commit took
 */
export function noteStep(
  measures: Measures,
  kind: string,
  { measured, outcomes, outputs }: CommittedStep,
  now: number,
  commitMs: number,
): void {
  addTo(measures.steps, kind);
  addTo(measures.commits, 'committed');
  addAll(measures.records, measured.records);
  addAll(measures.outcomes, outcomes);
  addAll(measures.letters, measured.letters);
  addAll(measures.counted, measured.counted);
  for (const { topic } of outputs) addTo(measures.outputs, topic);
  observe(measures.commit, commitMs / 1000);
  measures.lastStepAt = now;
  if (kind !== 'records') return;
  observe(measures.processing, measured.processing / 1000);
  let size = 0;
  for (const n of measured.records.values()) size += n;
  observe(measures.stepRecords, size);
  for (const [at, n] of measured.appended) {
    observe(measures.freshness, Math.max(0, now - at) / 1000, n);
  }
  merge(measures.lateness, measured.lateness);
}

function merge(into: Histogram, { counts, sum }: Histogram): void {
  for (let i = 0; i < counts.length; i += 1) {
    into.counts[i] = (into.counts[i] ?? 0) + (counts[i] ?? 0);
  }
  into.sum += sum;
}
