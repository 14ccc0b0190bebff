import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Altered } from '../../errors';
import { withFile, writeWhole, type FileLayer } from './file-layer';

/**
 * One file of a log. Its name is the offset of its first record; its head:
 *
 *      0  magic     8 bytes
 *      8  checksum  u32  CRC-32 of the bytes from 12 to the end of the head
 *     12  format    u32
 *     16  mark      u32  begins every frame of the file
 *     20  base      u48
 *     26  meta      u32  bytes of what follows
 *     30  meta           what the owner of the log wants to know without reading the segments before
 *
 * The head is durable before the file gets its name, so a bad one is never a torn one.
 */
export interface Segment {
  readonly base: number;
  readonly path: string;
  /** Read when first needed. */
  head: SegmentHead | undefined;
  /** Some places where frames begin, ascending: offsets and positions in the file. */
  readonly index: { readonly bases: number[]; readonly positions: number[] };
}

export interface SegmentHead {
  readonly mark: number;
  readonly meta: Buffer;
  /** Position of the first frame. */
  readonly end: number;
}

const MAGIC = Buffer.from('TIDEMARK');
const FORMAT = 1;
const FIXED = 30;
const NAME = /^(\d{15})\.log$/;
/** Distance of two places in the index of a segment, bytes. */
const INDEX_BYTES = 128 << 10;

export const segmentName = (base: number): string => `${String(base).padStart(15, '0')}.log`;

/** The offset in a segment's name; undefined: it is no segment. */
export function baseOfName(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export const segmentAt = (directory: string, base: number): Segment => ({
  base,
  path: `${directory}/${segmentName(base)}`,
  head: undefined,
  index: { bases: [], positions: [] },
});

/** Makes an empty segment, durable with its name. */
export async function makeSegment(
  files: FileLayer,
  directory: string,
  base: number,
  meta: Uint8Array,
): Promise<Segment> {
  const mark = randomBytes(4).readUInt32LE(0);
  const fixed = Buffer.alloc(FIXED);
  MAGIC.copy(fixed);
  fixed.writeUInt32LE(FORMAT, 12);
  fixed.writeUInt32LE(mark, 16);
  fixed.writeUIntLE(base, 20, 6);
  fixed.writeUInt32LE(meta.byteLength, 26);
  const head = Buffer.concat([fixed, meta]);
  head.writeUInt32LE(crc32(head.subarray(12)), 8);
  await writeWhole(files, directory, segmentName(base), [head]);
  const segment = segmentAt(directory, base);
  setHead(segment, { mark, meta: head.subarray(FIXED), end: head.length });
  return segment;
}

/** @throws Altered when it is not what was written */
export async function headOf(files: FileLayer, segment: Segment): Promise<SegmentHead> {
  if (segment.head !== undefined) return segment.head;
  const head = await withFile(files, segment.path, 'read', async (file) => {
    const fixed = await file.read(0, FIXED);
    if (fixed.length < FIXED || !fixed.subarray(0, 8).equals(MAGIC)) return undefined;
    return file.read(0, FIXED + fixed.readUInt32LE(26));
  });
  if (head === undefined || crc32(head.subarray(12)) !== head.readUInt32LE(8)) {
    throw new Altered(`the head of ${segment.path} was altered: restore the file from a copy`);
  }
  const format = head.readUInt32LE(12);
  if (format !== FORMAT) {
    throw new Altered(`${segment.path} has format ${format}, this program reads ${FORMAT}`);
  }
  if (head.readUIntLE(20, 6) !== segment.base) {
    throw new Altered(`${segment.path} was renamed: it begins at ${head.readUIntLE(20, 6)}`);
  }
  const found = { mark: head.readUInt32LE(16), meta: head.subarray(FIXED), end: head.length };
  setHead(segment, found);
  return found;
}

function setHead(segment: Segment, head: SegmentHead): void {
  if (segment.head !== undefined) return;
  segment.head = head;
  segment.index.bases.push(segment.base);
  segment.index.positions.push(head.end);
}

/** Notes that a frame begins at a position, if it is far enough from the last place noted. */
export function noteFrame({ index }: Segment, base: number, position: number): void {
  if (position < (index.positions.at(-1) ?? 0) + INDEX_BYTES) return;
  index.bases.push(base);
  index.positions.push(position);
}

/** Notes it in any case: there is no way to it from the places before. */
export function notePlace({ index }: Segment, base: number, position: number): void {
  if (position <= (index.positions.at(-1) ?? 0)) return;
  index.bases.push(base);
  index.positions.push(position);
}

/** The last place in the index at or before an offset. */
export function placeOf(
  { index }: Segment,
  offset: number,
): { readonly base: number; readonly position: number } {
  const i = lastAtOrBefore(index.bases, offset);
  return { base: index.bases[i] ?? 0, position: index.positions[i] ?? 0 };
}

/** Index of the last number that is not greater; 0 when all are. */
export function lastAtOrBefore(ascending: readonly number[], wanted: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? Infinity) <= wanted) low = middle + 1;
    else high = middle;
  }
  return Math.max(low - 1, 0);
}
