import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { hasCommand } from './downloads';

/** A server in a process of its own. Its output goes to a file: a full pipe would stop it. */
export interface Running {
  readonly pid: number;
  readonly isOver: () => boolean;
  /** Null while it runs, and when a signal has ended it. */
  readonly code: () => number | null;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<void>;
  /** What it has written so far. */
  readonly said: () => string;
}

/** What a test file has started and not yet stopped, the newest last. */
const open = new Set<() => Promise<void>>();
let isOver = false;

/** Has `stop` called at the end of the suite, however that comes; at once where it has come already. */
export function whenDone(stop: () => Promise<void>): void {
  if (isOver) void stop();
  else open.add(stop);
}

/** A suite begins: what it starts stays until `stopAll`. */
export function beginSuite(): void {
  isOver = false;
}

export async function stopAll(): Promise<void> {
  isOver = true;
  for (const stop of [...open].reverse()) {
    open.delete(stop);
    await stop();
  }
}

/** A new folder that is removed at the end of the test file. */
export function scratchFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `tidemark-${name}-`));
  whenDone(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let dies: readonly string[] | undefined;

/** Has the kernel end the program when this process ends, even by SIGKILL; the pid stays the same. */
function diesWithUs(): readonly string[] {
  dies ??= hasCommand('setpriv') ? ['setpriv', '--pdeathsig', 'KILL'] : [];
  return dies;
}

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The file for its output, appended to. */
  readonly log: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Told each line of its standard output, which then does not go to the file. */
  readonly line?: (line: string) => void;
}

export function run({ command, args, cwd, log, env, line }: Program): Running {
  if (isOver) throw new Error('the suite is over: nothing is started any more');
  const [first = '', ...rest] = [...diesWithUs(), command, ...args];
  const out = openSync(log, 'a');
  const child: ChildProcess = spawn(first, rest, {
    cwd,
    stdio: ['ignore', line === undefined ? out : 'pipe', out],
    env: { ...process.env, ...env },
  });
  closeSync(out);
  if (line !== undefined && child.stdout !== null) createInterface(child.stdout).on('line', line);
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      over = true;
      resolve();
    };
    child.on('exit', end).on('error', end);
  });
  return {
    pid: child.pid ?? -1,
    isOver: () => over,
    code: () => child.exitCode,
    kill: (signal) => void child.kill(signal),
    ended,
    said: () => readFileSync(log, 'utf8'),
  };
}

/** SIGKILL, and waits until it is gone: servers of a test have nothing to save. */
export async function end(running: Running): Promise<void> {
  running.kill('SIGKILL');
  await running.ended;
}

/** Servers start in seconds; on a machine that does much else at the time, in minutes. */
export const WAIT_MS = 180_000;

/**
 * Resolves as soon as the condition holds, which is asked again every few milliseconds.
 * @throws after `withinMs`, or as soon as `running` is over, with the end of what it wrote
 */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  { withinMs = WAIT_MS, running }: { readonly withinMs?: number; readonly running?: Running } = {},
): Promise<void> {
  const last = Date.now() + withinMs;
  for (let wait = 5; !(await holds()); wait = Math.min(wait * 2, 100)) {
    const tail = (): string => running?.said().slice(-2_000) ?? '';
    if (running?.isOver() === true) throw new Error(`it ended before: ${what}\n${tail()}`);
    if (Date.now() > last) throw new Error(`not within ${withinMs} ms: ${what}\n${tail()}`);
    await pause(wait);
  }
}

/** Below those that the kernel gives to outgoing connections. */
const PORTS = { first: 12_000, count: 20_000 };
/** Test files run side by side in so many processes at most; each has ports of its own. */
const PROCESSES = 8;

const given = new Set<number>();

/**
 * A port of the loopback that nobody listens on, and that no other test is given. A server that was killed
 * finds it free when it starts again.
 */
export async function freePort(): Promise<number> {
  const own = Number(process.env['JEST_WORKER_ID'] ?? process.pid) % PROCESSES;
  const count = PORTS.count / PROCESSES;
  for (;;) {
    const port = PORTS.first + own * count + Math.floor(Math.random() * count);
    if (given.has(port)) continue;
    given.add(port);
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
