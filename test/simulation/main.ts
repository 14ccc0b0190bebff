import { parseArgs } from 'node:util';
import { runPartition } from '@tidemark/engine/runner';
import { BROKEN, brokenEngine } from './broken/engines';
import { runScript } from './run';
import { scriptOf, type Script } from './script';
import { seedOfDay } from './seed';
import { shrink } from './shrink';
import type { Engine } from './world';

const HELP = `Simulates disasters of the engine.
  npm run simulate                 10,000 runs from the seed of the day on
  npm run simulate -- --runs N     so many
  npm run simulate -- --seed N     one run, with its trace; with --runs: from that seed on
  --events N --faults N            size of a run (200 and 5)
  --broken NAME                    an engine that was broken on purpose:
    ${BROKEN.map(({ name }) => name).join('\n    ')}
A run that fails is shrunk to fewer events and its trace is printed.`;

/** Runs between two lines of progress. */
const PROGRESS = 500;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    runs: { type: 'string' },
    events: { type: 'string', default: '200' },
    faults: { type: 'string', default: '5' },
    broken: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  if (values.help) {
    say(HELP);
    return;
  }
  const engine: Engine =
    values.broken === undefined ? { runPartition } : brokenEngine(values.broken);
  const size = { events: Number(values.events), faults: Number(values.faults) };
  const seed = values.seed === undefined ? seedOfDay(new Date()) : Number(values.seed);
  if (values.seed !== undefined && values.runs === undefined) {
    await tell(scriptOf(seed, size), engine);
    return;
  }
  const runs = Number(values.runs ?? 10_000);
  say(`${runs} runs of ${size.events} events and ${size.faults} faults from seed ${seed} on`);
  const begun = performance.now();
  for (let i = 0; i < runs; i += 1) {
    const script = scriptOf(seed + i, size);
    const outcome = await runScript(script, engine);
    if (!outcome.ok) {
      say(`seed ${script.seed} fails (${outcome.failure.what}): ${outcome.failure.detail}`);
      const shrunk = await shrink(script, outcome.failure, engine);
      say(`shrunk from ${script.items.length} to ${shrunk.script.items.length} items:`);
      await tell(shrunk.script, engine);
      return;
    }
    if ((i + 1) % PROGRESS === 0 || i + 1 === runs) {
      const msPerRun = (performance.now() - begun) / (i + 1);
      say(`${i + 1} runs, ${msPerRun.toFixed(1)} ms each: nothing found`);
    }
  }
}

/** One run with its trace. */
async function tell(script: Script, engine: Engine): Promise<void> {
  const { options, ...setup } = script.setup;
  say(`seed ${script.seed}, order ${script.schedule}: ${JSON.stringify(setup)}`);
  say(JSON.stringify(options));
  const outcome = await runScript(script, engine, say);
  if (outcome.ok) say(`all is well: ${JSON.stringify(outcome.counts)}`);
  else {
    say(`FAILS (${outcome.failure.what}): ${outcome.failure.detail}`);
    process.exitCode = 1;
  }
}

void main();
