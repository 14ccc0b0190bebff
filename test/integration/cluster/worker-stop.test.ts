import { runMain } from '@tidemark/cli/run-main.fixture';
import type { LogEvent } from '@tidemark/processor/cluster-log';
import { runWorker } from '@tidemark/processor/cluster-worker';
import { readConfiguration } from '@tidemark/processor/configuration';
import {
  describeWithServers,
  startKafka,
  startRedis,
  startRegistry,
  until,
  type KafkaCluster,
  type RedisServer,
  type RegistryServer,
} from './servers';

describeWithServers(
  'a worker whose brokers go away before it has joined',
  () => {
    let kafka: KafkaCluster;
    let registry: RegistryServer;
    let redis: RedisServer;
    beforeAll(async () => {
      [kafka, registry, redis] = await Promise.all([
        startKafka({ own: true }),
        startRegistry({ own: true }),
        startRedis({ own: true }),
      ]);
    });

    it('stops when it is asked to', async () => {
      const where = ['--brokers', kafka.bootstrap, '--registry', registry.url];
      const applied = await runMain('topics', 'apply', '--partitions', '1', ...where);
      expect(applied).toMatchObject({ code: 0 });
      await redis.kill();
      const environment = {
        TIDEMARK_KAFKA_BROKERS: kafka.bootstrap,
        TIDEMARK_REGISTRY_URL: registry.url,
        TIDEMARK_REDIS_URL: redis.url,
      };
      const configured = readConfiguration(environment, undefined, 'worker');
      if (!configured.ok) throw new Error(configured.faults.join('\n'));
      const told: LogEvent[] = [];
      const isTold = (event: string, what: string) => async (): Promise<boolean> =>
        told.some((one) => one.event === event && one['what'] === what);
      const worker = runWorker(configured.settings, (event) => void told.push(event));
      await until('it waits for Redis', isTold('waiting', 'redis'));
      await kafka.brokers[0]?.kill('SIGKILL');
      await redis.restart();
      await until('it has found Redis', isTold('found', 'redis'));
      expect(worker.phase()).toBe('waiting');

      await worker.stop();
      await worker.done;
      expect(told.at(-1)).toMatchObject({ event: 'stopped' });
      expect(worker.partitions()).toEqual([]);
    });
  },
  { servers: ['kafka', 'registry', 'redis'], own: true },
);
