import { growth, median, minutely, MINUTE_MS, type Point } from './fit';
import type { Calm } from './strike';
import type { Sample } from './watch';
import type { SoakRun } from './soak';

/** Something that must hold, and what was found. */
export interface Bound {
  readonly name: string;
  readonly found: string;
  /** Undefined: the run is too short to say. */
  readonly holds: boolean | undefined;
}

export const SLOPE_MS = 10 * MINUTE_MS;
export const SLOPE_MB_MAX = 1;
/** With fewer minutes after warming up a slope says nothing. */
const MINUTES_MIN = 5;
/**
 * Connections are opened when they are wanted and closed when they idle, so their number differs a little
 * from calm to calm; what is lost with each of the faults in between would be many more.
 */
export const HANDLES_MAX = 6;
export const GAP_MS_MAX = 120_000;

/** What a measure of a worker came to. */
export interface Trend {
  /** In the minutes after warming up: the first and the last. */
  readonly first: number;
  readonly last: number;
  /** In ten minutes. */
  readonly slope: number;
  readonly minutes: number;
}

/** Over what is in use when garbage was collected, the least of each minute. */
export function trendOf(
  samples: readonly Sample[],
  warmUpMs: number,
  of: (sample: Sample) => number,
): Trend {
  const settled = samples
    .filter(({ isSettled, atMs }) => isSettled && atMs >= warmUpMs)
    .map((sample): Point => ({ atMs: sample.atMs, value: of(sample) }));
  const points = minutely(settled);
  return {
    first: points[0]?.value ?? NaN,
    last: points.at(-1)?.value ?? NaN,
    slope: growth(points, SLOPE_MS),
    minutes: points.length,
  };
}

/** The median of each calm moment; the first half of it goes to coming to rest. */
export function calmMedians(
  samples: readonly Sample[],
  calms: readonly Calm[],
  of: (sample: Sample) => number,
): number[] {
  return calms.map(({ fromMs, toMs }) => {
    const rest = (fromMs + toMs) / 2;
    return median(samples.filter(({ atMs }) => atMs >= rest && atMs <= toMs).map(of));
  });
}

export function boundsOf(run: SoakRun): Bound[] {
  const ofWorkers = [...run.samples].flatMap(([name, samples]) => [
    slopeBound(
      name,
      trendOf(samples, run.schedule.warmUpMs, ({ usedMB }) => usedMB),
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
  return [...ofWorkers, ...survivalBounds(run), ...restBounds(run)];
}

function slopeBound(name: string, { slope, minutes }: Trend): Bound {
  return {
    name: `${name}: memory in use grows by less than ${SLOPE_MB_MAX} MB in 10 min`,
    found: `${slope.toFixed(2)} MB, over ${minutes} minutes after warming up`,
    holds: minutes < MINUTES_MIN ? undefined : slope < SLOPE_MB_MAX,
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

function survivalBounds({ strikes, stalls, longestGapMs, lost }: SoakRun): Bound[] {
  const failures = strikes.flatMap(({ fault, failure }) =>
    failure === undefined ? [] : [`${fault}: ${failure}`],
  );
  return [
    {
      name: 'each fault comes to its end',
      found: failures.length === 0 ? `${strikes.length} faults` : failures.join('; '),
      holds: strikes.length > 0 && failures.length === 0,
    },
    {
      name: `no partition stands still for ${GAP_MS_MAX / 1_000} s`,
      found: `${(longestGapMs / 1_000).toFixed(1)} s${stalls === 0 ? '' : `, ${stalls} did not go on`}`,
      holds: longestGapMs < GAP_MS_MAX && stalls === 0,
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

/** What an exit code says of it. */
export const isGood = (bounds: readonly Bound[]): boolean =>
  bounds.every(({ holds }) => holds !== false);
