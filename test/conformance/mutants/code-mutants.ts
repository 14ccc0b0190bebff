/** Faults in the code: put into a copy of the tree, one at a time, where one test file must turn red. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

export interface CodeMutant {
  readonly rules: readonly string[];
  /** From the root of the tree, like `test`. */
  readonly file: string;
  readonly search: string;
  readonly replace: string;
  readonly test: string;
}

export function readCodeMutants(): CodeMutant[] {
  const mutants: CodeMutant[] = parse(readFileSync(join(__dirname, 'code-mutants.yaml'), 'utf8'));
  return mutants;
}

/** How often the text to replace occurs in the file; other than once, the mutant is out of date. */
export const occurrences = (root: string, { file, search }: CodeMutant): number =>
  readFileSync(join(root, file), 'utf8').split(search).length - 1;

const COPIED = ['package.json', 'tsconfig.json', 'schemas', 'services', 'test'];
const LEFT_OUT = new Set(['node_modules', 'dist', '.turbo', 'results']);

function copyOf(root: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'tidemark-mutants-'));
  for (const name of COPIED) {
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: (source) => !LEFT_OUT.has(basename(source)),
    });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Whether a test file is red. */
async function isRed(folder: string, test: string): Promise<boolean> {
  const jest = join(folder, 'node_modules/jest/bin/jest.js');
  const args = [jest, '--config', 'test/jest.config.js', '--silent', '--bail', '-i'];
  const child = spawn(process.execPath, [...args, '--runTestsByPath', test], {
    cwd: folder,
    stdio: 'ignore',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code !== 0));
  });
}

/**
 * Runs the mutants, each in a copy that is whole again afterwards; the tree itself is not touched.
 * @param onDone called after each, with how many are done
 * @returns those that no test noticed
 */
export async function survivingCodeMutants(
  root: string,
  mutants: readonly CodeMutant[],
  onDone: (done: number) => void,
  workers = 2,
): Promise<CodeMutant[]> {
  const survived: CodeMutant[] = [];
  const waiting = [...mutants];
  let done = 0;
  const work = async (): Promise<void> => {
    const copy = copyOf(root);
    try {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const path = join(copy, mutant.file);
        const original = readFileSync(path, 'utf8');
        writeFileSync(
          path,
          original.replace(mutant.search, () => mutant?.replace ?? ''),
        );
        if (!(await isRed(copy, mutant.test))) survived.push(mutant);
        writeFileSync(path, original);
        onDone((done += 1));
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return survived;
}
