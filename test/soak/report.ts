import { machineText, seconds } from '../integration/faults/report';
import { median, timeOf } from './fit';
import type { SoakRun, StrikeWithGap } from './soak';
import { calmMedians, sentenceOf, trendOf, type Bound } from './verdict';
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
  const { judgement, calms } = run;
  const perSecond = Math.round((run.sent * 1_000) / (calms.at(-1)?.toMs ?? NaN));
  const names = [...run.samples.keys()].join(' and ');
  return `# Soak, ${about.date}
${machineText()}; three brokers, three workers (a fourth comes and goes), registry and Redis on the same machine.
Commit ${about.commit}. \`${about.command}\`, SEED=${about.seed}.

${sentenceOf(bounds)} ${run.sent} records of ${run.customers} customers were taken in ${judgement.steps} steps by ${judgement.owners} owners; ${judgement.gradeChanges} grade changes; ${run.strikes.length} faults; ${perSecond} records a second.

${table(
  ['bound', 'found', 'holds'],
  bounds.map(({ name, found, holds }) => [
    name,
    found,
    holds === undefined ? 'cannot be told' : holds ? 'yes' : '**no**',
  ]),
)}

## Workers
${names} are not killed: networks, brokers, Redis and rebalances fail for them, and they are stopped for a while
(SIGSTOP). The third worker and the guest are killed and started again as well. Memory is the heap in use and
what it holds outside, read after a collection of garbage that was asked for, while the worker has just its
share of the partitions: the least of the second half of each calm moment (${calms.map(({ fromMs }) => timeOf(fromMs)).join(', ')}), the first of them after warming up.
The slope is the median over all pairs (Theil-Sen). Of handles and descriptors it is the median of the second
half. Resident memory is what the system has given and not got back; "reserved" is the heap's part of it.

${table(
  ['worker', 'measure', 'at each calm moment', 'slope in 10 min'],
  [...run.samples].flatMap(([name, samples]) => rowsOf(name, samples, run)),
)}

${heapsText(run)}## Faults
"Longest gap": the longest time in which some partition took nothing in, from the beginning of the fault until
the next one was due; where two overlap, it is told of at both. A fault of all workers comes to the third alone.

${table(['fault', 'times', 'longest gap, s', 'median gap, s'], faultRows(run.strikes))}

## Minutes
${table(
  ['minute', 'records', 'lag', 'faults', ...[...run.samples.keys()].map((name) => `${name}, MB`)],
  minuteRows(run),
)}
`;
}

/** Kinds that are told of, of each worker. */
const KINDS = 15;

function heapsText({ grown }: SoakRun): string {
  if (grown.size === 0) return '';
  const rows = [...grown].flatMap(([name, kinds]) =>
    kinds
      .slice(0, KINDS)
      .map((kind) => [name, kind.name, String(kind.count), (kind.bytes / 1_000).toFixed(0)]),
  );
  return `## Heaps
What there is more of at the last calm moment than at the first, those with most bytes first; taking this
down takes memory itself.

${table(['worker', 'kind', 'more', 'kB'], rows)}

`;
}

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

function rowsOf(name: string, samples: readonly Sample[], { calms }: SoakRun): string[][] {
  const trend = (measure: string, of: (sample: Sample) => number): string[] => {
    const { values, slope } = trendOf(samples, calms, of);
    const each = values.map((value) => value.toFixed(1)).join(', ');
    return [name, `${measure}, MB`, each, slope.toFixed(2)];
  };
  const calm = (measure: string, of: (sample: Sample) => number): string[] => [
    ...[name, measure, calmMedians(samples, calms, of).join(', '), ''],
  ];
  return [
    trend('memory in use', ({ usedMB }) => usedMB),
    trend('of it heap', ({ heapMB }) => heapMB),
    trend('of that machine code', ({ codeMB }) => codeMB),
    trend('of it outside', ({ outsideMB }) => outsideMB),
    trend('reserved for the heap', ({ reservedMB }) => reservedMB),
    trend('resident', ({ rssMB }) => rssMB),
    calm('handles', ({ handles }) => handles),
    calm('descriptors', ({ descriptors }) => descriptors),
  ];
}

function faultRows(strikes: readonly StrikeWithGap[]): string[][] {
  const names = [...new Set(strikes.map(({ fault }) => fault))].sort();
  return names.map((name) => {
    const gaps = strikes.filter(({ fault }) => fault === name).map(({ gap }) => gap.ms);
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
