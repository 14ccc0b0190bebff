import { connectRedis } from '@tidemark/engine/adapters/redis/connection';
import { redisStates } from '@tidemark/engine/adapters/redis/states';
import { memoryCluster } from '@tidemark/engine/adapters/memory/cluster';
import { stateStoreContract } from '@tidemark/engine/contracts/state-store.contract';
import { blob } from '@tidemark/engine/contracts/subject.contract';
import { Redis } from 'ioredis';
import { describeWithServers, freePort, startRedis, uniqueName, until } from './servers';

const SLOTS = 16_384;

/** Three masters that have all slots between them. */
async function startCluster(): Promise<readonly Redis[]> {
  const nodes: Redis[] = [];
  for (const _ of [1, 2, 3]) {
    const bus = await freePort();
    const { port } = await startRedis({
      config: { 'cluster-enabled': 'yes', 'cluster-port': String(bus) },
    });
    const node = new Redis(port, '127.0.0.1');
    nodes.push(node);
    await nodes[0]?.call('cluster', 'meet', '127.0.0.1', String(port), String(bus));
  }
  for (const [i, node] of nodes.entries()) {
    const [from, next] = [i, i + 1].map((n) => Math.round((SLOTS * n) / nodes.length));
    await node.call('cluster', 'addslotsrange', String(from), String((next ?? 0) - 1));
  }
  const ready = async (node: Redis): Promise<boolean> => {
    const info = String(await node.cluster('INFO'));
    return /cluster_state:ok/.test(info) && /cluster_size:3/.test(info);
  };
  await until('the cluster serves all slots', async () =>
    (await Promise.all(nodes.map(ready))).every(Boolean),
  );
  return nodes;
}

describeWithServers(
  'a Redis Cluster',
  () => {
    let nodes: readonly Redis[];
    let urls: readonly string[];
    beforeAll(async () => {
      nodes = await startCluster();
      urls = nodes.map(({ options }) => `redis://127.0.0.1:${options.port}`);
    });
    afterAll(() => nodes.forEach((node) => node.disconnect()));

    stateStoreContract('of three masters', async () => {
      const connection = connectRedis({ urls });
      const { ports, writer, outputs } = memoryCluster({
        ...{ partitions: 1, inputTopics: [], globalTopics: [] },
      }).partition(0);
      const whose = { application: uniqueName('cluster'), generation: 1, partition: 0 };
      return {
        ...{ ...ports, writer, outputs },
        states: redisStates({ connection, ...whose }),
        reopen: async () => Promise.reject(new Error('not part of this contract')),
        close: async () => connection.close(),
      };
    });

    it('spreads partitions over its nodes, each of them on one', async () => {
      const connection = connectRedis({ urls });
      await Promise.all(nodes.map((node) => node.flushall()));
      for (let partition = 0; partition < 12; partition += 1) {
        const states = redisStates({
          ...{ connection, application: 'spread', generation: 1, partition },
        });
        await states.open(1);
        const blobs = [blob('a', 1, 'a'), blob('b', 1, 'b')];
        expect(await states.put({ owner: 1, previous: undefined, step: 1, blobs })).toBe('applied');
      }
      const sizes = await Promise.all(nodes.map((node) => node.dbsize()));
      expect(sizes.reduce((sum, size) => sum + size)).toBe(12 * 6);
      for (const size of sizes) expect(size % 6).toBe(0);
      expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(1);
      connection.close();
    });

    it('is refused where one of its nodes evicts', async () => {
      await nodes[1]?.config('SET', 'maxmemory-policy', 'volatile-lru');
      const connection = connectRedis({ urls });
      await expect(connection.check()).rejects.toMatchObject({ code: 'EVICTS' });
      await nodes[1]?.config('SET', 'maxmemory-policy', 'noeviction');
      await connection.check();
      connection.close();
    });
  },
  { servers: ['redis'], own: true },
);
