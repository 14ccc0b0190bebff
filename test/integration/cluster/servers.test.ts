import { createConnection } from 'node:net';
import { leaderOf, produceLines, readCommitted } from './kcat';
import { describeWithServers, startKafka, startRedis, startRegistry, until } from './servers';

describeWithServers(
  'servers for tests',
  () => {
    it('are three brokers, of which one is killed and comes back', async () => {
      const kafka = await startKafka({
        brokers: 3,
        own: true,
        routes: 1,
        config: { 'auto.create.topics.enable': 'true' },
      });
      const [route] = kafka.routes;
      await produceLines(route?.bootstrap ?? '', 'a', ['k\tv1', 'k\tv2']);
      const read = async (): Promise<string[]> =>
        (await readCommitted(kafka.bootstrap, 'a', 0)).map(({ key, value }) => `${key} ${value}`);
      expect(await read()).toEqual(['k v1', 'k v2']);

      const leader = await leaderOf(kafka.bootstrap, 'a', 0);
      const broker = kafka.brokers.find(({ id }) => id === leader);
      await broker?.kill('SIGKILL');
      expect(broker?.isUp()).toBe(false);
      await until('another leads', async () => {
        const now = await leaderOf(kafka.bootstrap, 'a', 0);
        return now !== undefined && now !== leader;
      });
      expect(await read()).toEqual(['k v1', 'k v2']);
      await broker?.start();
      expect(broker?.isUp()).toBe(true);
    });

    it('are a registry that forgets when it is started again', async () => {
      const registry = await startRegistry({ own: true });
      const subjects = async (): Promise<unknown> =>
        (await fetch(`${registry.url}/subjects`)).json();
      const answer = await fetch(`${registry.url}/subjects/a-value/versions`, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ schema: '"string"' }),
      });
      expect(answer.status).toBe(200);
      expect(await subjects()).toEqual(['a-value']);
      await registry.restart();
      expect(await subjects()).toEqual([]);
    });

    it('are a Redis that is gone when it is killed', async () => {
      const redis = await startRedis({ own: true, config: { databases: '1' } });
      expect(await asked(redis.port, 'CONFIG GET maxmemory-policy')).toContain('noeviction');
      await redis.kill();
      await expect(asked(redis.port, 'PING')).rejects.toThrow('ECONNREFUSED');
      await redis.restart();
      expect(await asked(redis.port, 'PING')).toBe('+PONG\r\n');
    });
  },
  { own: true },
);

function asked(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('error', reject).once('data', (data) => {
      resolve(data.toString('utf8'));
      socket.destroy();
    });
  });
}
