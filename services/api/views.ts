import { rm } from 'node:fs/promises';
import { orLate } from '@tidemark/engine/pause';
import type { TopicLog } from '@tidemark/engine/ports';
import type { Engine } from '@tidemark/processor/engine';
import { GRADE_CHANGES, RESTRICTED } from '@tidemark/processor/topics';
import type { GradeChange } from '@tidemark/schemas/records';
import { ClassicLevel } from 'classic-level';
import {
  cursorOf,
  customersRange,
  entriesOf,
  FORMAT,
  FORMAT_KEY,
  fullEntriesOf,
  fullHistoryRange,
  historyRange,
  watermarkKey,
  type Entry,
  type GradedCustomer,
} from './view-keys';

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null: this was the last. */
  readonly next: string | null;
}

/**
 * What can be told from the published grade changes: each customer's history, and who has which
 * grade. A copy: lost or damaged, it is made anew from the outputs.
 */
export interface Views {
  /**
   * Grade changes of a customer after a sequence, in order, each as JSON.
   * @param isFull with what is confidential, as far as these views follow it
   */
  readonly history: (
    institution: string,
    customer: string,
    after: number,
    limit: number,
    isFull?: boolean,
  ) => Promise<readonly string[]>;
  /** Customers of a grade (undefined: of any) in the order of their names. */
  readonly customers: (
    grade: number | undefined,
    cursor: string | undefined,
    limit: number,
  ) => Promise<Page<GradedCustomer>>;
  /** Resolves when all that a partition has published by now can be seen, with false after `waitMs`. */
  readonly caughtUp: (partition: number, waitMs: number) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

type Database = ClassicLevel<string, string>;

/**
 * Opens the views in a directory of their own and follows the outputs.
 * @param isRestricted whether to follow what is restricted too; else nothing of it is kept
 */
export async function openViews(
  directory: string,
  engine: Pick<Engine, 'partitions' | 'outputs'>,
  report: (message: string) => void,
  isRestricted = false,
): Promise<Views> {
  const logs = Array.from({ length: engine.partitions }, (_, n) => engine.outputs(n));
  const database = await openCurrent(directory, logs, isRestricted);
  const closing = new AbortController();
  const followerOf = ({ name, entries, watermark }: Followed) =>
    logs.map((log, partition) => {
      const source: Source = { log, name, entries, watermark: watermark(partition) };
      return follow(database, source, closing.signal, report);
    });
  const followers = followerOf(OPEN);
  const restricted = isRestricted ? followerOf(FULL) : [];
  return {
    history: async (institution, customer, after, limit, isFull = false) => {
      const range = historyRange(institution, customer, after);
      const open = await database.values({ ...range, limit }).all();
      if (!isFull) return open;
      const full = fullHistoryRange(institution, customer, after);
      return inFull(open, await database.values({ ...full, limit }).all());
    },
    customers: async (grade, cursor, limit) => {
      const range = customersRange(grade, cursor);
      const found = await database.values({ ...range, limit: limit + 1 }).all();
      const items = found.slice(0, limit).map((value): GradedCustomer => JSON.parse(value));
      const last = items.at(-1);
      return { items, next: found.length > limit && last !== undefined ? cursorOf(last) : null };
    },
    caughtUp: async (partition, waitMs) => {
      const reached = async (of: readonly Follower[], topic: string): Promise<boolean> => {
        const [log, follower] = [logs[partition], of[partition]];
        if (log === undefined || follower === undefined) return true;
        // brokers that are away are not waited for
        const bounds = await orLate(log.bounds(topic), waitMs);
        return bounds !== undefined && follower.reaches(bounds.next, waitMs);
      };
      if (!(await reached(followers, GRADE_CHANGES))) return false;
      return !isRestricted || reached(restricted, RESTRICTED);
    },
    close: async () => {
      closing.abort();
      await Promise.all([...followers, ...restricted].map(({ done }) => done));
      await database.close();
    },
  };
}

/** What is followed of a partition. */
interface Source {
  readonly log: TopicLog;
  readonly name: string;
  readonly entries: (json: string) => Entry[];
  /** The key of the next offset. */
  readonly watermark: string;
}

type Followed = Pick<Source, 'name' | 'entries'> & {
  readonly watermark: (partition: number) => string;
};

const OPEN: Followed = {
  name: GRADE_CHANGES,
  entries: entriesOf,
  watermark: (n) => watermarkKey(n),
};
const FULL: Followed = {
  ...{ name: RESTRICTED, entries: fullEntriesOf },
  watermark: (n) => watermarkKey(n, true),
};

/** Changes in full where there is more to tell. */
function inFull(open: readonly string[], full: readonly string[]): readonly string[] {
  const sequenceOf = (json: string): number => {
    const { sequence }: GradeChange = JSON.parse(json);
    return sequence;
  };
  const bySequence = new Map(full.map((json) => [sequenceOf(json), json]));
  return open.map((json) => bySequence.get(sequenceOf(json)) ?? json);
}

/** A database that goes with these outputs; anything else is thrown away, it is a copy. */
async function openCurrent(
  directory: string,
  logs: readonly TopicLog[],
  isRestricted: boolean,
): Promise<Database> {
  const opened = await open(directory).catch(() => undefined);
  if (opened !== undefined && (await isCurrent(opened, logs, isRestricted))) return opened;
  await opened?.close();
  await rm(directory, { recursive: true, force: true });
  const fresh = await open(directory);
  await fresh.put(FORMAT_KEY, FORMAT);
  return fresh;
}

async function open(directory: string): Promise<Database> {
  const database: Database = new ClassicLevel(directory);
  await database.open();
  return database;
}

async function isCurrent(
  database: Database,
  logs: readonly TopicLog[],
  isRestricted: boolean,
): Promise<boolean> {
  if ((await database.get(FORMAT_KEY)) !== FORMAT) return false;
  for (const [partition, log] of logs.entries()) {
    const full = await watermarkOf(database, FULL.watermark(partition));
    // who follows nothing restricted keeps nothing of it either
    if (!isRestricted && full !== undefined) return false;
    const open = await watermarkOf(database, OPEN.watermark(partition));
    for (const [name, watermark] of [
      [OPEN.name, open],
      [FULL.name, full],
    ] as const) {
      if (watermark === undefined) continue;
      const { first, next } = await log.bounds(name);
      if (watermark < first || watermark > next) return false;
    }
  }
  return true;
}

async function watermarkOf(database: Database, key: string): Promise<number | undefined> {
  const stored = await database.get(key);
  return stored === undefined ? undefined : Number(stored);
}

/** Resolves when a log has more, at the end of a short wait, or when it is aborted. */
const changedOr = ({ log, name }: Source, at: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    signal.addEventListener('abort', end);
    // What is wrong with the log, the next reading of it says.
    log.changed(new Map([[name, at]]), WAIT_MS).then(end, end);
    if (signal.aborted) end();
  });

interface Follower {
  /** Resolves, never rejects, when it has ended. */
  readonly done: Promise<void>;
  readonly reaches: (offset: number, waitMs: number) => Promise<boolean>;
}

const READ = { records: 2_000, bytes: 4 << 20 };
const WAIT_MS = 1_000;
const RETRY_MS = 1_000;

/** Puts what a partition publishes into the database, each part with the position after it. */
function follow(
  database: Database,
  source: Source,
  signal: AbortSignal,
  report: (message: string) => void,
): Follower {
  const { log, name, watermark } = source;
  let at = 0;
  const watchers = new Set<() => void>();
  const run = async (): Promise<void> => {
    at = (await watermarkOf(database, watermark)) ?? (await log.bounds(name)).first;
    while (!signal.aborted) {
      const { records, next } = await log.read(name, at, READ);
      if (next === at) {
        await changedOr(source, at, signal);
        continue;
      }
      const entries = records.flatMap(({ value }) => source.entries(Buffer.from(value).toString()));
      await database.batch([...entries, { type: 'put', key: watermark, value: String(next) }]);
      at = next;
      for (const check of [...watchers]) check();
    }
  };
  const runOn = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await run();
      } catch (error) {
        if (signal.aborted) return;
        const why = error instanceof Error ? error.name : 'unknown fault';
        report(`views cannot follow ${name} (${why}); trying again`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };
  return {
    done: runOn(),
    reaches: (offset, waitMs) =>
      new Promise((resolve) => {
        if (at >= offset) return resolve(true);
        const end = (reached: boolean): void => {
          clearTimeout(timer);
          watchers.delete(check);
          resolve(reached);
        };
        const check = (): void => {
          if (at >= offset) end(true);
        };
        const timer = setTimeout(() => end(false), waitMs);
        watchers.add(check);
      }),
  };
}
