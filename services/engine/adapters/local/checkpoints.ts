import { rename } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';
import { codeOf } from '../../errors';
import type { Blob, CheckpointSlice, CheckpointStore, DueEntry, Restart } from '../../ports';
import { decodeBlob, decodeDue, encodeBlob, encodeDue, stateIn } from './blob-codec';

/** The states of one partition as its steps hand them over. */
export interface Checkpoints extends CheckpointStore {
  /** Takes a slice over, whose step is durable. It is written behind, in order. */
  readonly write: (slice: CheckpointSlice) => void;
  /**
   * Resolves when slices may follow: not too many wait.
   * @throws when they cannot be written
   */
  readonly ready: () => Promise<void>;
  readonly close: () => Promise<void>;
}

type Database = ClassicLevel<string, Buffer>;

type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: string };

interface Pending {
  readonly operations: readonly Operation[];
  /** By key; null: forgotten. */
  readonly blobs: ReadonlyMap<string, Blob | null>;
  readonly bytes: number;
}

interface Writing {
  readonly open: () => Promise<Database>;
  database: Database;
  /** Not written yet, oldest first. */
  pending: Pending[];
  bytes: number;
  running: Promise<void> | undefined;
  failure: { readonly error: unknown } | undefined;
}

/** Keys: a state, its entry in the due index, the restart position. */
const STATE = 's:';
const DUE = 'd:';
const DUE_END = 'd;';
const RESTART = 'r';

const PENDING_BYTES_MAX = 64 << 20;
/** Written with one sync at most, bytes. */
const BATCH_BYTES = 16 << 20;
const DUE_AT_ONCE = 1000;

/**
 * @param directory of the database; its parent exists
 * @param report told when the database was damaged and is begun anew
 */
export async function openCheckpoints(
  directory: string,
  report: (message: string) => void,
): Promise<Checkpoints> {
  const open = (): Promise<Database> => openDatabase(directory, report);
  const writing: Writing = {
    open,
    database: await open(),
    pending: [],
    bytes: 0,
    running: undefined,
    failure: undefined,
  };
  return {
    write: (slice) => {
      const pending = pend(slice);
      writing.pending.push(pending);
      writing.bytes += pending.bytes;
      writing.running ??= drain(writing);
    },
    ready: () => ready(writing),
    restart: async () => {
      await written(writing);
      return decodeRestart(await writing.database.get(RESTART));
    },
    due: () => dueOf(writing),
    get: (keys) => blobsOf(writing, keys),
    close: async () => {
      await writing.running;
      await writing.database.close();
    },
  };
}

/** A damaged copy is set aside: the journal brings the states back, which takes time only. */
async function openDatabase(
  directory: string,
  report: (message: string) => void,
): Promise<Database> {
  try {
    return await tryOpen(directory);
  } catch (error) {
    const cause = causeOf(error);
    if (codeOf(cause) !== 'LEVEL_CORRUPTION') throw cause;
    const aside = `${directory}.damaged-${Date.now()}`;
    await rename(directory, aside);
    report(`the checkpoint was damaged; it lies in ${aside}, and all steps are replayed`);
    return tryOpen(directory);
  }
}

/** The database wraps what happened into an error that only says that it is not open. */
const causeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'cause' in error ? (error.cause ?? error) : error;

async function tryOpen(directory: string): Promise<Database> {
  const database: Database = new ClassicLevel<string, Buffer>(directory, {
    keyEncoding: 'utf8',
    valueEncoding: 'buffer',
    writeBufferSize: 16 << 20,
    cacheSize: 32 << 20,
  });
  await database.open();
  return database;
}

function pend({ blobs, forgotten, restart }: CheckpointSlice): Pending {
  const operations: Operation[] = [];
  const kept = new Map<string, Blob | null>();
  let bytes = 0;
  for (const blob of blobs) {
    const value = encodeBlob(blob);
    operations.push({ type: 'put', key: STATE + blob.key, value });
    operations.push({ type: 'put', key: DUE + blob.key, value: encodeDue(blob) });
    // the copy: the caller's bytes are its own
    kept.set(blob.key, { ...blob, bytes: blob.bytes && stateIn(value) });
    bytes += value.length;
  }
  for (const key of forgotten) {
    operations.push({ type: 'del', key: STATE + key }, { type: 'del', key: DUE + key });
    kept.set(key, null);
  }
  operations.push({ type: 'put', key: RESTART, value: encodeRestart(restart) });
  return { operations, blobs: kept, bytes };
}

/**
 * Writes what is pending, several slices together, each time with a sync: a log of the database that
 * lost a batch in the middle and kept later ones would give a restart position to states it has not.
 * Never rejects.
 */
async function drain(writing: Writing): Promise<void> {
  try {
    while (writing.pending.length > 0) {
      let count = 0;
      let bytes = 0;
      for (const slice of writing.pending) {
        if (bytes >= BATCH_BYTES) break;
        bytes += slice.bytes;
        count += 1;
      }
      const operations = writing.pending.slice(0, count).flatMap((slice) => slice.operations);
      await writing.database.batch(operations, { sync: true });
      writing.pending.splice(0, count);
      writing.bytes -= bytes;
    }
  } catch (error) {
    writing.failure = { error };
  }
  writing.running = undefined;
}

async function ready(writing: Writing): Promise<void> {
  if (writing.failure !== undefined) writing.running ??= reopen(writing);
  else if (writing.bytes <= PENDING_BYTES_MAX) return;
  await written(writing);
}

/** After a failed write the database takes nothing more: it is opened again, and all is tried again. */
async function reopen(writing: Writing): Promise<void> {
  try {
    await writing.database.close();
    writing.database = await writing.open();
    writing.failure = undefined;
  } catch (error) {
    writing.failure = { error };
    writing.running = undefined;
    return;
  }
  await drain(writing);
}

async function blobsOf(
  { pending, database }: Writing,
  keys: readonly string[],
): Promise<(Blob | undefined)[]> {
  const found = new Map<string, Blob | null>();
  for (const key of keys) {
    const slice = pending.findLast(({ blobs }) => blobs.has(key));
    if (slice !== undefined) found.set(key, slice.blobs.get(key) ?? null);
  }
  const stored = keys.filter((key) => !found.has(key));
  const values = stored.length === 0 ? [] : await database.getMany(stored.map((k) => STATE + k));
  stored.forEach((key, i) => {
    const value = values[i];
    if (value !== undefined) found.set(key, decodeBlob(key, value));
  });
  return keys.map((key) => found.get(key) ?? undefined);
}

/**
 * Resolves when nothing waits to be written. A restart position and a due index without what waits
 * would not go with the states, which are given with it.
 * @throws when it cannot be written
 */
async function written(writing: Writing): Promise<void> {
  await writing.running;
  if (writing.failure !== undefined) throw writing.failure.error;
}

async function* dueOf(writing: Writing): AsyncGenerator<readonly DueEntry[]> {
  await written(writing);
  const iterator = writing.database.iterator({
    gte: DUE,
    lt: DUE_END,
    fillCache: false,
    highWaterMarkBytes: 1 << 20,
  });
  try {
    for (;;) {
      const entries = await iterator.nextv(DUE_AT_ONCE);
      if (entries.length === 0) return;
      yield entries.map(([key, value]) => decodeDue(key.slice(DUE.length), value));
    }
  } finally {
    await iterator.close();
  }
}

const encodeRestart = (restart: Restart): Buffer => Buffer.from(JSON.stringify(restart));

function decodeRestart(value: Buffer | undefined): Restart | undefined {
  if (value === undefined) return undefined;
  const restart: unknown = JSON.parse(value.toString());
  if (
    typeof restart === 'object' &&
    restart !== null &&
    'step' in restart &&
    'position' in restart &&
    typeof restart.step === 'number' &&
    typeof restart.position === 'number'
  ) {
    const { step, position } = restart;
    // stores of before it was kept have none
    const asOf = 'asOf' in restart && typeof restart.asOf === 'number' ? restart.asOf : step - 1;
    return { step, position, asOf };
  }
  throw new Error('the checkpoint has no restart position that can be read');
}

/** A store that is only read has no checkpoint: the database may be open elsewhere. */
export const noCheckpoints: CheckpointStore = {
  restart: async () => undefined,
  due: async function* () {},
  get: async (keys) => keys.map(() => undefined),
};
