import type { OpenFile } from './file-layer';
import { sealFrame, type Draft, type Frame } from './frame';
import type { FrameCache } from './frame-cache';
import type { LogOptions } from './log';
import type { Scanned } from './scan';
import { headOf, makeSegment, noteFrame, type Segment } from './segment';

/** One append. All three are called synchronously, `make` once its offset is known. */
export interface Entry {
  /** May throw: then only this entry fails. */
  readonly make: (base: number) => Draft;
  readonly done: (frame: Frame) => void;
  /** Nothing of it is in the log, unless the log says otherwise when it is opened again. */
  readonly failed: (error: unknown) => void;
}

export interface LogWriter {
  readonly append: (entry: Entry) => void;
  readonly next: () => number;
  /** Durable bytes of the last segment. */
  readonly end: () => number;
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Writing {
  readonly options: LogOptions;
  readonly segments: Segment[];
  readonly cache: FrameCache;
  /** The last segment; undefined until it is first written to. */
  file: OpenFile | undefined;
  next: number;
  end: number;
  /** A write has failed and what it left has not been cut off yet. */
  broken: boolean;
  readonly queue: Entry[];
  running: Promise<void> | undefined;
  closed: boolean;
}

/** Written and synced at once at most, bytes. */
const GROUP_BYTES = 8 << 20;

export function openLogWriter(
  options: LogOptions,
  segments: Segment[],
  scanned: Scanned | undefined,
  cache: FrameCache,
): LogWriter {
  const writing: Writing = {
    options,
    segments,
    cache,
    file: undefined,
    next: scanned?.next ?? 0,
    end: scanned?.end ?? 0,
    broken: false,
    queue: [],
    running: undefined,
    closed: false,
  };
  return {
    append: (entry) => {
      if (options.readOnly || writing.closed) {
        return entry.failed(new Error(`${options.name} is not open for writing`));
      }
      writing.queue.push(entry);
      writing.running ??= run(writing);
    },
    next: () => writing.next,
    end: () => writing.end,
    idle: async () => writing.running,
    close: async () => {
      writing.closed = true;
      await writing.running;
      await writing.file?.close();
      writing.file = undefined;
    },
  };
}

/** Writes what is queued, group by group, until nothing is. Never rejects. */
async function run(writing: Writing): Promise<void> {
  while (writing.queue.length > 0) {
    try {
      await readyToWrite(writing);
    } catch (error) {
      for (const entry of writing.queue.splice(0)) entry.failed(error);
      break;
    }
    const group = takeGroup(writing);
    if (group.length === 0) continue;
    try {
      await writeGroup(writing, group);
    } catch (error) {
      writing.broken = true;
      await mend(writing).catch(() => undefined);
      for (const { entry } of group) entry.failed(error);
    }
  }
  writing.running = undefined;
}

interface Sealed {
  readonly entry: Entry;
  readonly frame: Frame;
}

function takeGroup({ queue, next, end, segments }: Writing): Sealed[] {
  const mark = segments.at(-1)?.head?.mark ?? 0;
  const group: Sealed[] = [];
  let base = next;
  let bytes = 0;
  let taken = 0;
  for (const entry of queue) {
    if (bytes >= GROUP_BYTES) break;
    taken += 1;
    try {
      const frame = sealFrame(entry.make(base), mark, end, base);
      group.push({ entry, frame });
      base += frame.count;
      bytes += frame.bytes.length;
    } catch (error) {
      entry.failed(error);
    }
  }
  queue.splice(0, taken);
  return group;
}

async function writeGroup(writing: Writing, group: readonly Sealed[]): Promise<void> {
  const { file, segments, cache } = writing;
  const segment = segments.at(-1);
  if (file === undefined || segment === undefined) throw new Error('no segment is open');
  await file.write(
    group.map(({ frame }) => frame.bytes),
    writing.end,
  );
  await file.sync();
  for (const { entry, frame } of group) {
    noteFrame(segment, frame.base, writing.end);
    writing.end += frame.bytes.length;
    writing.next += frame.count;
    cache.add(frame);
    entry.done(frame);
  }
}

/** Sees to it that a segment is open in which the next group may be written. */
async function readyToWrite(writing: Writing): Promise<void> {
  const { options, segments } = writing;
  await mend(writing);
  const last = segments.at(-1);
  if (last !== undefined && writing.end < options.segmentBytes) {
    await headOf(options.files, last);
    writing.file ??= await options.files.open(last.path, 'write');
    return;
  }
  const meta = options.meta?.() ?? new Uint8Array(0);
  const made = await makeSegment(options.files, options.directory, writing.next, meta);
  const file = await options.files.open(made.path, 'write');
  await writing.file?.close();
  writing.file = file;
  writing.end = made.head?.end ?? 0;
  segments.push(made);
}

/**
 * Cuts off what a failed write has left. Only when that is durable may be written again: the bytes
 * that a failed sync leaves behind are in memory at most.
 */
async function mend(writing: Writing): Promise<void> {
  const { file } = writing;
  if (!writing.broken || file === undefined) return;
  await file.truncate(writing.end);
  await file.sync();
  writing.broken = false;
}
