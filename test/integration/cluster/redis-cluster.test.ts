import { connectRedis } from '@tidemark/engine/adapters/redis/connection';
import { placeOf } from '@tidemark/engine/adapters/redis/place';
import { redisStates } from '@tidemark/engine/adapters/redis/states';
import { memoryCluster } from '@tidemark/engine/adapters/memory/cluster';
import { stateStoreContract } from '@tidemark/engine/contracts/state-store.contract';
import { blob, textOf } from '@tidemark/engine/contracts/subject.contract';
import { StateLost } from '@tidemark/engine/errors';
import { Redis } from 'ioredis';
import { whenDone } from './processes';
import {
  describeWithServers,
  freePort,
  startRedis,
  uniqueName,
  until,
  type RedisServer,
} from './servers';

const SLOTS = 16_384;

/** A replica takes over however old its copy is. */
const CONFIG = {
  'cluster-enabled': 'yes',
  'cluster-replica-validity-factor': '0',
  'repl-diskless-sync-delay': '0',
};

interface Node {
  readonly server: RedisServer;
  readonly client: Redis;
}

/** Without an answer for so long, milliseconds, a node is taken for dead. */
const setTimeouts = (nodes: readonly Node[], ms: number): Promise<unknown> =>
  Promise.all(nodes.map(({ client }) => client.config('SET', 'cluster-node-timeout', ms)));

/** The first slot of a node of three. */
const firstSlot = (node: number): number => Math.round((SLOTS * node) / 3);

/** A node that knows the one before it, where there is one. */
async function startNode(known?: Node): Promise<Node> {
  const bus = await freePort();
  const server = await startRedis({ config: { ...CONFIG, 'cluster-port': String(bus) } });
  const client = new Redis(server.port, '127.0.0.1');
  client.on('error', () => undefined);
  whenDone(async () => client.disconnect());
  await known?.client.call('cluster', 'meet', '127.0.0.1', String(server.port), String(bus));
  return { server, client };
}

/** Three masters that have all slots between them. */
async function startCluster(): Promise<readonly Node[]> {
  const nodes: Node[] = [];
  for (const _ of [1, 2, 3]) nodes.push(await startNode(nodes[0]));
  for (const [i, { client }] of nodes.entries()) {
    const [from, last] = [firstSlot(i), firstSlot(i + 1) - 1];
    await client.call('cluster', 'addslotsrange', String(from), String(last));
  }
  const ready = async ({ client }: Node): Promise<boolean> => {
    const info = String(await client.cluster('INFO'));
    return /cluster_state:ok/.test(info) && /cluster_size:3/.test(info);
  };
  await until('the cluster serves all slots', async () =>
    (await Promise.all(nodes.map(ready))).every(Boolean),
  );
  return nodes;
}

const knowEachOther = async (nodes: readonly Node[]): Promise<boolean> => {
  const infos = await Promise.all(nodes.map(({ client }) => client.cluster('INFO')));
  return infos.every((info) => String(info).includes(`cluster_known_nodes:${nodes.length}\r`));
};

describeWithServers(
  'a Redis Cluster',
  () => {
    let nodes: readonly Node[];
    let urls: readonly string[];
    beforeAll(async () => {
      nodes = await startCluster();
      urls = nodes.map(({ server }) => server.url);
    });

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
      await Promise.all(nodes.map(({ client }) => client.flushall()));
      for (let partition = 0; partition < 12; partition += 1) {
        const states = redisStates({
          ...{ connection, application: 'spread', generation: 1, partition },
        });
        await states.open(1);
        const blobs = [blob('a', 1, 'a'), blob('b', 1, 'b')];
        expect(await states.put({ owner: 1, previous: undefined, step: 1, blobs })).toBe('applied');
      }
      const sizes = await Promise.all(nodes.map(({ client }) => client.dbsize()));
      expect(sizes.reduce((sum, size) => sum + size)).toBe(12 * 6);
      for (const size of sizes) expect(size % 6).toBe(0);
      expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(1);
      connection.close();
    });

    it('is refused where one of its nodes evicts', async () => {
      await nodes[1]?.client.config('SET', 'maxmemory-policy', 'volatile-lru');
      const connection = connectRedis({ urls });
      await expect(connection.check()).rejects.toMatchObject({ code: 'EVICTS' });
      await nodes[1]?.client.config('SET', 'maxmemory-policy', 'noeviction');
      await connection.check();
      connection.close();
    });

    it('tells an owner that a replica without the last write took over, and goes on for the next', async () => {
      const whose = { application: uniqueName('failover'), generation: 1, partition: 0 };
      const connection = connectRedis({ urls });
      whenDone(async () => connection.close());
      const states = redisStates({ connection, ...whose });
      const slot = Number(await nodes[0]?.client.call('cluster', 'keyslot', placeOf(whose).meta));
      const master = nodes.find((_, i) => slot < firstSlot(i + 1));
      if (master === undefined) throw new Error('no node has the slot');
      const replica = await startNode(master);
      const id = String(await master.client.call('cluster', 'myid'));
      // it has to hear of its master first; asked twice it would begin to copy anew
      await until('the replica knows its master', () =>
        replica.client.call('cluster', 'replicate', id).then(
          () => true,
          () => false,
        ),
      );
      // who does not know it does not vote for it
      await until('all know each other', () => knowEachOther([...nodes, replica]));
      await until('the replica has a copy', async () =>
        /master_link_status:up/.test(await replica.client.info('replication')),
      );
      const put = (previous: number | undefined, step: number): Promise<string> =>
        states.put({ owner: 1, previous, step, blobs: [blob('a', step, `a${step}`)] });
      await states.open(1);
      expect(await put(undefined, 1)).toBe('applied');
      expect(await master.client.wait(1, 10_000)).toBe(1);

      // it stands still and is cut off: else the write would wait for it in its socket
      process.kill(replica.server.pid(), 'SIGSTOP');
      await master.client.call('client', 'kill', 'type', 'replica');
      expect(await put(1, 2)).toBe('applied');
      const left = [...nodes, replica].filter((node) => node !== master);
      await master.server.kill();
      process.kill(replica.server.pid(), 'SIGCONT');
      await setTimeouts(left, 1_000);
      await until('the replica serves', async () =>
        /role:master/.test(await replica.client.info('replication')),
      );
      await setTimeouts(left, 15_000);
      const read = async (owner: number, watermark: number): Promise<string | undefined> =>
        textOf((await states.get({ owner, watermark }, ['a']))[0]?.bytes);
      await until('the owner is told', () =>
        read(1, 2).then(
          () => false,
          (error: unknown) => error instanceof StateLost,
        ),
      );
      expect(await put(2, 3)).toBe('gap');
      expect(await states.open(2)).toBe(1);
      expect(await read(2, 1)).toBe('a1');
      const blobs = [blob('a', 3, 'a3')];
      expect(await states.put({ owner: 2, previous: 1, step: 3, blobs })).toBe('applied');
    });
  },
  { servers: ['redis'], own: true },
);
