import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '@tidemark/engine/adapters/local/file-layer';
import { StoreRefused } from '@tidemark/engine/adapters/local/lock';
import { nodeFiles } from '@tidemark/engine/adapters/local/node-files';
import {
  holdDirectory,
  openLocalStore,
  type LocalStore,
  type LocalStoreOptions,
} from '@tidemark/engine/adapters/local/store';
import type { Skip } from '@tidemark/engine/options';
import type { Store } from './embedded';
import { APPLICATION, EVENTS, GLOBAL_TOPICS, REFUSED } from './topics';

/** Partitions of a data directory that is made. */
export const PARTITIONS = 2;

/** How many partitions a data directory has; undefined: there is none yet, or what is there is none. */
export function partitionsIn(directory: string): number | undefined {
  try {
    const format: unknown = JSON.parse(readFileSync(join(directory, 'format.json'), 'utf8'));
    const named = typeof format === 'object' && format !== null && 'partitions' in format;
    return named && typeof format.partitions === 'number' ? format.partitions : undefined;
  } catch {
    return undefined;
  }
}

/** Of each partition its own: the global topics too, so that no partition needs another. */
const TOPICS = [EVENTS, REFUSED, ...GLOBAL_TOPICS];

const SKIPS_FILE = 'skips.json';
const folderOf = (directory: string, partition: number): string =>
  join(directory, `partition-${partition}`);

/**
 * Events that are to be passed over by order of a person, for the next start.
 * @throws StoreRefused when the file of the orders was altered
 */
export function readSkips(directory: string, partition: number): readonly Skip[] {
  const file = join(folderOf(directory, partition), SKIPS_FILE);
  if (!existsSync(file)) return [];
  try {
    const skips: readonly Skip[] = JSON.parse(readFileSync(file, 'utf8'));
    return skips;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new StoreRefused(
      `${file} is no JSON: restore it from a copy, or remove it and give its orders again (tidemark skip)`,
      { cause },
    );
  }
}

/**
 * Orders that an event is passed over: the partition notes it in its journal and goes on. The orders
 * that were there stay until the new ones are whole and durable.
 * @throws StoreRefused when there is no such partition
 */
export async function addSkip(directory: string, partition: number, skip: Skip): Promise<void> {
  const folder = folderOf(directory, partition);
  if (!existsSync(folder)) throw new StoreRefused(`${folder} is not there: restore it from a copy`);
  const others = readSkips(directory, partition).filter(
    ({ topic, offset }) => topic !== skip.topic || offset !== skip.offset,
  );
  const text = JSON.stringify([...others, skip], undefined, 2);
  await writeWhole(nodeFiles, folder, SKIPS_FILE, [Buffer.from(`${text}\n`)]);
}

export interface DataDirectory {
  readonly directory: string;
  readonly partitions: number;
}

/**
 * Makes a data directory if it is not there, and this process the only one that has it open.
 * @param partitions undefined: as many as it has
 * @returns gives it back
 * @throws StoreRefused
 */
export async function holdData(
  directory: string,
  partitions: number | undefined,
  report: (message: string) => void,
): Promise<DataDirectory & { readonly release: () => Promise<void> }> {
  const count = partitions ?? partitionsIn(directory) ?? PARTITIONS;
  const options = { directory, application: APPLICATION, partitions: count, report };
  return { directory, partitions: count, release: await holdDirectory(options) };
}

/** Opens one partition of a directory that this process holds. @throws StoreRefused */
export async function openPartition(
  { directory, partitions }: DataDirectory,
  partition: number,
  report: (message: string) => void,
): Promise<Store> {
  const store = await openOnly({ directory, partitions, only: partition, report });
  return {
    partitions,
    own: [partition],
    partition: (index) => ({
      ...store.partition(index),
      skips: readSkips(directory, index),
    }),
    close: store.close,
  };
}

/** Opens one partition to look at only; a server may run on it meanwhile. @throws StoreRefused */
export const lookAtPartition = (
  { directory, partitions }: DataDirectory,
  partition: number,
): Promise<LocalStore> => openOnly({ directory, partitions, only: partition, readOnly: true });

const openOnly = (
  options: Pick<LocalStoreOptions, 'directory' | 'partitions' | 'only' | 'report' | 'readOnly'>,
): Promise<LocalStore> =>
  openLocalStore({
    ...options,
    application: APPLICATION,
    inputTopics: TOPICS,
    globalTopics: [],
  });

/**
 * Opens a whole data directory for this thread, or makes it.
 * @param partitions undefined: as many as it has
 * @throws StoreRefused
 */
export async function openDataDirectory(
  directory: string,
  partitions: number | undefined,
  report: (message: string) => void,
): Promise<Store> {
  const held = await holdData(directory, partitions, report);
  const own = Array.from({ length: held.partitions }, (_, partition) => partition);
  const stores: Store[] = [];
  try {
    for (const partition of own) stores.push(await openPartition(held, partition, report));
  } catch (error) {
    await Promise.allSettled(stores.map((store) => store.close()));
    await held.release();
    throw error;
  }
  return {
    partitions: held.partitions,
    own,
    partition: (partition) => {
      const store = stores[partition];
      if (store === undefined) throw new RangeError(`there is no partition ${partition}`);
      return store.partition(partition);
    },
    close: async () => {
      try {
        await Promise.all(stores.map((store) => store.close()));
      } finally {
        await held.release();
      }
    },
  };
}
