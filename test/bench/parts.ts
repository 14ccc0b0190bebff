import { statSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { runTidemark } from './amlsim';
import { engine, memory, midnight } from './engine-parts';
import { median } from './measure';
import { count, nameOf, ratioTo, sourceOf, type Bench, type Measure } from './part';
import type { Finding, Section } from './report';
import { recovery, server, verify } from './server-parts';
import type { SizesResult } from './states';
import { linesOf } from './streams';
import { measured } from './worker';

export const PARTS: Readonly<Record<string, readonly Measure[]>> = {
  core: [stream, customers, past, codec],
  sizes: [sizes],
  'end-to-end': [endToEnd],
  peers: [peers],
  profile: [profile],
  engine: [engine],
  verify: [verify],
  memory: [memory],
  midnight: [midnight],
  server: [server],
  recovery: [recovery],
};

async function stream({ amlsim, scale, say }: Bench): Promise<Section[]> {
  const title = 'Core: AMLSim stream';
  if ('absent' in amlsim) return [{ title, findings: [], skipped: amlsim.absent }];
  say('core: the AMLSim stream');
  const found = await measured('stream', { source: amlsim, rounds: scale.rounds });
  return [
    {
      title,
      about: `One thread, decoded beforehand, median of ${scale.rounds} rounds after a warm-up.`,
      findings: [
        {
          measure: 'decide calls, whole stream',
          value: found.perSecond,
          unit: '/s',
          note: `${count(found.events)} events of ${count(found.customers)} customers, first ratings included`,
          target: { atLeast: 200_000 },
        },
        {
          measure: 'decide calls that publish nothing',
          value: found.perSecondSteady,
          unit: '/s',
          note: `${count(found.events - found.published)} events; the other ${count(found.published)} are left out`,
        },
        { measure: 'whole stream, slowest round', value: found.slowestPerSecond, unit: '/s' },
        {
          measure: 'whole stream, by CPU time',
          value: found.perCpuSecond,
          unit: '/s',
          note: 'all threads of the process, the collector too',
        },
      ],
    },
  ];
}

const MILLION_HEAP_MIB = 14_000;

async function customers({ scale, say }: Bench): Promise<Section[]> {
  const findings: Finding[] = [];
  let first: number | undefined;
  for (const size of scale.customers) {
    say(`core: ${count(size)} customers`);
    const heap = size >= 500_000 ? MILLION_HEAP_MIB : undefined;
    const found = await measured('customers', { customers: size, scale }, heap);
    first ??= found.us;
    const largest = size === 1_000_000;
    findings.push({
      measure: `an event among ${count(size)} customers`,
      value: found.us,
      unit: 'us',
      note: `${(found.us / first).toFixed(2)} x; heap ${count(found.heapBytesPerCustomer)} bytes a customer`,
    });
    if (size !== scale.customers.at(-1)) continue;
    findings.push({
      measure: `growth from ${count(scale.customers[0] ?? 0)} to ${count(size)} customers`,
      value: found.us / first,
      unit: 'x',
      ...(largest ? { target: { atMost: 2.5 } } : {}),
    });
  }
  return [
    {
      title: 'Core: number of customers',
      about: `Transfers that publish nothing, ${scale.postingsTimed} a customer after ${scale.postingsBefore}, in an order that no cache foresees. The records are made outside of the clock.`,
      findings,
    },
  ];
}

const COUNTERPARTIES = 200;
const PERSON = { customerKind: 'natural' };
/** The rule of flows between affiliates (E-B2.6) reads every counterparty. */
const COMPANY = {
  customerKind: 'entity',
  parties: [{ role: 'affiliate', partyId: 'p7' }],
};

async function past({ scale, say }: Bench): Promise<Section[]> {
  const findings: Finding[] = [];
  for (const [who, set] of [
    ['a natural person', PERSON],
    ['a company with an affiliate', COMPANY],
  ] as const) {
    say(`core: past of ${who}`);
    const { past: counts, pastCopies: copies } = scale;
    const input = { past: counts, copies, counterparties: COUNTERPARTIES, set };
    const found = await measured('past', input);
    const [first] = found;
    const last = found.at(-1);
    if (first === undefined || last === undefined) continue;
    for (const { past: events, us, bytes } of found) {
      const note = `${(us / first.us).toFixed(2)} x; ${count(bytes)} bytes encoded`;
      findings.push({
        measure: `${who}, ${count(events)} past events`,
        value: us,
        unit: 'us',
        note,
      });
    }
    findings.push({
      measure: `${who}, growth from ${count(first.past)} to ${count(last.past)}`,
      value: last.us / first.us,
      unit: 'x',
      ...(last.past === 10_000 ? { target: { atMost: 1.2 } } : {}),
    });
  }
  return [
    {
      title: 'Core: past of one customer',
      about: `The same transfers, an hour apart over a midnight, after a past spread over 150 days; ${COUNTERPARTIES} counterparties.`,
      findings,
    },
  ];
}

async function codec(bench: Bench): Promise<Section[]> {
  bench.say('core: encode and decode');
  const found = await measured('codec', { source: sourceOf(bench), turns: bench.scale.codecTurns });
  const rows = [
    ['median', found.median],
    ['p99', found.p99],
  ] as const;
  return [
    {
      title: 'Core: encode and decode of a state',
      about: `States at the end of the stream: ${nameOf(bench)}.`,
      findings: rows.flatMap(([which, { bytes, encodeUs, decodeUs }]): Finding[] => [
        { measure: `encode, ${which} state`, value: encodeUs, unit: 'us', note: `${bytes} bytes` },
        { measure: `decode, ${which} state`, value: decodeUs, unit: 'us', note: `${bytes} bytes` },
      ]),
    },
  ];
}

async function sizes({ amlsim, scale, say }: Bench): Promise<Section[]> {
  const { sampleCustomers } = scale;
  say('sizes: sample portfolio');
  const sample: Section = {
    title: 'Sizes: sample portfolio',
    findings: sizeFindings(await measured('sizes', { source: { sampleCustomers } })),
  };
  const title = 'Sizes: AMLSim';
  if ('absent' in amlsim) return [{ title, findings: [], skipped: amlsim.absent }, sample];
  say('sizes: AMLSim');
  const found = await measured('sizes', { source: amlsim });
  return [{ title, findings: sizeFindings(found, { atMost: 600 }) }, sample];
}

function sizeFindings(found: SizesResult, target?: Finding['target']): Finding[] {
  const judged = target === undefined ? {} : { target };
  const of = `${count(found.customers)} customers`;
  return [
    { measure: 'encoded state, median', value: found.p50, unit: 'bytes', note: of, ...judged },
    { measure: 'encoded state, p99', value: found.p99, unit: 'bytes' },
    { measure: 'encoded state, maximum', value: found.max, unit: 'bytes' },
    {
      measure: 'all bytes by posting in the horizon',
      value: found.perPosting,
      unit: 'bytes',
      note: `${count(found.postings)} postings`,
    },
    { measure: 'each further posting adds', value: found.perFurtherPosting, unit: 'bytes' },
  ];
}

async function endToEnd({ amlsim, scale, folder, say }: Bench): Promise<Section[]> {
  const title = 'End to end: tidemark run';
  if ('absent' in amlsim) return [{ title, findings: [], skipped: amlsim.absent }];
  const events = linesOf(amlsim.file).length;
  const empty = join(folder, 'empty.jsonl');
  writeFileSync(empty, '');
  const run = (file: string): Promise<number> =>
    runTidemark(['run', '--quiet', '--methodology', 'cn-aml-bank', '--events', file], devNull);
  const starts: number[] = [];
  const runs: number[] = [];
  for (let round = 0; round < scale.processRounds; round += 1) {
    say(`end to end: round ${round + 1} of ${scale.processRounds}`);
    starts.push(await run(empty));
    runs.push(await run(amlsim.file));
  }
  const start = median(starts);
  const whole = median(runs);
  const megabytes = (statSync(amlsim.file).size / 1e6).toFixed(0);
  const findings: Finding[] = [
    {
      measure: 'events, start-up included',
      value: events / whole,
      unit: '/s',
      note: `${count(events)} events, ${megabytes} MB of JSON Lines`,
      target: { atLeast: 60_000 },
    },
    { measure: 'events, start-up left out', value: events / (whole - start), unit: '/s' },
    { measure: 'start-up', value: start * 1000, unit: 'ms', note: 'the same with an empty file' },
  ];
  const about = `A process of its own, grade changes to ${devNull}; median of ${scale.processRounds}.`;
  return [{ title, about, findings }];
}

async function peers(bench: Bench): Promise<Section[]> {
  const { scale, say } = bench;
  say('peers');
  const { rounds, slowEvents } = scale;
  const found = await measured('peers', { source: sourceOf(bench), rounds, slowEvents });
  return [
    {
      title: 'Peers',
      about: `Events a second by turns in one process, one thread, median of ${rounds}; ${nameOf(bench)}, ${count(found.events)} events.`,
      findings: [
        { measure: 'ours: the job, from lines', value: found.job, unit: '/s' },
        {
          measure: 'ceiling: JSON.parse and a map of customers',
          value: found.ceiling,
          unit: '/s',
          note: ratioTo(found.job, found.ceiling),
        },
        { measure: 'ours: decide', value: found.decide, unit: '/s' },
        {
          measure: 'decide that evaluates everything for each event',
          value: found.full,
          unit: '/s',
          note: `${ratioTo(found.decideShort, found.full)}, on the same part of the stream`,
        },
        {
          measure: 'cel-js: all conditions for each event',
          value: found.cel,
          unit: '/s',
          note: `${ratioTo(found.decide, found.cel)}; ${found.celConditions} conditions, attributes and features given for nothing, no state kept, nothing published`,
        },
      ],
      lines: found.celFailed.map((failed) => `- Left out, cel-js cannot evaluate it: ${failed}`),
    },
  ];
}

async function profile(bench: Bench): Promise<Section[]> {
  bench.say('profile');
  const { shares, top } = await measured('profile', { source: sourceOf(bench) });
  return [
    {
      title: 'Profile of the core',
      about: `CPU time over ${nameOf(bench)}, one whole round after a warm-up, first ratings included.`,
      findings: shares.map(([part, value]) => ({ measure: part, value, unit: '%' })),
      lines: [
        'Functions by time of their own (file:line of the compiled code):',
        '',
        ...top.map(([name, percent]) => `- ${percent.toFixed(1)}% ${name}`),
      ],
    },
  ];
}
