/** Runs the tests that cite rules and reads what became of them. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { TestRun } from './table';

/** Where tests cite rules; whole clones and servers are left to the usual run. */
const FOLDERS = ['schemas', 'services', 'test/conformance', 'test/architecture'];
/** The table's own test would run the table within the table. */
const LEFT_OUT = 'test/conformance/table.test.ts';

interface JestResult {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

/** The tests of a result file of `jest --json`; skipped ones are left out. */
export function readTestRun(file: string, root: string): TestRun[] {
  const result: JestResult = JSON.parse(readFileSync(file, 'utf8'));
  return result.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ ancestorTitles, title, status }) => ({
        file: relative(root, name),
        name: [...ancestorTitles, title].join(' > '),
        passed: status === 'passed',
      })),
  );
}

/** A fresh run. Jest's own report goes to stderr. */
export async function runTests(root: string): Promise<TestRun[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-conformance-'));
  const file = join(folder, 'run.json');
  const child = spawn(
    process.execPath,
    [
      join(root, 'node_modules/jest/bin/jest.js'),
      ...['--config', 'test/jest.config.js', '--json', '--outputFile', file, '--silent'],
      ...['--testPathIgnorePatterns', LEFT_OUT, '/node_modules/', '/dist/'],
      ...['--maxWorkers', '2', '--testPathPatterns', ...FOLDERS.map((name) => join(root, name))],
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  try {
    await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    return readTestRun(file, root);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
