import { codeOf } from '../../errors';

/**
 * All that the logs ask of a file system, so that a test can put one in its place that loses what was
 * not synced, or fails at the n-th byte.
 *
 * What may be relied on after a power cut: bytes of a file after its `sync`; names in a directory
 * after its `syncDirectory`. Nothing else, in no order.
 */
export interface FileLayer {
  /**
   * read: must exist. write: must exist. create: made, or emptied if there.
   * @throws with code ENOENT where it must exist and does not
   */
  readonly open: (path: string, mode: 'read' | 'write' | 'create') => Promise<OpenFile>;
  /** Names in a directory in any order; undefined: there is no such directory. */
  readonly list: (directory: string) => Promise<readonly string[] | undefined>;
  /** Makes one directory, whose parent exists; nothing happens where it is there. */
  readonly makeDirectory: (directory: string) => Promise<void>;
  /** Replaces what has the new name, at once or not at all. */
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  /** Makes the names in a directory durable. */
  readonly syncDirectory: (directory: string) => Promise<void>;
}

export interface OpenFile {
  /** Bytes. */
  readonly size: () => Promise<number>;
  /** Fewer bytes than asked for at the end of the file. */
  readonly read: (position: number, length: number) => Promise<Buffer>;
  /** Writes all parts one behind the other. @throws when part of it may have been written */
  readonly write: (parts: readonly Uint8Array[], position: number) => Promise<void>;
  /** Makes bytes and length durable. */
  readonly sync: () => Promise<void>;
  readonly truncate: (length: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens a file, uses it, closes it also when that fails. */
export async function withFile<T>(
  files: FileLayer,
  path: string,
  mode: 'read' | 'write' | 'create',
  use: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const file = await files.open(path, mode);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Puts a file in place whole and durable, or leaves what was there. */
export async function writeWhole(
  files: FileLayer,
  directory: string,
  name: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const made = `${directory}/${name}${UNFINISHED}`;
  await withFile(files, made, 'create', async (file) => {
    await file.write(parts, 0);
    await file.sync();
  });
  await files.rename(made, `${directory}/${name}`);
  await files.syncDirectory(directory);
}

/** Ends the names of files that have not got their own name yet; what is left of them is litter. */
export const UNFINISHED = '.new';

/** The whole of a small file; undefined: there is none. */
export async function readWhole(files: FileLayer, path: string): Promise<Buffer | undefined> {
  try {
    return await withFile(files, path, 'read', async (file) => file.read(0, await file.size()));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
