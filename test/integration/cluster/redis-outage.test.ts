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

    it('is waited for only briefly while it is known to be lost, killed or hung', async () => {
      const [timeoutMs, lostMs] = [2_000, 200];
      const told: string[] = [];
      const connection = connectRedis({
        ...{ urls: [server.url], timeoutMs, lostMs },
        log: (message) => void told.push(message),
      });
      const tookMs = async (): Promise<number> => {
        const began = performance.now();
        await expect(connection.values(['{a}b'])).rejects.toMatchObject({ name: 'RedisError' });
        return performance.now() - began;
      };
      const isBack = (): Promise<boolean> =>
        connection.check().then(
          () => true,
          () => false,
        );
      const losses = (): number => told.filter((text) => text.includes('is lost')).length;
      try {
        await connection.check();
        await server.kill();
        await until('the loss is seen', async () => losses() > 0);
        expect(await tookMs()).toBeLessThan(timeoutMs / 2);
        await server.restart();
        await until('it is back', isBack);
        const before = losses();
        process.kill(server.pid(), 'SIGSTOP');
        // nobody knows of it yet: the first call is the one to find it out
        expect(await tookMs()).toBeLessThan(2 * timeoutMs);
        await until('the loss is seen', async () => losses() > before);
        for (let i = 0; i < CALLS; i += 1) expect(await tookMs()).toBeLessThan(timeoutMs / 2);
        process.kill(server.pid(), 'SIGCONT');
        await until('it is back', isBack);
      } finally {
        connection.close();
      }
    });
  },
  { servers: ['redis'], own: true },
);
