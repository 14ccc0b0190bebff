import { StateLost } from '../../errors';
import type { Blob } from '../../ports';
import { decodeBlob } from './blob-codec';
import type { RedisConnection } from './connection';
import { bucketOf, placeOf, type Whose } from './place';
import { bytesOf, listOf, metaOf } from './reply-codec';
import { LOOK } from './scripts';

/** Reads the states of any partition, owns none, and changes nothing. */
export interface RedisReader {
  /**
   * The state of a key and the step after which Redis holds all states, seen at one moment. The state
   * itself may be of a later step: while one is being written in several parts.
   * @returns undefined while the partition is being rebuilt, or has never been filled; a `blob` that is
   * undefined is a key that is not known
   * @throws StateLost when the state of a known key is missing or damaged: it will be rebuilt
   * @throws RedisError
   */
  readonly read: (
    partition: number,
    key: string,
  ) => Promise<{ readonly watermark: number; readonly blob: Blob | undefined } | undefined>;
  /** The step after which Redis holds all states; undefined: it holds nothing to rely on. @throws RedisError */
  readonly watermark: (partition: number) => Promise<number | undefined>;
}

export interface RedisReaderOptions extends Omit<Whose, 'partition'> {
  readonly connection: RedisConnection;
}

export function redisReader({ connection, ...whose }: RedisReaderOptions): RedisReader {
  const look = async (partition: number, args: readonly string[]): Promise<readonly unknown[]> =>
    listOf(await connection.run(LOOK, placeOf({ ...whose, partition }).meta, args));
  return {
    read: async (partition, key) => {
      const [meta, entry, value] = await look(partition, [String(bucketOf(key)), key]);
      const watermark = metaOf(meta).step;
      if (watermark === undefined) return undefined;
      const bytes = bytesOf(value);
      if (bytes !== undefined) return { watermark, blob: decodeBlob(key, bytes) };
      if (bytesOf(entry) !== undefined) throw new StateLost('a known key has no state in Redis');
      return { watermark, blob: undefined };
    },
    watermark: async (partition) => metaOf((await look(partition, []))[0]).step,
  };
}
