import { link, open, readFile, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { codeOf } from '../../errors';

/** The data directory cannot be opened; the message says what to do. Nothing was changed. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
}

/** Who has a data directory open. */
interface Holder {
  readonly pid: number;
  /** When the process began, in the clock of its system; empty where that is not known. */
  readonly began: string;
  readonly host: string;
  /** Of the running system: another after each start of the machine; empty where not known. */
  readonly boot: string;
}

/** Directories that this process has open: its own lock tells it nothing. */
const held = new Set<string>();

/**
 * Makes this process the only one that has the directory open.
 * @returns gives the directory back
 * @throws StoreRefused with the pid of the process that has it
 */
export async function lockDirectory(
  directory: string,
  report: (message: string) => void,
): Promise<() => Promise<void>> {
  if (held.has(directory)) {
    throw new StoreRefused(`${directory} is open in this process already (pid ${process.pid})`);
  }
  held.add(directory);
  const path = `${directory}/lock`;
  try {
    const me = await self();
    await take(path, me, report);
    return async () => {
      held.delete(directory);
      const now = await contentOf(path);
      if (now !== undefined && sameHolder(holderIn(now), me)) await unlink(path);
    };
  } catch (error) {
    held.delete(directory);
    throw error;
  }
}

/** A taking over that was itself cut off is taken over alike, so deep at most. */
const OVER_MAX = 3;
const ATTEMPTS_MAX = 10;

async function take(
  path: string,
  me: Holder,
  report: (message: string) => void,
  depth = 0,
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (await place(path, me)) return;
    const found = await contentOf(path);
    if (found === undefined) continue;
    const holder = holderIn(found);
    if (holder !== undefined && (await isAlive(holder, me))) {
      throw new StoreRefused(
        `${path} says that process ${holder.pid} on ${holder.host} has the data open. Stop it; if it does not run, remove that file`,
      );
    }
    if (depth === OVER_MAX) break;
    report(`${path} was left behind by process ${holder?.pid ?? 'unknown'}, which is gone`);
    await removeStale(path, found, me, report, depth);
  }
  throw new StoreRefused(`${path} is being taken by others again and again; remove that file`);
}

/**
 * Of those who have found the same stale file one removes it, and the others must not remove what the
 * first of them puts in its place: who removes holds a lock for that, and looks once more.
 */
async function removeStale(
  path: string,
  stale: string,
  me: Holder,
  report: (message: string) => void,
  depth: number,
): Promise<void> {
  const over = `${path}.over`;
  await take(over, me, report, depth + 1);
  try {
    if ((await contentOf(path)) === stale) await unlink(path);
  } finally {
    await unlink(over);
  }
}

/** Puts the file there with its content, or not at all. */
async function place(path: string, me: Holder): Promise<boolean> {
  const made = `${path}.${process.pid}`;
  const file = await open(made, 'w');
  try {
    await file.writeFile(JSON.stringify(me));
  } finally {
    await file.close();
  }
  try {
    await link(made, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(made);
  }
}

/** Undefined: there is no such file. */
async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined: what a power cut has left of the file. */
function holderIn(content: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(content);
    return isHolder(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

const isHolder = (value: unknown): value is Holder =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  typeof value.pid === 'number' &&
  'began' in value &&
  typeof value.began === 'string' &&
  'host' in value &&
  typeof value.host === 'string' &&
  'boot' in value &&
  typeof value.boot === 'string';

const sameHolder = (a: Holder | undefined, b: Holder): boolean =>
  a !== undefined && a.pid === b.pid && a.began === b.began && a.host === b.host;

/**
 * A number that is in use again is told by when its process began. From another container of the same
 * machine a pid says nothing: there the lock of the checkpoint database decides. Of another machine
 * nothing is known, so it is believed to run.
 */
async function isAlive(holder: Holder, me: Holder): Promise<boolean> {
  if (holder.host !== me.host) return holder.boot === '' || holder.boot !== me.boot;
  if (holder.boot !== me.boot) return false;
  // without /proc an equal pid can only be left over: what this thread holds is known
  if (holder.pid === process.pid) return me.began !== '' && holder.began === me.began;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  return holder.began === (await beganAt(holder.pid));
}

async function self(): Promise<Holder> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return {
    pid: process.pid,
    began: await beganAt(process.pid),
    host: hostname(),
    boot: boot.trim(),
  };
}

/**
 * Field 22 of /proc/PID/stat; the name in field 2 may hold spaces and brackets. A zombie, of which
 * nobody has taken leave, has ended: it holds nothing any more.
 */
async function beganAt(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' ? 'ended' : (fields[18] ?? '');
}
