/** Runs the tests that cite rules and reads what became of them. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { citedRules } from './rules';
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

/** The test files that cite a rule somewhere; the others would only cost time. */
function citingFiles(root: string, order: readonly string[]): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts') && !SKIPPED.test(name))
      .map((name) => join(root, folder, name)),
  ).filter(
    (file) =>
      relative(root, file) !== LEFT_OUT && citedRules(readFileSync(file, 'utf8'), order).length > 0,
  );
}
const SKIPPED = /(?:^|\/)(?:node_modules|dist)\//;

/**
 * A fresh run. Jest's own report goes to stderr.
 * @param order all rule ids, in the order of the text
 */
export async function runTests(root: string, order: readonly string[]): Promise<TestRun[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-conformance-'));
  const file = join(folder, 'run.json');
  const child = spawn(
    process.execPath,
    [
      join(root, 'node_modules/jest/bin/jest.js'),
      ...['--config', 'test/jest.config.js', '--json', '--outputFile', file, '--silent'],
      ...['--maxWorkers', '2', '--runTestsByPath', ...citingFiles(root, order)],
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
