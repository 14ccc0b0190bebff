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
export async function* duePages(
  data: () => BlobData,
  hooks: Hooks,
  call: PortCall,
  pageKeys: number,
): AsyncGenerator<readonly DueEntry[]> {
  let keys: string[] | undefined;
  for (let from = 0; keys === undefined || from < keys.length; from += pageKeys) {
    const page = await hooks.call(call, () => {
      const { due } = data();
      keys ??= [...due.keys()];
      return keys.slice(from, from + pageKeys).flatMap((key) => due.get(key) ?? []);
    });
    if (page.length > 0) yield page;
  }
}
