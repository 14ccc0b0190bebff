import { spawn } from 'node:child_process';
import { existsSync, openSync, closeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The room is test/bench, or test/bench/dist when it has been compiled. */
const ROOM = __dirname.endsWith('dist') ? dirname(__dirname) : __dirname;
export const ROOT = join(ROOM, '../..');
export const RESULTS = join(ROOM, 'results');
export const BIN = join(ROOT, 'services/cli/bin/tidemark.js');

const SHARED = process.env['TIDEMARK_SHARED_DATA'] ?? join(ROOT, '../shared/data');
const FILES = ['nodes.csv.gz', 'transactions.csv.gz'].map((name) =>
  join(SHARED, 'amlsim-20k', name),
);

/**
 * The AMLSim sample as JSON Lines, by the shipped mapping and the product's own import.
 * @returns the file, or why there is none
 */
export async function importAmlsim(folder: string): Promise<{ file: string } | { absent: string }> {
  const absent = FILES.find((file) => !existsSync(file));
  if (absent !== undefined) {
    return { absent: `no ${absent}; say where the data is with TIDEMARK_SHARED_DATA` };
  }
  const file = join(folder, 'amlsim.jsonl');
  await runTidemark(['import', '--mapping', 'amlsim', '--quiet', ...FILES], file);
  return { file };
}

/** Runs the product in a process of its own; answers how many seconds it took. */
export function runTidemark(args: readonly string[], stdoutFile: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const out = openSync(stdoutFile, 'w');
    const start = performance.now();
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', out, 'pipe'] });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.on('error', reject);
    child.on('close', (code) => {
      closeSync(out);
      if (code === 0) resolve((performance.now() - start) / 1000);
      else reject(new Error(`tidemark ${args.join(' ')} ended with code ${code}: ${said}`));
    });
  });
}
