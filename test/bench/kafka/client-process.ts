import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { run, scratchFolder, type Running } from '../../integration/cluster/processes';
import { join } from 'node:path';
import { FOLDER } from './scoring-machine';

/** A client under test: processes of its own that work a topic off together. */
export interface Client {
  readonly name: string;
  readonly running: Processes;
  /** Events that it has done, for good; undefined: not known now. */
  readonly done: () => Promise<number | undefined>;
}

export interface Processes {
  readonly pids: readonly number[];
  /** Whether one of them has ended. */
  readonly isOver: () => boolean;
  /** Resolves when all of them have. */
  readonly ended: Promise<unknown>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly said: () => string;
}

export const together = (all: readonly Running[]): Processes => ({
  pids: all.map(({ pid }) => pid),
  isOver: () => all.some((one) => one.isOver()),
  ended: Promise.all(all.map(({ ended }) => ended)),
  kill: (signal) => all.forEach(({ kill }) => kill(signal)),
  said: () => all.map(({ said }) => said()).join(''),
});

export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export function spawnProgram({ name, env, ...program }: Program): Running {
  const folder = scratchFolder(`bench-${name}`);
  return run({ ...program, cwd: folder, log: join(folder, 'log'), env: { ...ofImage(), ...env } });
}

const IMAGE = join(FOLDER, '../../../deploy/Dockerfile');

/** What the image sets for Node; other programs do not know of it. */
function ofImage(): Readonly<Record<string, string>> {
  const found = /^ENV NODE_OPTIONS=(\S+)$/m.exec(readFileSync(IMAGE, 'utf8'));
  if (found === null) throw new Error(`${IMAGE} sets no NODE_OPTIONS`);
  return { NODE_OPTIONS: found[1] ?? '' };
}

/** Of SIGTERM, then of SIGKILL: a client whose work is measured already need not end well. */
const PATIENCE_MS = 10_000;

export async function stop(running: Processes): Promise<void> {
  running.kill('SIGTERM');
  await Promise.race([running.ended, pause(PATIENCE_MS)]);
  running.kill('SIGKILL');
  await running.ended;
}

/** Linux counts CPU time in these. */
const TICKS_PER_SECOND = 100;
/** Fields after the name of the program, which may hold spaces and brackets. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/** CPU seconds of a process since its start, all threads. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) / TICKS_PER_SECOND;
}

/** Resident memory of a process in MB, its largest so far. */
export function peakMegabytesOf(pid: number): number {
  const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(found?.[1] ?? NaN) / 1000;
}

export interface Throughput {
  readonly eventsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  /** From the start of the process until its first events are done. */
  readonly startSeconds: number;
  readonly peakMegabytes: number;
}

const LOOK_MS = 50;
const STALLED_MS = 120_000;

/**
 * Watches a client work off so many events. The clock runs from the first look that finds some done to
 * the one that finds all done, so that neither the start of a process nor the assignment of partitions
 * counts; what it had done by then counts neither.
 * @throws Error when it ends, or gets nothing done for two minutes
 */
export async function watched(client: Client, events: number): Promise<Throughput> {
  const started = performance.now();
  const { pids } = client.running;
  let first: { readonly at: number; readonly done: number; readonly cpu: number } | undefined;
  let seen = { at: started, done: 0 };
  for (;;) {
    const done = (await client.done()) ?? seen.done;
    const at = performance.now();
    if (done > seen.done) seen = { at, done };
    if (client.running.isOver() || at - seen.at > STALLED_MS) throw stalled(client, seen.done);
    if (done > 0) first ??= { at, done, cpu: sumOf(pids, cpuSecondsOf) };
    if (first !== undefined && done >= events) {
      const counted = done - first.done;
      return {
        eventsPerSecond: counted / ((at - first.at) / 1000),
        cpuSecondsPerMillion: ((sumOf(pids, cpuSecondsOf) - first.cpu) / counted) * 1e6,
        startSeconds: (first.at - started) / 1000,
        peakMegabytes: sumOf(pids, peakMegabytesOf),
      };
    }
    await pause(LOOK_MS);
  }
}

const sumOf = (pids: readonly number[], of: (pid: number) => number): number =>
  pids.reduce((sum, pid) => sum + of(pid), 0);

const stalled = ({ name, running }: Client, done: number): Error =>
  new Error(`${name} ended or stalled after ${done} events:\n${running.said().slice(-2_000)}`);
