import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLocalStore } from '@tidemark/engine/adapters/local/store';
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

/**
 * Opens a data directory, or makes it.
 * @param partitions undefined: as many as it has
 * @throws StoreRefused
 */
export async function openDataDirectory(
  directory: string,
  partitions: number | undefined,
  report: (message: string) => void,
): Promise<Store> {
  const count = partitions ?? partitionsIn(directory) ?? PARTITIONS;
  const store = await openLocalStore({
    directory,
    application: APPLICATION,
    partitions: count,
    inputTopics: [EVENTS, REFUSED],
    globalTopics: GLOBAL_TOPICS,
    report,
  });
  return { ...store, partitions: count };
}
