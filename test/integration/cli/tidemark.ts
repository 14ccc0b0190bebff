import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const BIN = join(__dirname, '../../../services/cli/bin/tidemark.js');

/** The built program under test, in a process of its own. */
export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves once the condition holds of what has been written so far. @throws when it ends first */
  readonly until: (holds: (child: Child) => boolean) => Promise<void>;
  /** Resolves when the process has ended and all its output has arrived. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** A test that fails leaves nothing that runs on. */
const running = new Set<ChildProcessWithoutNullStreams>();

export function startChild(command: string, args: readonly string[], cwd?: string): Child {
  const child = spawn(command, args, { cwd, stdio: 'pipe' });
  running.add(child);
  const written = { out: '', err: '' };
  const waiting = new Set<() => void>();
  const wake = (): void => waiting.forEach((check) => check());
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.out += text;
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.err += text;
    wake();
  });
  // a process that ends early closes its standard input: whoever writes to it sees `ended`
  child.stdin.on('error', () => undefined);
  let isOver = false;
  const ended: Child['ended'] = new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => {
      isOver = true;
      running.delete(child);
      resolve({ code, signal });
      wake();
    });
  });
  const self: Child = {
    process: child,
    out: () => written.out,
    err: () => written.err,
    ended,
    until: (holds) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const held = holds(self);
          if (!held && !isOver) return;
          waiting.delete(check);
          if (held) resolve();
          else reject(new Error(`it ended first: ${written.err}`));
        };
        waiting.add(check);
        check();
      }),
  };
  return self;
}

export const tidemark = (args: readonly string[], cwd?: string): Child =>
  startChild(process.execPath, [BIN, ...args], cwd);

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a line of bash to its end, `tidemark` being the built program; a pipe fails as a whole. */
export async function shell(line: string, cwd: string): Promise<Ran> {
  const named = `tidemark() { ${JSON.stringify(process.execPath)} ${JSON.stringify(BIN)} "$@"; }`;
  const child = startChild('bash', ['-c', `set -o pipefail; ${named}; ${line}`], cwd);
  child.process.stdin.end();
  const { code } = await child.ended;
  return { code, out: child.out(), err: child.err() };
}

/** A folder for the files of a suite, removed at its end. */
export function suiteFolder(): string {
  if (!existsSync(join(BIN, '../../dist/main.js'))) throw new Error('run npm run build first');
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-cli-'));
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return folder;
}
