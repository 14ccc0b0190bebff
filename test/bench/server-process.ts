import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { BIN } from './amlsim';
import { pause } from './bench-engine';

/** The built server as a process of its own. */
export interface ServerProcess {
  readonly port: number;
  readonly token: string;
  /** Seconds from the start of the process until it is ready. */
  readonly readySeconds: number;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

const READY_MS = 600_000;
const POLL_MS = 10;

/** @throws Error when it ends before it is ready, with what it said */
export async function startServer(directory: string): Promise<ServerProcess> {
  const start = performance.now();
  const args = ['start', '--quiet', '--no-sample', '--data', directory, '--port', '0'];
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      process.off('exit', killNow);
      resolve();
    });
  });
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    child.kill(name);
    await ended;
  };
  try {
    const port = await portOf(child);
    await untilReady(child, port, start);
    const token = readFileSync(join(directory, 'token'), 'utf8').trim();
    const readySeconds = (performance.now() - start) / 1000;
    return {
      port,
      token,
      readySeconds,
      stop: () => signal('SIGTERM'),
      kill: () => signal('SIGKILL'),
    };
  } catch (error) {
    await signal('SIGKILL');
    throw error;
  }
}

/** The port that it says it listens on. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (text: string): void => {
      said += text;
      const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout?.setEncoding('utf8').on('data', hear);
    child.stderr?.setEncoding('utf8').on('data', hear);
    child.once('error', reject);
    child.once('close', () => reject(new Error(`the server has ended: ${said}`)));
  });
}

async function untilReady(child: ChildProcess, port: number, start: number): Promise<void> {
  while ((await statusOf(port)).code !== 200) {
    if (child.exitCode !== null) throw new Error(`the server has ended: ${child.exitCode}`);
    if (performance.now() - start > READY_MS) throw new Error('the server does not become ready');
    await pause(POLL_MS);
  }
}

interface Status {
  /** 0: it does not answer. */
  readonly code: number;
  /** Events of the partitions that are durable and not decided. */
  readonly lag: number;
}

const agent = new Agent({ keepAlive: true });

/** What /readyz says. */
export function statusOf(port: number): Promise<Status> {
  return new Promise((resolve) => {
    const asked = request({ port, agent, path: '/readyz' }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => {
        const { partitions } = JSON.parse(body) as { partitions: { lag: number }[] };
        const lag = partitions.reduce((sum, partition) => sum + partition.lag, 0);
        resolve({ code: answer.statusCode ?? 0, lag });
      });
    });
    asked.on('error', () => resolve({ code: 0, lag: Infinity }));
    asked.end();
  });
}

export async function untilDecided(port: number): Promise<void> {
  while ((await statusOf(port)).lag > 0) await pause(POLL_MS);
}
