import { machineText, seconds } from '../integration/faults/report';
import { median } from './fit';
import { timeOf, type SoakRun, type StrikeWithGap } from './soak';
import { calmMedians, isGood, trendOf, type Bound, type Trend } from './verdict';
import type { Sample } from './watch';

export interface About {
  readonly command: string;
  readonly commit: string;
  readonly seed: number;
  /** UTC, YYYY-MM-DD. */
  readonly date: string;
}

/** Rows of the table of minutes, about. */
const MINUTE_ROWS = 30;

/** Markdown. */
export function reportOf(run: SoakRun, bounds: readonly Bound[], about: About): string {
  const { judgement, calms, schedule } = run;
  const names = [...run.samples.keys()].join(' and ');
  return `# Soak, ${about.date}
${machineText()}; three brokers, three workers (a fourth comes and goes), registry and Redis on the same machine.
Commit ${about.commit}. \`${about.command}\`, SEED=${about.seed}.

${isGood(bounds) ? 'All bounds hold.' : 'NOT ALL BOUNDS HOLD.'} ${run.sent} records of ${run.customers} customers were taken in ${judgement.steps} steps by ${judgement.owners} owners; ${judgement.gradeChanges} grade changes; ${run.strikes.length} faults.

${table(
  ['bound', 'found', 'holds'],
  bounds.map(({ name, found, holds }) => [
    name,
    found,
    holds === undefined ? 'too short to say' : holds ? 'yes' : '**no**',
  ]),
)}

## Workers
${names} are not killed: networks, brokers, Redis and rebalances fail for them, and they are stopped for a while
(SIGSTOP). The third worker and the guest are killed and started again as well. Memory is the heap in use and
what it holds outside, read after a collection of garbage that was asked for, only while the worker has just
its share of the partitions; of each minute the least; the slope is the median over all pairs (Theil-Sen) after
${timeOf(schedule.warmUpMs)} min of warming up. Handles and descriptors are medians of the second half of each calm moment: ${calms.map(({ fromMs }) => timeOf(fromMs)).join(', ')}.

${table(
  ['worker', 'measure', 'after warming up', 'at the end', 'slope in 10 min'],
  [...run.samples].flatMap(([name, samples]) => rowsOf(name, samples, run)),
)}

## Faults
"Longest gap": the longest time in which some partition committed nothing, from the beginning of the fault until
the next one was due; where two overlap, it is told of at both. A fault of all workers comes to the third alone.

${table(['fault', 'times', 'longest gap, s', 'median gap, s'], faultRows(run.strikes))}

## Minutes
${table(
  ['minute', 'records', 'lag', 'faults', ...[...run.samples.keys()].map((name) => `${name}, MB`)],
  minuteRows(run),
)}
`;
}

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

function rowsOf(
  name: string,
  samples: readonly Sample[],
  { schedule, calms }: SoakRun,
): string[][] {
  const trend = (measure: string, of: (sample: Sample) => number): string[] => {
    const { first, last, slope }: Trend = trendOf(samples, schedule.warmUpMs, of);
    return [name, `${measure}, MB`, first.toFixed(1), last.toFixed(1), slope.toFixed(2)];
  };
  const calm = (measure: string, of: (sample: Sample) => number): string[] => {
    const medians = calmMedians(samples, calms, of);
    return [name, measure, String(medians[0]), String(medians.at(-1)), ''];
  };
  return [
    trend('memory in use', ({ usedMB }) => usedMB),
    trend('of it heap', ({ heapMB }) => heapMB),
    trend('resident', ({ rssMB }) => rssMB),
    calm('handles', ({ handles }) => handles),
    calm('descriptors', ({ descriptors }) => descriptors),
  ];
}

function faultRows(strikes: readonly StrikeWithGap[]): string[][] {
  const names = [...new Set(strikes.map(({ fault }) => fault))].sort();
  return names.map((name) => {
    const gaps = strikes.filter(({ fault }) => fault === name).map(({ gapMs }) => gapMs);
    return [name, String(gaps.length), seconds(Math.max(...gaps)), seconds(median(gaps))];
  });
}

function minuteRows({ minutes, samples }: SoakRun): string[][] {
  const each = Math.ceil(minutes.length / MINUTE_ROWS);
  return minutes
    .filter(({ minute }) => minute % each === 0)
    .map(({ minute, sent, lag, faults }) => [
      ...[minute, sent, lag, faults].map(String),
      ...[...samples.values()].map((own) => {
        const settled = own.filter(({ isSettled, atMs }) => isSettled && atMs <= minute * 60_000);
        return settled.at(-1)?.usedMB.toFixed(1) ?? '';
      }),
    ]);
}
