import { join } from 'node:path';
import {
  end,
  freePort,
  run,
  scratchFolder,
  until,
  whenDone,
  type Running,
} from '../cluster/processes';

const MAIN = join(__dirname, '../../../services/processor/dist/main.js');
/** A clean end has an own bound; this is longer. */
const STOP_MS = 30_000;

/** A processor in a process of its own, as it is deployed. */
export interface Worker {
  readonly name: string;
  /** Where it answers probes and tells metrics. */
  readonly url: string;
  readonly isUp: () => boolean;
  readonly start: () => Promise<void>;
  /** SIGKILL: gone when this resolves. */
  readonly kill: () => Promise<void>;
  /** SIGTERM. @returns the exit code */
  readonly stop: () => Promise<number | null>;
  readonly pause: () => void;
  readonly wake: () => void;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Whether all of its partitions are live. */
  readonly isReady: () => Promise<boolean>;
  /** What it has logged so far, over all its lives. */
  readonly said: () => string;
}

export type Environment = Readonly<Record<string, string>>;

/** @param main of the build that runs */
export async function workerOf(
  name: string,
  environment: Environment,
  main = MAIN,
): Promise<Worker> {
  const folder = scratchFolder(name);
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const env = { ...environment, TIDEMARK_WORKER_LISTEN: listen };
  let running: Running | undefined;
  const isUp = (): boolean => running?.isOver() === false;
  whenDone(async () => {
    if (running !== undefined) await end(running);
  });
  return {
    name,
    url,
    isUp,
    start: async () => {
      if (isUp()) return;
      const log = join(folder, 'worker.log');
      running = run({ command: process.execPath, args: [main], cwd: folder, log, env });
      await until(`${name} listens`, () => answers(`${url}/healthz`), { running });
    },
    kill: async () => {
      if (running !== undefined) await end(running);
    },
    stop: async () => {
      if (running === undefined) return null;
      const { ended, kill, code } = running;
      kill('SIGTERM');
      const late = setTimeout(() => kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(late);
      return code();
    },
    pause: () => running?.kill('SIGSTOP'),
    wake: () => running?.kill('SIGCONT'),
    signal: (signal) => running?.kill(signal),
    isReady: () => answers(`${url}/readyz`),
    said: () => running?.said() ?? '',
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    return ok;
  } catch {
    return false;
  }
}
