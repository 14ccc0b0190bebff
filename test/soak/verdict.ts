import { seconds } from '../integration/faults/report';
import type { Gap } from '../integration/faults/progress';
import { growth, leastOf, median, MINUTE_MS, timeOf, type Point, type Span } from './fit';
import type { SoakRun } from './soak';
import type { Strike } from './strike';
import type { Sample } from './watch';

/** Something that must hold, and what was found. */
export interface Bound {
  readonly name: string;
  readonly found: string;
  /** Undefined: it cannot be told. */
  readonly holds: boolean | undefined;
}

export const SLOPE_MS = 10 * MINUTE_MS;
export const SLOPE_MB_MAX = 1;
/** With fewer calm moments a slope says nothing. */
const CALMS_MIN = 4;
/** A shorter run is a trial: it need not be long enough for every bound. */
const WHOLE_MINUTES = 30;
/**
 * Connections are opened when they are wanted and closed when they idle, so their number differs a little
 * from calm to calm; what is lost with each of the faults in between would be many more.
 */
export const HANDLES_MAX = 6;
export const GAP_MS_MAX = 120_000;

/** What a measure of a worker came to. */
export interface Trend {
  /** Of each calm moment. */
  readonly values: readonly number[];
  /** In ten minutes. */
  readonly slope: number;
}

/** The later half of a calm moment; the first goes to coming to rest. */
const restOf = ({ fromMs, toMs }: Span): Span => ({ fromMs: (fromMs + toMs) / 2, toMs });

/**
 * What is in use when garbage was collected, the least of the second half of each calm moment. Between
 * them a worker has now and then just taken partitions over, or waits for a server with all that it would
 * write: what that takes differs by more than a leak adds in an hour. In the first half it may have just
 * dropped all states that it keeps in memory, and have less than ever after.
 */
export function trendOf(
  samples: readonly Sample[],
  calms: readonly Span[],
  of: (sample: Sample) => number,
): Trend {
  const settled = samples.filter(({ isSettled }) => isSettled);
  const points = leastOf(
    settled.map((sample): Point => ({ atMs: sample.atMs, value: of(sample) })),
    calms.map(restOf),
  );
  return { values: points.map(({ value }) => value), slope: growth(points, SLOPE_MS) };
}

/** The median of the second half of each calm moment. */
export function calmMedians(
  samples: readonly Sample[],
  calms: readonly Span[],
  of: (sample: Sample) => number,
): number[] {
  return calms
    .map(restOf)
    .map(({ fromMs, toMs }) =>
      median(samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs).map(of)),
    );
}

export function boundsOf(run: SoakRun): Bound[] {
  const ofWorkers = [...run.samples].flatMap(([name, samples]) => [
    slopeBound(
      name,
      trendOf(samples, run.calms, ({ usedMB }) => usedMB),
    ),
    handlesBound(
      `${name}: handles`,
      calmMedians(samples, run.calms, ({ handles }) => handles),
    ),
    handlesBound(
      `${name}: descriptors`,
      calmMedians(samples, run.calms, ({ descriptors }) => descriptors),
    ),
  ]);
  return [...ofWorkers, peopledBound(run), ...survivalBounds(run), ...restBounds(run)];
}

/** Of each customer a worker keeps the key: one that comes later looks like a leak. */
function peopledBound({ peopledAtMs, calms }: SoakRun): Bound {
  const first = calms[0]?.fromMs ?? 0;
  const isInTime = peopledAtMs !== undefined && peopledAtMs <= first;
  return {
    name: 'no customer is new after warming up',
    found: peopledAtMs === undefined ? 'some are' : `the last came by ${timeOf(peopledAtMs)}`,
    // what was measured then says nothing of leaks
    holds: isInTime ? true : undefined,
  };
}

function slopeBound(name: string, { slope, values }: Trend): Bound {
  return {
    name: `${name}: memory in use grows by less than ${SLOPE_MB_MAX} MB in 10 min`,
    found: `${slope.toFixed(2)} MB; at rest ${values.map((value) => value.toFixed(1)).join(', ')} MB`,
    holds: values.length < CALMS_MIN ? undefined : slope < SLOPE_MB_MAX,
  };
}

function handlesBound(name: string, medians: readonly number[]): Bound {
  const first = medians[0] ?? NaN;
  const last = medians.at(-1) ?? NaN;
  return {
    name: `${name} at the end are at most ${HANDLES_MAX} more than after warming up`,
    found: medians.join(', '),
    holds: last - first <= HANDLES_MAX,
  };
}

/** A fault shows a moment after it began, or in what was to come just before. */
const BEGINS_MS = 3_000;

/** How long a partition stood still when the faults were over in which that began, milliseconds. */
export function excessOf({ ms, endedAt }: Gap, strikes: readonly Strike[]): number {
  const from = endedAt - ms;
  const over = strikes
    .filter(({ began, ended }) => began <= from + BEGINS_MS && ended >= from)
    .map(({ ended }) => ended);
  return Math.max(0, endedAt - Math.max(from, ...over));
}

function survivalBounds({ strikes, stalls, longestGap, lost }: SoakRun): Bound[] {
  const failures = strikes.flatMap(({ fault, failure }) =>
    failure === undefined ? [] : [`${fault}: ${failure}`],
  );
  const gaps = [longestGap, ...strikes.map(({ gap }) => gap)];
  const excess = Math.max(...gaps.map((gap) => excessOf(gap, strikes)));
  return [
    {
      name: 'each fault comes to its end',
      found: failures.length === 0 ? `${strikes.length} faults` : failures.join('; '),
      holds: strikes.length > 0 && failures.length === 0,
    },
    {
      name: `no partition stands still for ${GAP_MS_MAX / 1_000} s beyond the fault in which that began`,
      found: `${seconds(excess)} s; with the fault ${seconds(longestGap.ms)} s${stalls === 0 ? '' : `, ${stalls} times not all went on`}`,
      holds: excess < GAP_MS_MAX && stalls === 0,
    },
    {
      name: 'workers that nobody kills live to the end',
      found: lost.length === 0 ? 'they do' : `ended: ${lost.join(', ')}`,
      holds: lost.length === 0,
    },
  ];
}

function restBounds({ lagZeroMs, codes, judgement, whole, partitions, ...run }: SoakRun): Bound[] {
  const { findings, records, gradeChanges, customers } = judgement;
  return [
    {
      name: 'lag returns to zero',
      found: lagZeroMs === undefined ? 'not in time' : `${(lagZeroMs / 1_000).toFixed(0)} s`,
      holds: lagZeroMs !== undefined,
    },
    {
      name: 'all workers end cleanly',
      found: `exit codes ${codes.join(', ')}`,
      holds: codes.length > 0 && codes.every((code) => code === 0),
    },
    {
      name: 'the oracles find nothing',
      found: findings.length === 0 ? 'nothing' : findings.join('; '),
      holds: findings.length === 0,
    },
    {
      name: 'nothing that was sent is missing',
      found: `${records} records of ${run.sent} sent once at least, ${customers} customers of ${run.customers}, ${gradeChanges} grade changes`,
      holds: records >= run.sent && customers === run.customers && gradeChanges > 0,
    },
    {
      name: 'tidemark verify finds every partition whole',
      found: `${whole} of ${partitions}`,
      holds: whole === partitions,
    },
  ];
}

/** What cannot be told is no fault of a trial, and is one of a whole run. */
export const isGood = (bounds: readonly Bound[], minutes: number): boolean =>
  bounds.every(({ holds }) => holds ?? minutes < WHOLE_MINUTES);

/** In one sentence. */
export function sentenceOf(bounds: readonly Bound[]): string {
  const count = (wanted: boolean | undefined): number =>
    bounds.filter(({ holds }) => holds === wanted).length;
  const untold = count(undefined) === 0 ? '' : `; ${count(undefined)} cannot be told`;
  return count(false) === 0 && untold === ''
    ? 'All bounds hold.'
    : `Of ${bounds.length} bounds ${count(false)} do NOT hold${untold}.`;
}
