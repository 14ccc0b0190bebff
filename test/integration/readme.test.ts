import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const TIDEMARK = join(ROOT, 'services/cli/bin/tidemark.js');

/** The README's own command lines that start with a text. */
const commands = (start: string): string[] =>
  README.split('\n').filter((line) => line.startsWith(`npx tidemark ${start}`));

function run(command: string): { out: string; err: string } {
  const [line = ''] = command.split('#');
  const args = line.trim().split(/\s+/).slice(2);
  const done = spawnSync(process.execPath, [TIDEMARK, ...args], { cwd: ROOT, encoding: 'utf8' });
  return { out: done.stdout, err: done.stderr };
}

describe('the README', () => {
  it('shows a first rating that is what the command prints (W-7, X-H2)', () => {
    const [command = ''] = commands('rate');
    const { out, err } = run(command);
    const squeezed = err.replace(/\s+/g, ' ');
    const block = README.slice(README.indexOf('bank-1:c-1 at'), README.indexOf('Each line can be'));
    const lines = block
      .split('\n')
      .map((line) =>
        line
          .replace(/\.\.\.$|```/, '')
          .replace(/\s+/g, ' ')
          .trim(),
      )
      .filter((line) => line !== '');
    expect(lines.length).toBeGreaterThan(7);
    for (const line of lines) expect(squeezed).toContain(line);
    const rating: unknown = JSON.parse(out);
    expect(rating).toMatchObject({ score: '28.0', grade: 5, rule: 'X-H2' });
  });

  it('runs the streaming job on the same file', () => {
    const [command = ''] = commands('run');
    const grades = run(command)
      .out.trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(grades).toMatchObject([
      { sequence: 1, grade: 1 },
      { sequence: 2, grade: 5, cause: { kind: 'pep_confirmed' } },
    ]);
  });

  it('names only files that exist', () => {
    for (const [, target = ''] of README.matchAll(/\]\(([^)#]+)\)/g)) {
      expect(() =>
        readFileSync(join(ROOT, target, target.includes('.') ? '' : 'README.md')),
      ).not.toThrow();
    }
  });
});
