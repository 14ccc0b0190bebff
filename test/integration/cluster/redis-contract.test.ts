import { stateStoreContract } from '@tidemark/engine/contracts/state-store.contract';
import type { Subject } from '@tidemark/engine/contracts/subject.contract';
import { connectRedis } from '@tidemark/engine/adapters/redis/connection';
import { redisStates } from '@tidemark/engine/adapters/redis/states';
import { memoryCluster } from '@tidemark/engine/adapters/memory/cluster';
import { describeWithServers, startRedis, uniqueName, type RedisServer } from './servers';

const partBytes = { 'in one part': 1 << 20, 'in parts of one blob': 1 };

describeWithServers(
  'a Redis server',
  () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis();
    });
    for (const [name, bytes] of Object.entries(partBytes)) {
      stateStoreContract(`writes ${name}`, async (): Promise<Subject> => {
        const connection = connectRedis({ urls: [server.url] });
        const { ports, writer, outputs } = memoryCluster({
          ...{ partitions: 1, inputTopics: [], globalTopics: [] },
        }).partition(0);
        const whose = { application: uniqueName('contract'), generation: 1, partition: 0 };
        return {
          ...ports,
          ...{ writer, outputs },
          states: redisStates({ connection, ...whose, partBytes: bytes }),
          reopen: async () => Promise.reject(new Error('not part of this contract')),
          close: async () => connection.close(),
        };
      });
    }
  },
  { servers: ['redis'] },
);
