import type { Blob, DueEntry } from '../../ports';
import type { Hooks, PortCall } from './hooks';

/** Blobs with their due index apart: a blob can be lost while its entry stays. */
export interface BlobData {
  readonly blobs: Map<string, Blob>;
  readonly due: Map<string, DueEntry>;
}

export const emptyBlobs = (): BlobData => ({ blobs: new Map(), due: new Map() });

export const copyBlob = (blob: Blob): Blob => ({
  ...blob,
  bytes: blob.bytes && new Uint8Array(blob.bytes),
});

export function keepBlob({ blobs, due }: BlobData, blob: Blob): void {
  const { key, step, dueAt } = blob;
  blobs.set(key, copyBlob(blob));
  due.set(key, { key, step, dueAt, removed: blob.bytes === undefined });
}

export function dropBlob({ blobs, due }: BlobData, key: string): void {
  blobs.delete(key);
  due.delete(key);
}

export function blobsOf({ blobs }: BlobData, keys: readonly string[]): (Blob | undefined)[] {
  return keys.map((key) => {
    const blob = blobs.get(key);
    return blob === undefined ? undefined : copyBlob(blob);
  });
}

/** The due index, a call for each page. */
export const duePages = (
  data: () => BlobData,
  hooks: Hooks,
  call: PortCall,
  pageKeys: number,
): AsyncGenerator<readonly DueEntry[]> =>
  pages(hooks, call, pageKeys, () => {
    const { due } = data();
    return { keys: () => due.keys(), of: (key) => due.get(key) };
  });

/** The blobs, a call for each page. */
export const blobPages = (
  data: () => BlobData,
  hooks: Hooks,
  call: PortCall,
  pageKeys: number,
): AsyncGenerator<readonly Blob[]> =>
  pages(hooks, call, pageKeys, () => {
    const { blobs } = data();
    const copyOf = (blob: Blob | undefined): Blob | undefined => blob && copyBlob(blob);
    return { keys: () => blobs.keys(), of: (key) => copyOf(blobs.get(key)) };
  });

interface Book<T> {
  readonly keys: () => Iterable<string>;
  readonly of: (key: string) => T | undefined;
}

/** The keys are those at the first call; what became of one since is seen. */
async function* pages<T>(
  hooks: Hooks,
  call: PortCall,
  pageKeys: number,
  open: () => Book<T>,
): AsyncGenerator<readonly T[]> {
  let keys: string[] | undefined;
  for (let from = 0; keys === undefined || from < keys.length; from += pageKeys) {
    const page = await hooks.call(call, () => {
      const book = open();
      keys ??= [...book.keys()];
      return keys.slice(from, from + pageKeys).flatMap((key) => book.of(key) ?? []);
    });
    if (page.length > 0) yield page;
  }
}
