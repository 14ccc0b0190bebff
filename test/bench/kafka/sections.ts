import { median } from '../measure';
import { shown, type Finding, type Section } from '../report';
import type { Profiled } from '../profile';
import type { Latency } from './latency';
import type { Rebuild } from './rebuild';
import type { Restart } from './restart';
import type { Measured } from './throughput';

/** Contenders, as they stand in the report; a comma and a setting follow. The best median of each counts. */
export const OURS = 'Tidemark';
export const FULL = 'Tidemark with the default methodology';
export const CEILING = 'kafkajs';
export const PEER = 'Kafka Streams';

const count = (n: number): string => shown(n, '');

const medianRate = ({ runs }: Measured): number =>
  median(runs.map(({ eventsPerSecond }) => eventsPerSecond));

/** The setting of a contender that is fastest in the median. */
export function bestOf(measured: readonly Measured[], contender: string): Measured | undefined {
  const settings = measured.filter(({ name }) => name.startsWith(`${contender}, `));
  return settings.sort((a, b) => medianRate(b) - medianRate(a))[0];
}

export const rateOf = (measured: readonly Measured[], contender: string): number | undefined => {
  const found = bestOf(measured, contender);
  return found === undefined ? undefined : medianRate(found);
};

export function throughputSection(
  measured: readonly Measured[],
  { events, customers }: { readonly events: number; readonly customers: number },
): Section {
  const changes = bestOf(measured, PEER)?.changes ?? 0;
  const ratios = [
    ratio(measured, OURS, PEER, 2),
    ratio(measured, OURS, CEILING, 0.6),
    ratio(measured, FULL, PEER, 1.2),
  ];
  return {
    title: 'Throughput',
    about:
      `${count(events)} events of ${count(customers)} customers in 4 partitions, all written before; ` +
      `${count(changes)} grade changes (${((changes / events) * 100).toFixed(2)}% of the events), the same bytes from ` +
      'every contender that scores simply, as librdkafka reads them under read_committed. By turns, the median ' +
      'counts. The clock runs from the first committed events to the last; CPU is that of the client alone.',
    findings: [...ratios.flatMap((found) => found ?? []), ...measured.flatMap(figuresOf)],
  };
}

function ratio(
  measured: readonly Measured[],
  contender: string,
  other: string,
  atLeast: number,
): Finding | undefined {
  const [mine, others] = [bestOf(measured, contender), bestOf(measured, other)];
  if (mine === undefined || others === undefined) return undefined;
  return {
    measure: `${mine.name} : ${others.name}`,
    value: medianRate(mine) / medianRate(others),
    unit: 'x',
    target: { atLeast },
  };
}

function figuresOf({ name, runs, changes }: Measured): Finding[] {
  const each = runs.map(({ eventsPerSecond }) => count(eventsPerSecond)).join(', ');
  const middle = (of: (run: Measured['runs'][number]) => number): number => median(runs.map(of));
  const cpu = middle(({ cpuSecondsPerMillion }) => cpuSecondsPerMillion);
  const memory = middle(({ peakMegabytes }) => peakMegabytes);
  return [
    {
      measure: name,
      value: middle(({ eventsPerSecond }) => eventsPerSecond),
      unit: '/s',
      note: `${cpu.toFixed(1)} CPU s a million, ${memory.toFixed(0)} MB${changes > 0 ? `, ${count(changes)} grade changes` : ''}; runs: ${each}`,
    },
  ];
}

export interface LatencyRuns {
  readonly name: string;
  readonly eventsPerSecond: number;
  readonly runs: readonly Latency[];
}

/** What the goals say of a load. */
export interface LatencyGoal {
  readonly p50Ms?: number;
  readonly p99Ms: number;
}

export function latencySection(
  title: string,
  ours: LatencyRuns,
  peer: LatencyRuns | undefined,
  goal: LatencyGoal,
): Section {
  const p99 = medianOf(ours, ({ p99Ms }) => p99Ms);
  const peerP99 = peer === undefined ? undefined : medianOf(peer, ({ p99Ms }) => p99Ms);
  return {
    title,
    about:
      `${count(ours.eventsPerSecond)} events a second at fixed times, checkpoints on: from the time an event is due to be ` +
      'produced until its grade change is read under read_committed. Medians of the runs.',
    findings: [
      {
        measure: `${ours.name} p50`,
        value: medianOf(ours, ({ p50Ms }) => p50Ms),
        unit: 'ms',
        ...(goal.p50Ms === undefined ? {} : { target: { atMost: goal.p50Ms } }),
      },
      {
        measure: `${ours.name} p99`,
        value: p99,
        unit: 'ms',
        note: notesOf(ours),
        target: { atMost: goal.p99Ms },
      },
      ...(peer === undefined || peerP99 === undefined
        ? []
        : [
            {
              measure: `${peer.name} p50`,
              value: medianOf(peer, ({ p50Ms }) => p50Ms),
              unit: 'ms' as const,
            },
            {
              measure: `${peer.name} p99`,
              value: peerP99,
              unit: 'ms' as const,
              note: notesOf(peer),
            },
            {
              measure: `p99 of ${ours.name} : ${peer.name}`,
              value: p99 / peerP99,
              unit: 'x' as const,
              target: { atMost: 0.5 },
            },
          ]),
    ],
  };
}

const medianOf = ({ runs }: LatencyRuns, of: (run: Latency) => number): number =>
  median(runs.map(of));

const notesOf = ({ runs }: LatencyRuns): string =>
  runs
    .map(
      ({ p99Ms, maxMs, changes, lag }) =>
        `p99 ${p99Ms.toFixed(0)}, most ${maxMs.toFixed(0)} ms of ${count(changes)}; lag ${count(lag.middle)} in the middle, ${count(lag.end)} at the end`,
    )
    .join(' | ');

export function restartSection(runs: readonly Restart[], eventsPerSecond: number): Section {
  return {
    title: 'Restart after kill -9',
    about:
      `Under ${count(eventsPerSecond)} events a second, started again at once over the same broker and Redis. The ` +
      'partitions are assigned by hand, so no session has to time out first. Medians.',
    findings: [
      {
        measure: 'from the start of the process to new input committed',
        value: median(runs.map(({ toNewInputSeconds }) => toNewInputSeconds)),
        unit: 's',
        note: `runs: ${runs.map(({ toNewInputSeconds }) => toNewInputSeconds.toFixed(2)).join(', ')}`,
        target: { atMost: 5 },
      },
      {
        measure: 'until what came meanwhile is done',
        value: median(runs.map(({ caughtUpSeconds }) => caughtUpSeconds)),
        unit: 's',
      },
    ],
  };
}

export function rebuildSection({ seconds, bytesPerCustomer }: Rebuild, customers: number): Section {
  return {
    title: 'Rebuild into an empty Redis',
    about: `${count(customers)} customers of 496 bytes from the checkpoint topic, four partitions in one process.`,
    findings: [
      {
        measure: 'from the start of the process until all partitions take new input',
        value: seconds,
        unit: 's',
        target: { atMost: 60 },
      },
      {
        measure: 'memory of Redis for each customer',
        value: bytesPerCustomer,
        unit: 'bytes',
        note: 'blob, key and entry of the due index',
      },
    ],
  };
}

export function profileSection(
  { shares, top }: Profiled,
  eventsPerSecond: number,
  eventsPerCommit: number,
): Section {
  return {
    title: 'Profile of the client',
    about: `The simple scoring once more with the profiler on (${count(eventsPerSecond)} events/s, ${count(eventsPerCommit)} events a commit), main thread.`,
    findings: shares.map(([part, percent]) => ({ measure: part, value: percent, unit: '%' })),
    lines: [
      'Functions by time of their own (file:line of the compiled code):',
      '',
      ...top.map(([name, percent]) => `- ${percent.toFixed(1)}% ${name}`),
    ],
  };
}
