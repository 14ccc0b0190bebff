import type { Frame } from './frame';
import { lastAtOrBefore } from './segment';

/**
 * Frames in memory: the newest ones, which every reader wants as soon as they are durable, and what was
 * last read from the files.
 */
export interface FrameCache {
  /** A frame that was just written, behind all others. */
  readonly add: (frame: Frame) => void;
  /** Frames that were read from a file together. */
  readonly keep: (frames: readonly Frame[]) => void;
  /** Frames in order, the first of which holds an offset. */
  readonly find: (offset: number) => readonly Frame[] | undefined;
}

const CHUNKS = 4;
/** Frames given at once. */
const FRAMES_AT_ONCE = 256;

/** @param bytesMax of the newest frames; the last one is kept in any case */
export function frameCache(bytesMax: number): FrameCache {
  const newest: Newest = { frames: [], bases: [], head: 0, bytes: 0 };
  let chunks: (readonly Frame[])[] = [];
  return {
    add: (frame) => {
      newest.frames.push(frame);
      newest.bases.push(frame.base);
      newest.bytes += frame.bytes.length;
      evict(newest, bytesMax);
    },
    keep: (frames) => {
      chunks = [frames, ...chunks.slice(0, CHUNKS - 1)];
    },
    find: (offset) => {
      const recent = findNewest(newest, offset);
      if (recent !== undefined) return recent;
      const chunk = chunks.find((frames) => holds(frames, offset));
      return chunk?.slice(chunk.findIndex(({ base, count }) => base + count > offset));
    },
  };
}

interface Newest {
  frames: Frame[];
  /** Of the same frames, to search in. */
  bases: number[];
  /** Those before it are no longer kept. */
  head: number;
  bytes: number;
}

function evict(newest: Newest, bytesMax: number): void {
  while (newest.bytes > bytesMax && newest.head < newest.frames.length - 1) {
    newest.bytes -= newest.frames[newest.head]?.bytes.length ?? 0;
    newest.head += 1;
  }
  // the places before `head` hold their frames until then
  if (newest.head > 64 && newest.head > newest.frames.length / 4) {
    newest.frames = newest.frames.slice(newest.head);
    newest.bases = newest.bases.slice(newest.head);
    newest.head = 0;
  }
}

function findNewest({ frames, bases, head }: Newest, offset: number): Frame[] | undefined {
  const oldest = bases[head];
  if (oldest === undefined || offset < oldest) return undefined;
  const i = lastAtOrBefore(bases, offset);
  const frame = frames[i];
  if (frame === undefined || offset >= frame.base + frame.count) return undefined;
  return frames.slice(i, i + FRAMES_AT_ONCE);
}

function holds(frames: readonly Frame[], offset: number): boolean {
  const first = frames[0];
  const last = frames.at(-1);
  if (first === undefined || last === undefined) return false;
  return offset >= first.base && offset < last.base + last.count;
}
