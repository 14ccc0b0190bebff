import { join } from 'node:path';
import { count, nameOf, ratioTo, sourceOf, type Bench } from './part';
import type { Finding, Section } from './report';
import { measured } from './worker';

const LIVE_FILE = 'live.jsonl';
const DIRECTORY = 'ingested';
const prepared = new WeakMap<Bench, Promise<string>>();

/** The events of the engine's and the server's measures, written once. */
export function liveFile(bench: Bench): Promise<string> {
  const known = prepared.get(bench);
  if (known !== undefined) return known;
  const file = join(bench.folder, LIVE_FILE);
  const { liveEvents: events, liveCustomers: customers } = bench.scale;
  bench.say(`preparing ${count(events)} events of the last hour`);
  const input = { source: sourceOf(bench), customers, file, events };
  const made = measured('prepare', input).then(() => file);
  prepared.set(bench, made);
  return made;
}

/** Filled by the part `engine`. */
export const ingestedDirectory = ({ folder }: Bench): string => join(folder, DIRECTORY);

const HEAP_MIB = 8_000;

export async function engine(bench: Bench): Promise<Section[]> {
  const { say } = bench;
  const file = await liveFile(bench);
  const events = bench.scale.engineEvents;
  say('engine: ingest');
  const found = await measured('ingest', {
    file,
    events,
    directory: ingestedDirectory(bench),
    profile: false,
  });
  say('engine: peers');
  const without = await measured('withoutEngine', { file, events });
  const parsed = await measured('parseOnly', { file, events });
  say('engine: profile');
  const directory = join(bench.folder, 'profiled');
  const here = await measured('ingest', { file, events, directory, profile: true });
  const rate = found.events / found.seconds;
  const withoutRate = without.events / without.seconds;
  const parsedRate = parsed.events / parsed.seconds;
  const perMillion = (cpuSeconds: number): string =>
    `${((cpuSeconds / found.events) * 1e6).toFixed(1)} CPU s a million`;
  const findings: Finding[] = [
    {
      measure: 'events through the embedded engine, durable',
      value: rate,
      unit: '/s',
      note: `${count(found.events)} events, grade changes durable`,
      target: { atLeast: 50_000 },
    },
    {
      measure: 'CPU time of a million events',
      value: (found.cpuSeconds / found.events) * 1e6,
      unit: 's',
      note: 'all threads of the process',
    },
    {
      measure: 'events on which a rating was published',
      value: (found.ratings / found.events) * 100,
      unit: '%',
      note: `${count(found.gradeChanges)} grade changes, ${count(found.ratings)} ratings`,
    },
    { measure: 'events a commit', value: found.events / found.commits, unit: '' },
    { measure: 'memory of the process at the end', value: found.rssBytes / 1e6, unit: 'MB' },
    {
      measure: 'peer: check and decide, states in a map, nothing durable',
      value: withoutRate,
      unit: '/s',
      note: `${ratioTo(rate, withoutRate)}; ${perMillion(without.cpuSeconds)}`,
    },
    {
      measure: 'ceiling: JSON.parse and a map of customers',
      value: parsedRate,
      unit: '/s',
      note: `${ratioTo(rate, parsedRate)}; ${perMillion(parsed.cpuSeconds)}`,
    },
  ];
  const ingest: Section = {
    title: 'Engine: durable ingest in process',
    about: `${nameOf(bench)} as events of the last hour, JSON bytes from a file, profiles completed so that customers are rated. A thread for each of two partitions, as the server runs them. Appends of 500, eight under way; from the first append until the last step is durable. Peers: the same file, each in a process of its own.`,
    findings,
  };
  if (here.profiled === undefined) return [ingest];
  return [
    ingest,
    {
      title: 'Engine: profile of the ingest',
      about: `Once more with all partitions in one thread and the profiler on (${count(here.events / here.seconds)} events/s); what file threads do is not in it. Records are decoded twice: where they come in and in the step.`,
      findings: here.profiled.shares.map(([part, value]) => ({ measure: part, value, unit: '%' })),
      lines: [
        'Functions by time of their own (file:line of the compiled code):',
        '',
        ...here.profiled.top.map(([name, percent]) => `- ${percent.toFixed(1)}% ${name}`),
      ],
    },
  ];
}

export async function memory({ scale, folder, say }: Bench): Promise<Section[]> {
  say('memory');
  const input = { directory: join(folder, 'memory'), ...scale.memory };
  const found = await measured('memory', input, HEAP_MIB);
  const { events, customers, cacheKeys } = scale.memory;
  const judged = events >= 3_600_000 ? { target: { atMost: 10 } } : {};
  return [
    {
      title: 'Engine: memory over an hour of events',
      about: `${count(events)} events (an hour at 1,000/s) of ${count(customers)} customers, as fast as they are taken, ${count(cacheKeys)} customers a partition kept in memory. Sampled after a collection while nothing waits and the checkpoint has caught up; growth by least squares once every customer is known.`,
      findings: [
        {
          measure: 'growth of memory in use by a million events',
          value: found.slopeMB,
          unit: 'MB',
          note: `heap and external, from ${found.firstMB.toFixed(0)} to ${found.lastMB.toFixed(0)} MB`,
          ...judged,
        },
        {
          measure: 'growth of the process by a million events',
          value: found.rssSlopeMB,
          unit: 'MB',
          note: `resident, ${found.rssLastMB.toFixed(0)} MB at the end, ${found.rssPeakMB.toFixed(0)} MB at most`,
        },
        {
          measure: 'events taken meanwhile',
          value: events / found.seconds,
          unit: '/s',
          note: 'the waiting for samples included',
        },
      ],
      lines: [
        'Samples, in use and resident:',
        '',
        ...found.samples.map(
          (it) =>
            `- after ${count(it.events)} events: ${it.usedMB.toFixed(1)} MB, ${it.rssMB.toFixed(0)} MB`,
        ),
      ],
    },
  ];
}

export async function midnight({ scale, folder, say }: Bench): Promise<Section[]> {
  say('midnight');
  const { customers, liveEventsPerSecond } = scale.midnight;
  const input = { directory: join(folder, 'midnight'), ...scale.midnight };
  const found = await measured('midnight', input, HEAP_MIB);
  const { before, during } = found;
  const ms = (measure: string, value: number, note?: string): Finding => ({
    measure,
    value,
    unit: 'ms',
    ...(note === undefined ? {} : { note }),
  });
  return [
    {
      title: 'Engine: a midnight',
      about: `Cash of every customer leaves its window of 30 dates at one midnight while ${count(liveEventsPerSecond)} events a second go on at fixed times (open loop), one in 50 of them a change of grade. Latency from the planned time of an event: until its grade change is committed, and until it is durable.`,
      findings: [
        {
          measure: 'until all customers are done',
          value: found.seconds,
          unit: 's',
          note: `${count(customers)} customers, ${count(found.moved)} of them by an event of their own`,
        },
        { measure: 'customers', value: found.ticked / Math.max(found.seconds, 0.001), unit: '/s' },
        ms('before: grade change, median', before.changeP50, `${count(before.changes)} changes`),
        ms('before: grade change, p99', before.changeP99),
        ms('during: grade change, median', during.changeP50, `${count(during.changes)} changes`),
        ms('during: grade change, p99', during.changeP99),
        ms('before: events durable, p99', before.takenP99, `median ${before.takenP50.toFixed(2)}`),
        ms('during: events durable, p99', during.takenP99, `median ${during.takenP50.toFixed(2)}`),
      ],
    },
  ];
}
