import { connectRedis } from '@tidemark/engine/adapters/redis/connection';
import { describeWithServers, startRedis, until, type RedisServer } from './servers';

jest.setTimeout(60_000);

/** More than the client's own tries in the time: each try ends with a loss of its own. */
const CALLS = 12;

describeWithServers(
  'a connection to a Redis that is away',
  () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis({ own: true });
    });

    it('is checked once when Redis is back, however often it was asked for meanwhile', async () => {
      const told: string[] = [];
      const connection = connectRedis({
        ...{ urls: [server.url], timeoutMs: 300 },
        log: (message) => void told.push(message),
      });
      const connected = (): number => told.filter((text) => text === 'connected to Redis').length;
      try {
        await connection.check();
        await server.kill();
        await until('the loss is seen', async () => told.some((text) => text.includes('is lost')));
        for (let i = 0; i < CALLS; i += 1) {
          await expect(connection.check()).rejects.toMatchObject({ name: 'RedisError' });
        }
        await server.restart();
        const isBack = (): Promise<boolean> =>
          connection.check().then(
            () => true,
            () => false,
          );
        await until('it is back', isBack);
        // what earlier calls have left behind would have had its turn by the next answer
        await connection.values(['{a}b']);
        expect(connected()).toBe(2);
      } finally {
        connection.close();
      }
    });
  },
  { servers: ['redis'], own: true },
);
