import { runPartition } from '@tidemark/engine/runner';
import { runScript } from './run';
import { scriptOf } from './script';
import { seedOfDay } from './seed';
import { shrink } from './shrink';

const SIZE = { events: 200, faults: 5 };
/** All of them take about so long on two quiet cores, in two test files side by side. */
export const RUNS = 2_500;
export const TIMEOUT_MS = 1_500_000;

/**
 * A part of today's runs. The first that fails is shrunk; what it says is enough to see it again.
 * @param part 0 or 1: the files are run side by side
 */
export async function runPart(part: 0 | 1): Promise<void> {
  const base = seedOfDay(new Date()) + (part * RUNS) / 2;
  // printed also when all is well, so that a log tells what was tried
  process.stdout.write(`simulation: ${RUNS / 2} runs from seed ${base} on\n`);
  for (let seed = base; seed < base + RUNS / 2; seed += 1) {
    // a run itself never leaves the microtasks
    await new Promise((resolve) => setImmediate(resolve));
    const script = scriptOf(seed, SIZE);
    const outcome = await runScript(script, { runPartition });
    if (outcome.ok) continue;
    const shrunk = await shrink(script, outcome.failure, { runPartition }, 200);
    const lines: string[] = [];
    await runScript(shrunk.script, { runPartition }, (line) => lines.push(line));
    throw new Error(
      [
        `seed ${seed} fails (${outcome.failure.what}): ${outcome.failure.detail}`,
        `see it: npm run simulate -- --seed ${seed}`,
        `shrunk to ${shrunk.script.items.length} items, its last lines:`,
        ...lines.slice(-60),
        shrunk.failure.detail,
      ].join('\n'),
    );
  }
}
