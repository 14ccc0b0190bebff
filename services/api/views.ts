import { rm } from 'node:fs/promises';
import type { TopicLog } from '@tidemark/engine/ports';
import type { Engine } from '@tidemark/processor/engine';
import { GRADE_CHANGES } from '@tidemark/processor/topics';
import { ClassicLevel } from 'classic-level';
import {
  cursorOf,
  customersRange,
  entriesOf,
  FORMAT,
  FORMAT_KEY,
  historyRange,
  watermarkKey,
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
  /** Grade changes of a customer after a sequence, in order, each as JSON. */
  readonly history: (
    institution: string,
    customer: string,
    after: number,
    limit: number,
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

/** Opens the views in a directory of their own and follows the outputs. */
export async function openViews(
  directory: string,
  engine: Pick<Engine, 'partitions' | 'outputs'>,
  report: (message: string) => void,
): Promise<Views> {
  const logs = Array.from({ length: engine.partitions }, (_, n) => engine.outputs(n));
  const database = await openCurrent(directory, logs);
  const closing = new AbortController();
  const followers = logs.map((log, partition) =>
    follow(database, log, partition, closing.signal, report),
  );
  return {
    history: (institution, customer, after, limit) =>
      database.values({ ...historyRange(institution, customer, after), limit }).all(),
    customers: async (grade, cursor, limit) => {
      const range = customersRange(grade, cursor);
      const found = await database.values({ ...range, limit: limit + 1 }).all();
      const items = found.slice(0, limit).map((value): GradedCustomer => JSON.parse(value));
      const last = items.at(-1);
      return { items, next: found.length > limit && last !== undefined ? cursorOf(last) : null };
    },
    caughtUp: async (partition, waitMs) => {
      const { next } = (await logs[partition]?.bounds(GRADE_CHANGES)) ?? { next: 0 };
      return (await followers[partition]?.reaches(next, waitMs)) ?? true;
    },
    close: async () => {
      closing.abort();
      await Promise.all(followers.map(({ done }) => done));
      await database.close();
    },
  };
}

/** A database that goes with these outputs; anything else is thrown away, it is a copy. */
async function openCurrent(directory: string, logs: readonly TopicLog[]): Promise<Database> {
  const opened = await open(directory).catch(() => undefined);
  if (opened !== undefined && (await isCurrent(opened, logs))) return opened;
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

async function isCurrent(database: Database, logs: readonly TopicLog[]): Promise<boolean> {
  if ((await database.get(FORMAT_KEY)) !== FORMAT) return false;
  for (const [partition, log] of logs.entries()) {
    const { first, next } = await log.bounds(GRADE_CHANGES);
    const at = (await watermarkOf(database, partition)) ?? first;
    if (at < first || at > next) return false;
  }
  return true;
}

async function watermarkOf(database: Database, partition: number): Promise<number | undefined> {
  const stored = await database.get(watermarkKey(partition));
  return stored === undefined ? undefined : Number(stored);
}

/** Resolves when a log has more, at the end of a short wait, or when it is aborted. */
const changedOr = (log: TopicLog, at: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    signal.addEventListener('abort', end);
    // What is wrong with the log, the next reading of it says.
    log.changed(new Map([[GRADE_CHANGES, at]]), WAIT_MS).then(end, end);
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
  log: TopicLog,
  partition: number,
  signal: AbortSignal,
  report: (message: string) => void,
): Follower {
  let at = 0;
  const watchers = new Set<() => void>();
  const run = async (): Promise<void> => {
    at = (await watermarkOf(database, partition)) ?? (await log.bounds(GRADE_CHANGES)).first;
    while (!signal.aborted) {
      const { records, next } = await log.read(GRADE_CHANGES, at, READ);
      if (next === at) {
        await changedOr(log, at, signal);
        continue;
      }
      const entries = records.flatMap(({ value }) => entriesOf(Buffer.from(value).toString()));
      const watermark = { key: watermarkKey(partition), value: String(next) };
      await database.batch([...entries, { type: 'put', ...watermark }]);
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
        report(`views of partition ${partition} cannot follow (${why}); trying again`);
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
