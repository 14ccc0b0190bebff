import { existsSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { runTidemark } from './amlsim';
import { ingestedDirectory, liveFile } from './engine-parts';
import { count, type Bench } from './part';
import type { Finding, Section } from './report';
import { measured } from './worker';

export async function server(bench: Bench): Promise<Section[]> {
  const { scale, folder, say } = bench;
  const file = await liveFile(bench);
  say('server');
  const { events, seconds, rates } = scale.server;
  const directory = join(folder, 'server');
  const found = await measured('server', { directory, file, events, seconds, rates });
  const findings: Finding[] = [
    {
      measure: 'events accepted and decided',
      value: found.perSecond,
      unit: '/s',
      note: `${count(found.events)} events, closed loop, 8 requests under way; told to wait ${count(found.waits)} times`,
      target: { atLeast: 20_000 },
    },
    { measure: 'events accepted', value: found.acceptedPerSecond, unit: '/s' },
    ...found.latencies.flatMap((it, i): Finding[] => {
      const at = `at ${count(it.perSecond)}/s`;
      const refused = it.refused > 0 ? `; ${count(it.refused)} requests were not taken` : '';
      return [
        {
          measure: `POST to grade change, median, ${at}`,
          value: it.p50,
          unit: 'ms',
          note: `${count(it.changes)} changes${refused}; ${it.sentP50.toFixed(2)} ms from the actual sending`,
        },
        {
          measure: `POST to grade change, p99, ${at}`,
          value: it.p99,
          unit: 'ms',
          note: `maximum ${it.max.toFixed(0)} ms; p99 ${it.sentP99.toFixed(2)} ms from the actual sending`,
          ...(i === 0 ? { target: { atMost: 50 } } : {}),
        },
      ];
    }),
    { measure: 'SIGTERM to the end', value: found.stopSeconds, unit: 's' },
  ];
  return [
    {
      title: 'Server: events over HTTP',
      about:
        'The built server in a process of its own, JSON Lines in batches of 500; client on the same machine. Latency at half of the rate found: open loop, requests at fixed times, counted from the planned time until the change has come on the event stream; one event in 100 changes a grade for certain.',
      findings,
    },
  ];
}

export async function recovery({ scale, folder, say }: Bench): Promise<Section[]> {
  say('recovery');
  const { customers, seconds } = scale.recovery;
  const found = await measured(
    'recovery',
    {
      directory: join(folder, 'recovery'),
      emptyDirectory: join(folder, 'recovery-empty'),
      customers,
      seconds,
    },
    HEAP_MIB,
  );
  const judged = customers >= 1_000_000 ? { target: { atMost: 10 } } : {};
  return [
    {
      title: 'Server: recovery after kill -9',
      about: `${count(customers)} customers of whom the kind is known; the server is killed while it takes payments of all of them over HTTP as fast as it can, and started again. From the start of the process until /readyz answers 200.`,
      findings: [
        {
          measure: 'ready after kill -9',
          value: found.seconds,
          unit: 's',
          note: `${count(found.events)} events in ${seconds} s before`,
          ...judged,
        },
        { measure: 'ready after a clean stop', value: found.cleanSeconds, unit: 's' },
        { measure: 'ready with an empty directory', value: found.emptySeconds, unit: 's' },
      ],
    },
  ];
}

export async function verify(bench: Bench): Promise<Section[]> {
  const { folder, say } = bench;
  const directory = ingestedDirectory(bench);
  const events = bench.scale.engineEvents;
  if (!existsSync(directory)) {
    const file = await liveFile(bench);
    say('verify: ingest');
    await measured('ingest', { file, events, directory, profile: false });
  }
  say('verify');
  const empty = await emptyDirectory(folder);
  const whole = await runTidemark(['verify', '--quiet', '--data', directory], devNull);
  const start = await runTidemark(['verify', '--quiet', '--data', empty], devNull);
  return [
    {
      title: 'tidemark verify',
      about:
        'The whole journal of the measure of the engine run again, every digest and every published record compared; a process of its own.',
      findings: [
        {
          measure: 'events, start-up included',
          value: events / whole,
          unit: '/s',
          note: `${count(events)} events`,
          target: { atLeast: 100_000 },
        },
        { measure: 'events, start-up left out', value: events / (whole - start), unit: '/s' },
        { measure: 'start-up', value: start * 1000, unit: 'ms', note: 'an empty directory' },
      ],
    },
  ];
}

const HEAP_MIB = 8_000;

/** A directory that has been opened and holds no events. */
async function emptyDirectory(folder: string): Promise<string> {
  const directory = join(folder, 'nothing');
  const file = join(folder, 'nothing.jsonl');
  writeFileSync(file, '');
  await measured('ingest', { file, events: 0, directory, profile: false });
  return directory;
}
