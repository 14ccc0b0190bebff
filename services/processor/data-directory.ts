import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  holdDirectory,
  openLocalStore,
  type LocalStore,
  type LocalStoreOptions,
} from '@tidemark/engine/adapters/local/store';
import { readOrders } from './data-orders';
import type { Store } from './embedded';
import { skipsOf } from './orders';
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
  const skips = skipsOf(readOrders(directory), partition);
  const store = await openOnly({ directory, partitions, only: partition, report });
  return {
    partitions,
    own: [partition],
    partition: (index) => ({ ...store.partition(index), skips }),
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
