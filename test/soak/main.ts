import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { commit } from '../bench/commit';
import { beginSuite, stopAll } from '../integration/cluster/processes';
import { missingOf } from '../integration/cluster/servers';
import { reportOf } from './report';
import { soak } from './soak';
import { boundsOf, isGood } from './verdict';

const HELP = `Three workers on real servers under load and faults, for as long as you like.
  npm run soak -- --minutes 30     load and faults for so long (default 120)
  --every N                        seconds between the beginnings of two faults (20)
  --rate N                         records a second, at most (150): brokers take what they can
  --out FILE                       the report, Markdown; without it: standard output
  --samples FILE                   what the workers told of themselves, JSON Lines
  --logs DIR                       keeps the workers' logs
  --snapshots DIR                  what is in the heaps of the workers that live to the end, at each calm
                                   moment: see heap.ts. It takes memory itself: not for a verdict
  SEED=N                           the same load and the same faults; timing is the machine's
Exit code 1: a bound does not hold. Ctrl-C stops everything; then there is no verdict (130).`;

const EXIT = { broken: 1, interrupted: 130 } as const;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    every: { type: 'string', default: '20' },
    rate: { type: 'string', default: '150' },
    out: { type: 'string' },
    samples: { type: 'string' },
    logs: { type: 'string' },
    snapshots: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string): boolean => process.stderr.write(`${line}\n`);

async function main(signal: AbortSignal): Promise<number> {
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const missing = missingOf({ own: true });
  if (missing !== undefined) {
    say(missing.why);
    return EXIT.broken;
  }
  const seed = Number(process.env['SEED'] ?? Math.floor(Date.now() / 86_400_000));
  const run = await soak({
    ...{ minutes: positive('minutes'), everySeconds: positive('every'), seed },
    ...{ perSecond: positive('rate'), say, signal },
    ...(values.logs === undefined ? {} : { logs: values.logs }),
    ...(values.snapshots === undefined ? {} : { snapshots: madeFolder(values.snapshots) }),
  });
  const bounds = boundsOf(run);
  const report = reportOf(run, bounds, {
    ...{ command: `npm run soak -- ${process.argv.slice(2).join(' ')}`, commit: commit(), seed },
    date: new Date(run.begun).toISOString().slice(0, 10),
  });
  if (values.samples !== undefined) {
    const lines = [...run.samples].flatMap(([worker, samples]) =>
      samples.map((sample) => JSON.stringify({ worker, ...sample })),
    );
    writeFileSync(values.samples, `${lines.join('\n')}\n`);
  }
  if (values.out === undefined) process.stdout.write(report);
  else writeFileSync(values.out, report);
  for (const { name, found, holds } of bounds) {
    if (holds !== true) say(`${holds === false ? 'NO' : 'not said'}: ${name}: ${found}`);
  }
  return isGood(bounds, run.length) ? 0 : EXIT.broken;
}

/** Workers run in folders of their own. @returns where it is, whoever asks */
function madeFolder(name: string): string {
  const folder = resolve(name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function positive(name: 'minutes' | 'every' | 'rate'): number {
  const value = Number(values[name]);
  if (value > 0) return value;
  throw new Error(`--${name} is a number above 0`);
}

async function run(): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  beginSuite();
  try {
    return await main(interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) say('interrupted: no verdict');
    else say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return interrupted.signal.aborted ? EXIT.interrupted : EXIT.broken;
  } finally {
    await stopAll();
  }
}

// what still waits for a server that is gone is not waited for
void run().then((code) => process.exit(code));
