import { Altered, PositionGone } from '../../errors';
import { UNFINISHED, withFile, type FileLayer } from './file-layer';
import type { Frame } from './frame';
import { openLogWriter, type Entry, type LogWriter } from './log-writer';
import { alteredAt, readChunk, sayDamage, scanSegment, type Scanned } from './scan';
import {
  baseOfName,
  headOf,
  lastAtOrBefore,
  noteFrame,
  placeOf,
  segmentAt,
  type Segment,
} from './segment';
import { frameCache, type FrameCache } from './frame-cache';

export interface LogOptions {
  readonly files: FileLayer;
  /** Of this log alone; its parent exists. */
  readonly directory: string;
  /** For messages. */
  readonly name: string;
  /** A segment that has reached this size is followed by another, bytes. */
  readonly segmentBytes: number;
  /** Newest frames that are kept in memory, bytes. */
  readonly cacheBytes: number;
  readonly readOnly: boolean;
  /** The log is known to have held the offsets before this one. */
  readonly held: number;
  readonly report: (message: string) => void;
  /** What a new segment begins with: what its owner wants to know without the ones before. */
  readonly meta?: () => Uint8Array;
  /** Sees the frames of the last segment when the log is opened, after the segment's meta. */
  readonly onFrame?: (frame: Frame) => void;
  readonly onMeta?: (segment: Segment, meta: Buffer) => void;
}

/**
 * An append-only log of frames in segment files. What `append` has resolved with survives kill -9 and
 * power cuts: it was synced, file and name. Appends that come while a sync is under way are written
 * together and share the next.
 */
export interface Log {
  readonly name: string;
  readonly first: () => number;
  /** Offset after the last durable one. */
  readonly next: () => number;
  readonly append: (entry: Entry) => void;
  /** Resolves when nothing is being written. */
  readonly idle: () => Promise<void>;
  /**
   * Some frames in order, the first of which holds an offset; none at the end.
   * @throws PositionGone, Altered
   */
  readonly read: (offset: number) => Promise<readonly Frame[]>;
  readonly segments: () => readonly Segment[];
  readonly close: () => Promise<void>;
}

/** Read of a sealed segment at once, bytes. */
const CHUNK_BYTES = 256 << 10;

/** @throws Altered when it does not hold what it is known to have held */
export async function openLog(options: LogOptions): Promise<Log> {
  const segments = await findSegments(options);
  const scanned = await scanLast(options, segments);
  const cache = frameCache(options.cacheBytes);
  const writer = openLogWriter(options, segments, scanned, cache);
  const reader: Reader = { options, segments, cache, writer };
  return {
    name: options.name,
    first: () => segments[0]?.base ?? 0,
    next: writer.next,
    append: writer.append,
    idle: writer.idle,
    read: (offset) => readFrames(reader, offset),
    segments: () => segments,
    close: writer.close,
  };
}

async function findSegments({ files, directory, readOnly }: LogOptions): Promise<Segment[]> {
  if (!readOnly) await files.makeDirectory(directory);
  const names = (await files.list(directory)) ?? [];
  if (!readOnly) {
    for (const name of names) {
      if (name.endsWith(UNFINISHED)) await files.remove(`${directory}/${name}`);
    }
    // names that a killed process did not get to sync are visible, and must not be lost later
    await files.syncDirectory(directory);
    await files.syncDirectory(directory.slice(0, directory.lastIndexOf('/')));
  }
  return names
    .flatMap((name) => baseOfName(name) ?? [])
    .sort((a, b) => a - b)
    .map((base) => segmentAt(directory, base));
}

async function scanLast(
  options: LogOptions,
  segments: readonly Segment[],
): Promise<Scanned | undefined> {
  const { files, name, readOnly, held } = options;
  const segment = segments.at(-1);
  if (segment === undefined) {
    if (held > 0) await refuse(options, `${name}: its files are gone; it held ${held} records`);
    return undefined;
  }
  const head = await headOf(files, segment);
  options.onMeta?.(segment, head.meta);
  return withFile(files, segment.path, readOnly ? 'read' : 'write', async (file) => {
    const onFrame = options.onFrame ?? ignore;
    const scanned = await scanSegment(file, segment, head, await file.size(), onFrame);
    for (const damage of scanned.damaged) options.report(sayDamage(name, damage, segment.path));
    if (scanned.next < held) {
      const place = { position: scanned.end, base: scanned.next };
      const altered = await alteredAt(file, name, segment, head, place, held);
      await refuse(options, altered.message);
      return { ...scanned, next: held };
    }
    if (scanned.torn > 0) {
      options.report(
        `${name}: the last ${scanned.torn} bytes of ${segment.path} were not written to the end and are ${readOnly ? 'passed over' : 'cut off'}; the log goes on at ${scanned.next}`,
      );
      if (!readOnly) await file.truncate(scanned.end);
    }
    // what a killed process had written may be in memory only
    if (!readOnly) await file.sync();
    return scanned;
  });
}

const ignore = (): void => undefined;

/** Writing on would give offsets away twice; reading only, all that can be read is read. */
async function refuse({ readOnly, report }: LogOptions, message: string): Promise<void> {
  if (!readOnly) throw new Altered(message);
  report(message);
}

interface Reader {
  readonly options: LogOptions;
  readonly segments: readonly Segment[];
  readonly cache: FrameCache;
  readonly writer: LogWriter;
}

async function readFrames(reader: Reader, offset: number): Promise<readonly Frame[]> {
  const { segments, cache, writer, options } = reader;
  const first = segments[0]?.base ?? 0;
  const next = writer.next();
  if (offset < first || offset > next) throw new PositionGone(options.name, offset, first, next);
  if (offset === next) return [];
  const cached = cache.find(offset);
  if (cached !== undefined) return cached;
  const i = lastAtOrBefore(
    segments.map(({ base }) => base),
    offset,
  );
  const segment = segments[i];
  if (segment === undefined) throw new PositionGone(options.name, offset, first, next);
  const sealed = segments[i + 1]?.base;
  // asked for now: the segment may be followed by another while its file is being opened
  const written = sealed === undefined ? writer.end() : undefined;
  return readSegment(reader, segment, offset, { until: sealed ?? next, written });
}

interface Extent {
  /** Offset at which the segment ends. */
  readonly until: number;
  /** Bytes of it that are durable; undefined: all. */
  readonly written: number | undefined;
}

async function readSegment(
  { options, cache }: Reader,
  segment: Segment,
  offset: number,
  { until, written }: Extent,
): Promise<readonly Frame[]> {
  const { files, name } = options;
  const head = await headOf(files, segment);
  return withFile(files, segment.path, 'read', async (file) => {
    const limit = written ?? (await file.size());
    let place = placeOf(segment, offset);
    for (;;) {
      const { frames, end, last } = await readChunk(file, head, place, limit, CHUNK_BYTES);
      const base = place.base + frames.reduce((sum, { count }) => sum + count, 0);
      if (base > offset) {
        noteFrame(segment, base, end);
        cache.keep(frames);
        return frames.slice(frames.findIndex((frame) => frame.base + frame.count > offset));
      }
      if (last) {
        throw await alteredAt(file, name, segment, head, { position: end, base }, until);
      }
      noteFrame(segment, base, end);
      place = { position: end, base };
    }
  });
}
