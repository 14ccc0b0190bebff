import { connectRedis, type RedisConnection } from '@tidemark/engine/adapters/redis/connection';
import type { RedisSettings } from '@tidemark/engine/adapters/redis/settings';
import { redisStates, type RedisStates } from '@tidemark/engine/adapters/redis/states';
import type { Blob, PutOutcome } from '@tidemark/engine/ports';
import { Redis } from 'ioredis';
import { uniqueName } from './servers';

export const WHOSE = { generation: 1, partition: 0 };

/** A partition in Redis, and a client of another make that looks into it and damages it. */
export interface Lab {
  readonly application: string;
  readonly connection: RedisConnection;
  readonly states: RedisStates;
  readonly raw: Redis;
  readonly names: {
    readonly meta: string;
    readonly blob: (key: string) => string;
    readonly entries: (bucket: number) => string;
  };
  readonly put: (
    owner: number,
    previous: number | undefined,
    step: number | undefined,
    ...blobs: Blob[]
  ) => Promise<PutOutcome>;
  readonly close: () => void;
}

/** A lab on a server; the time-out is short, since these tests wait for it. */
export function lab(
  url: string,
  settings: Partial<RedisSettings> = {},
  options: { readonly application?: string; readonly partBytes?: number } = {},
): Lab {
  const application = options.application ?? uniqueName('redis');
  const connection = connectRedis({ urls: [url], timeoutMs: 3_000, ...settings });
  const states = redisStates({ connection, application, ...WHOSE, ...options });
  const raw = new Redis(url, { lazyConnect: true });
  raw.on('error', () => undefined);
  const prefix = `{${application}:1:0}:`;
  return {
    ...{ application, connection, states, raw },
    names: {
      meta: `${prefix}meta`,
      blob: (key) => `${prefix}s:${key}`,
      entries: (bucket) => `${prefix}d:${bucket}`,
    },
    put: (owner, previous, step, ...blobs) => states.put({ owner, previous, step, blobs }),
    close: () => {
      connection.close();
      raw.disconnect();
    },
  };
}

/** Makes a lab before each test and closes it after it. */
export function eachLab(make: () => Lab): () => Lab {
  let current: Lab | undefined;
  beforeEach(() => {
    current = make();
  });
  afterEach(() => current?.close());
  return () => {
    if (current === undefined) throw new Error('no test is running');
    return current;
  };
}
