import { Altered } from '../../errors';
import type { OpenFile } from './file-layer';
import { claimedSize, damageAt, frameAt, HEAD, nextFrame, type Damage, type Frame } from './frame';
import { noteFrame, notePlace, type Segment, type SegmentHead } from './segment';

/** Whole frames that follow each other in a segment. */
export interface Chunk {
  readonly frames: readonly Frame[];
  /** Position after them. */
  readonly end: number;
  /** No frame begins at `end`, or a bad one. */
  readonly last: boolean;
}

/** Where frames are read. */
export interface Place {
  readonly position: number;
  /** Offset with which the frame there must begin. */
  readonly base: number;
}

/**
 * Reads whole frames from a place on, one at least if it is whole.
 * @param limit position behind the last byte that may be read
 * @param bytes about how much to read at once
 */
export async function readChunk(
  file: OpenFile,
  { mark }: SegmentHead,
  place: Place,
  limit: number,
  bytes: number,
): Promise<Chunk> {
  const left = limit - place.position;
  let buffer = await file.read(place.position, Math.min(bytes, left));
  const size = claimedSize(buffer, 0, mark);
  if (size !== undefined && size > buffer.length && size <= left) {
    buffer = await file.read(place.position, size);
  }
  const frames: Frame[] = [];
  let at = 0;
  let base = place.base;
  for (;;) {
    const frame = frameAt(buffer, at, mark);
    if (frame === undefined || frame.base !== base) break;
    frames.push(frame);
    at += frame.bytes.length;
    base += frame.count;
  }
  const wanted = at + (claimedSize(buffer, at, mark) ?? HEAD);
  const cutOff = buffer.length < left && wanted > buffer.length;
  return { frames, end: place.position + at, last: frames.length === 0 || !cutOff };
}

/** What the last segment of a log holds. */
export interface Scanned {
  /** Position behind the last whole frame. */
  readonly end: number;
  /** The next offset. */
  readonly next: number;
  /** Bytes after `end`, which are no whole frame. */
  readonly torn: number;
  /** What was once durable and is so no more. */
  readonly damaged: readonly Damage[];
}

const SCAN_BYTES = 4 << 20;

/**
 * Reads a segment from its first frame to the end. A bad frame is passed over when a later write
 * follows it, and ends the scan otherwise.
 * @param size bytes of the file
 */
export async function scanSegment(
  file: OpenFile,
  segment: Segment,
  head: SegmentHead,
  size: number,
  onFrame: (frame: Frame) => void,
): Promise<Scanned> {
  const damaged: Damage[] = [];
  let place: Place = { position: head.end, base: segment.base };
  while (place.position < size) {
    const { frames, end } = await readChunk(file, head, place, size, SCAN_BYTES);
    let { position, base } = place;
    for (const frame of frames) {
      noteFrame(segment, base, position);
      onFrame(frame);
      position += frame.bytes.length;
      base += frame.count;
    }
    place = { position: end, base };
    if (frames.length > 0) continue;
    const later = await laterWrite(file, head, place, size);
    if (later === undefined) break;
    damaged.push(later.damage);
    place = later.place;
    notePlace(segment, place.base, place.position);
  }
  return { end: place.position, next: place.base, torn: size - place.position, damaged };
}

/** The first whole frame after a bad one, if what follows was written after the bad one was durable. */
async function laterWrite(
  file: OpenFile,
  { mark }: SegmentHead,
  { position, base }: Place,
  size: number,
): Promise<{ readonly damage: Damage; readonly place: Place } | undefined> {
  const rest = await file.read(position, size - position);
  const proof = nextFrame(rest, 0, mark, (frame) => frame.group > position && frame.base > base);
  if (proof === undefined) return undefined;
  const { frame, at } = nextFrame(rest, 0, mark, (found) => found.base > base) ?? proof;
  return {
    damage: damageAt(rest, 0, base, frame.base),
    place: { position: position + at, base: frame.base },
  };
}

/**
 * Says what is wrong at a place where a whole frame should begin.
 * @param end offset before which it must end if nothing is known of the frames behind
 */
export async function alteredAt(
  file: OpenFile,
  name: string,
  segment: Segment,
  { mark }: SegmentHead,
  { position, base }: Place,
  end: number,
): Promise<Altered> {
  const size = await file.size();
  const rest = await file.read(position, Math.max(size - position, 0));
  const following = nextFrame(rest, 0, mark, (found) => found.base > base);
  const damage = damageAt(rest, 0, base, following?.frame.base ?? end);
  return new Altered(sayDamage(name, damage, segment.path, position));
}

/** A sentence without data of the record. */
export function sayDamage(name: string, damage: Damage, path: string, position?: number): string {
  const { first, last } = damage;
  const what =
    last === first ? `record ${first}` : `records ${first} to ${last ?? 'an unknown one'}`;
  const where = position === undefined ? path : `${path}, in the frame at byte ${position}`;
  return `${name}: ${what} is not what was written (${where}). Restore the file from a copy`;
}
