import { Redis } from 'ioredis';

/** Looks at Redis from outside. */
export interface RedisLook {
  readonly usedBytes: () => Promise<number>;
  readonly empty: () => Promise<void>;
  readonly close: () => void;
}

export function lookAtRedis(url: string): RedisLook {
  const redis = new Redis(url);
  return {
    usedBytes: async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]),
    empty: async () => void (await redis.flushall()),
    close: () => redis.disconnect(),
  };
}
