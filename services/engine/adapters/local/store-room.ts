import type { FileLayer } from './file-layer';
import { readEnds, writeEnds } from './format';
import { StoreRefused } from './lock';
import type { Log, LogOptions } from './log';
import { openTopicFile, type TopicFile } from './topic-file';

/** Where the logs of a store are opened and known by their folder. */
export interface Room {
  readonly options: RoomOptions;
  readonly logOptions: (folder: string, name: string, held: number) => LogOptions;
  readonly add: (folder: string, log: Log) => void;
  /** All logs are open. */
  readonly opened: () => void;
  /** Closes all logs and notes how far they are. */
  readonly close: () => Promise<void>;
}

export interface RoomOptions {
  readonly files: FileLayer;
  readonly directory: string;
  /** Folder of the note of how far the logs are; empty: the directory itself. */
  readonly endsIn: string;
  readonly readOnly: boolean;
  readonly report: (message: string) => void;
  readonly segmentBytes: number;
  /** Of all logs together. */
  readonly cacheBytes: number;
  /** How many logs there will be. */
  readonly logs: number;
}

/** The least that a log keeps in memory, bytes: a reader close behind needs no file. */
const CACHE_BYTES_MIN = 256 << 10;

export async function openRoom(options: RoomOptions): Promise<Room> {
  const { files, directory, readOnly } = options;
  const endsPath = options.endsIn === '' ? directory : `${directory}/${options.endsIn}`;
  const ends = await readEnds(files, endsPath);
  const logs = new Map<string, Log>();
  const cacheBytes = Math.max(options.cacheBytes / options.logs, CACHE_BYTES_MIN);
  let complete = false;
  return {
    options,
    logOptions: (folder, name, held) => ({
      files,
      readOnly,
      cacheBytes,
      name,
      directory: `${directory}/${folder}`,
      segmentBytes: options.segmentBytes,
      held: Math.max(held, ends.get(folder) ?? 0),
      report: options.report,
    }),
    add: (folder, log) => logs.set(folder, log),
    opened: () => {
      complete = true;
    },
    close: async () => {
      const closed = await Promise.allSettled([...logs.values()].map((log) => log.close()));
      if (complete && !readOnly) {
        const now = [...logs].map(([folder, log]) => [folder, log.next()] as const);
        await writeEnds(files, endsPath, new Map(now));
      }
      throwFirst(closed);
    },
  };
}

/** @param heldOf how far a topic is known to have been */
export async function openTopics(
  room: Room,
  folder: string,
  topics: readonly string[],
  heldOf: (topic: string) => number,
): Promise<ReadonlyMap<string, TopicFile>> {
  if (topics.length === 0) return new Map();
  await makeFolder(room, folder);
  const files = await together(topics, async (topic) => {
    const file = await openTopicFile(
      room.logOptions(`${folder}/${topic}`, `${topic} in ${folder}`, heldOf(topic)),
    );
    room.add(`${folder}/${topic}`, file.log);
    return [topic, file] as const;
  });
  return new Map(files);
}

/** Makes a folder of the data directory, durably; its parent is there. */
export async function makeFolder(room: Room, folder: string): Promise<void> {
  const { files, directory, readOnly } = room.options;
  if (readOnly) return;
  const path = `${directory}/${folder}`;
  await files.makeDirectory(path);
  await files.syncDirectory(path.slice(0, path.lastIndexOf('/')));
}

/** Topic names become names of folders. */
export function checkTopicName(topic: string): void {
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}$/.test(topic)) return;
  throw new StoreRefused(`${JSON.stringify(topic)} cannot be the name of a topic`);
}

/** All at once; when one fails, the others are waited for, so that they can be closed. */
export async function together<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const settled = await Promise.allSettled(items.map(work));
  throwFirst(settled);
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

function throwFirst(settled: readonly PromiseSettledResult<unknown>[]): void {
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
}
