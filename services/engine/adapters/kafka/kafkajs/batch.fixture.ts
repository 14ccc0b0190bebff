import { crc32c } from './batch-crc';

/** Record batches as a broker sends them, made by hand: what no client can be made to produce. */
export interface MadeBatch {
  readonly offset: number;
  readonly producerId?: number;
  /** Default: with a producer id. */
  readonly transactional?: boolean;
  /** Offset delta, key and value of each record. */
  readonly records?: readonly (readonly [number, string | null, string | null])[];
  readonly marker?: 'abort' | 'commit';
  readonly lastDelta?: number;
  readonly appendTime?: number;
  readonly compression?: number;
  readonly body?: Buffer;
  readonly baseTimestamp?: number;
}

const MARKERS = { abort: 0, commit: 1 } as const;

export function makeBatch(made: MadeBatch): Buffer {
  const { offset, producerId, marker, appendTime, compression = 0 } = made;
  const entries: readonly (readonly [number, Buffer | null, Buffer | null])[] =
    marker === undefined
      ? (made.records ?? []).map(([delta, key, value]) => [delta, toBytes(key), toBytes(value)])
      : [[0, Buffer.from([0, 0, 0, MARKERS[marker]]), Buffer.alloc(6)]];
  const body = made.body ?? Buffer.concat(entries.map((entry) => recordOf(entry)));
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(offset), 0);
  head.writeInt32BE(49 + body.length, 8);
  head.writeInt8(2, 16);
  const flags =
    (appendTime === undefined ? 0 : 0x08) |
    ((made.transactional ?? producerId !== undefined) ? 0x10 : 0) |
    (marker === undefined ? 0 : 0x20);
  head.writeInt16BE(compression | flags, 21);
  head.writeInt32BE(made.lastDelta ?? entries.at(-1)?.[0] ?? 0, 23);
  head.writeBigInt64BE(BigInt(made.baseTimestamp ?? 1000), 27);
  head.writeBigInt64BE(BigInt(appendTime ?? 1000), 35);
  head.writeBigInt64BE(BigInt(producerId ?? -1), 43);
  head.writeInt32BE(entries.length, 57);
  const whole = Buffer.concat([head, body]);
  whole.writeUInt32BE(crc32c(whole, 21, whole.length), 17);
  return whole;
}

const toBytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));

export function recordOf([delta, key, value]: readonly [
  number,
  Buffer | null,
  Buffer | null,
]): Buffer {
  const inner = Buffer.concat([
    Buffer.from([0]),
    varintOf(0),
    varintOf(delta),
    withLength(key),
    withLength(value),
    varintOf(0),
  ]);
  return Buffer.concat([varintOf(inner.length), inner]);
}

const withLength = (bytes: Buffer | null): Buffer =>
  bytes === null ? varintOf(-1) : Buffer.concat([varintOf(bytes.length), bytes]);

export function varintOf(value: number): Buffer {
  let rest = BigInt(value) >= 0n ? BigInt(value) * 2n : -BigInt(value) * 2n - 1n;
  const bytes: number[] = [];
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
