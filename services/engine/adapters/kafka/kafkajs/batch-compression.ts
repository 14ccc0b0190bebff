import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import snappy from 'kafkajs-snappy';
import { BadBatch, type Batch } from './batch';
import { lz4Frame, TooLarge } from './batch-lz4';
import { zstdFrame } from './batch-zstd';

const gunzipped = promisify(gunzip);
const { decompress: unsnappied } = snappy();

/** A few bytes can be made that uncompress to more than there is memory. */
const BYTES_MAX = 64 << 20;

/**
 * The batch with its records as they were before compression.
 * @throws BadBatch
 */
export async function uncompressed(batch: Batch): Promise<Batch> {
  if (batch.compression === 0) return batch;
  return { ...batch, compression: 0, body: await bodyOf(batch) };
}

async function bodyOf({ baseOffset, compression, body }: Batch): Promise<Buffer> {
  try {
    switch (compression) {
      case 1:
        return await gunzipped(body, { maxOutputLength: BYTES_MAX });
      case 2:
        if (snappyBytes(body) > BYTES_MAX) throw new TooLarge();
        return await unsnappied(body);
      case 3:
        return lz4Frame(body, BYTES_MAX);
      case 4:
        return zstdFrame(body, BYTES_MAX);
      default:
        break;
    }
  } catch (error) {
    const why = isTooLarge(error) ? `: it has more than ${BYTES_MAX >> 20} MiB` : '';
    throw new BadBatch(`the batch at ${baseOffset} cannot be uncompressed${why}`);
  }
  throw new BadBatch(
    `the batch at ${baseOffset} is compressed with codec ${compression}, which is unknown`,
  );
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof TooLarge ||
  (typeof error === 'object' &&
    error !== null &&
    Reflect.get(error, 'code') === 'ERR_BUFFER_TOO_LARGE');

/** The blocks of a stream that Java clients write: a head, then each block behind its length, u32. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEAD = 16;

/** How many bytes it says that it holds: each block begins with that number, seven bits a byte. */
function snappyBytes(body: Buffer): number {
  if (!body.subarray(0, XERIAL.length).equals(XERIAL)) return declared(body, 0);
  let bytes = 0;
  for (let at = XERIAL_HEAD; at + 4 < body.length; at += 4 + body.readUInt32BE(at)) {
    bytes += declared(body, at + 4);
  }
  return bytes;
}

function declared(body: Buffer, begin: number): number {
  let value = 0;
  for (let i = 0; i < 5; i += 1) {
    const byte = body[begin + i] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) break;
  }
  return value;
}
