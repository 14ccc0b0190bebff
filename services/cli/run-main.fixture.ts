import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from './main';

/** What a command line leaves behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process. */
export async function runMain(...args: readonly string[]): Promise<Ran> {
  const written = { out: '', err: '' };
  const take =
    (where: 'out' | 'err') =>
    (text: unknown, ...rest: readonly unknown[]): boolean => {
      written[where] += String(text);
      const taken = rest.at(-1);
      if (typeof taken === 'function') taken();
      return true;
    };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(take('out')),
    jest.spyOn(process.stderr, 'write').mockImplementation(take('err')),
  ];
  try {
    return { code: await main(args), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** A folder for the files of a test suite, removed at its end. Answers how to put a file there. */
export function testFolder(): (name: string, text?: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name, text) => {
    const path = join(folder, name);
    if (text !== undefined) writeFileSync(path, text);
    return path;
  };
}

export const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** The JSON Lines of a text. */
export const jsonLines = (text: string): Record<string, unknown>[] =>
  linesOf(text).map((line): Record<string, unknown> => JSON.parse(line));

export const toLines = (records: readonly unknown[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');
