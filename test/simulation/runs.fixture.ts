import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { seedOfDay } from './seed';

const call = promisify(execFile);
const ROOT = join(__dirname, '../..');
const MAIN = ['--import', 'tsx', join(__dirname, 'main.ts')];
/** All of them take about so long on two quiet cores, in two test files side by side. */
export const RUNS = 2_500;
export const TIMEOUT_MS = 1_500_000;
/** Of a run that failed; the first line names its seed, the last ones are its shrunk trace. */
const [LINES_FIRST, LINES_LAST] = [4, 60];

/** A part of today's runs. @param part 0 or 1: the files are run side by side @throws as `simulate` */
export async function runPart(part: 0 | 1): Promise<void> {
  const runs = RUNS / 2;
  const first = seedOfDay(new Date()) + part * runs;
  // printed also when all is well, so that a log tells what was tried
  process.stdout.write(`simulation: ${runs} runs from seed ${first} on\n`);
  await simulate(runs, first);
}

/**
 * What `npm run simulate` does: in a process of its own, which is a third faster than inside of jest.
 * @param more options of it
 * @throws what is said of the first run that fails, enough to see it again
 */
export async function simulate(runs: number, first: number, ...more: string[]): Promise<void> {
  const args = ['--runs', String(runs), '--seed', String(first), ...more];
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, 'test/tsconfig.json') };
  const limits = { timeout: TIMEOUT_MS, maxBuffer: 2 ** 28 };
  const ended = call(process.execPath, [...MAIN, ...args], { cwd: ROOT, env, ...limits });
  const said = await ended.then(
    ({ stdout }) => stdout,
    ({ stdout, stderr, message }: { stdout: string; stderr: string; message: string }) =>
      `${stdout}${stderr}${message.split('\n')[0]}\n`,
  );
  if (said.includes(`\n${runs} runs, `) && said.endsWith(': nothing found\n')) return;
  const lines = said.split('\n');
  const isLong = lines.length > LINES_FIRST + LINES_LAST;
  const told = isLong
    ? [...lines.slice(0, LINES_FIRST), '...', ...lines.slice(-LINES_LAST)]
    : lines;
  throw new Error(told.join('\n'));
}
