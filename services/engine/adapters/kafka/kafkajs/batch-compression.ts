import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import snappy from 'kafkajs-snappy';
import { BadBatch, type Batch } from './batch';
import { lz4Frame } from './batch-lz4';

const gunzipped = promisify(gunzip);
const { decompress: unsnappied } = snappy();

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
        return await gunzipped(body);
      case 2:
        return await unsnappied(body);
      case 3:
        return lz4Frame(body);
      default:
        break;
    }
  } catch {
    throw new BadBatch(`the batch at ${baseOffset} cannot be uncompressed`);
  }
  throw new BadBatch(
    `the batch at ${baseOffset} is compressed with ${compression === 4 ? 'zstd' : `codec ${compression}`}, which is not read: have its producer, or the topic's compression.type, use gzip, snappy or lz4`,
  );
}
