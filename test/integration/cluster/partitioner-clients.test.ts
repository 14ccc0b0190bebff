import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Kafka } from '@tidemark/engine/adapters/kafka/kafka';
import { connectKafka } from '@tidemark/engine/adapters/kafka/kafkajs/kafka-client';
import { topicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import { keyedRecord } from '@tidemark/engine/adapters/kafka/topic-writer';
import { partitionOf } from '@tidemark/engine/partitioner';
import { kafkaJars } from './downloads';
import { produceLines, readCommitted } from './kcat';
import { describeWithServers, startKafka, uniqueName, type KafkaCluster } from './servers';

jest.setTimeout(60_000);

const PARTITIONS = 7;
const KEYS = [
  ...Array.from({ length: 200 }, (_, i) => `bank-1:customer-${i}`),
  ...['银行:客户', 'a:b', 'a:😀', 'ü:ß', `long:${'x'.repeat(300)}`],
];

/** The partition of each key, as a second client finds it. */
type Places = ReadonlyMap<string, number>;

describeWithServers(
  'the partition of a key',
  () => {
    let cluster: KafkaCluster;
    let kafka: Kafka;
    const names = topicNames({ prefix: uniqueName('keys'), partitioned: ['facts'], global: [] });

    beforeAll(async () => {
      cluster = await startKafka({ brokers: 1 });
      kafka = connectKafka({ brokers: [cluster.bootstrap], clientId: 'keys' });
    }, 90_000);
    afterAll(() => kafka.close());

    async function placesAfter(write: (topic: string) => Promise<void> | void): Promise<Places> {
      const { topic } = names.of('facts');
      const name = `${topic}-${uniqueName('of')}`;
      await kafka.admin().create([{ name, partitions: PARTITIONS, replicas: 1, config: {} }]);
      await write(name);
      const records = await readCommitted(cluster.bootstrap, name);
      return new Map(records.map(({ key, partition }) => [String(key), partition]));
    }

    const lines = KEYS.map((key) => `${key}\tkcat`);
    const ours: Places = new Map(KEYS.map((key) => [key, partitionOf(key, PARTITIONS)]));

    it('is ours for what we write', async () => {
      const found = await placesAfter(async (topic) => {
        const renamed = { ...names, of: () => ({ topic, global: false }) };
        const records = KEYS.map((key) => ({ topic: 'facts', key, value: Buffer.from('ours') }));
        await kafka
          .producer()
          .send(records.map((record) => keyedRecord(renamed, PARTITIONS, record)));
      });
      expect(found).toEqual(ours);
    });

    it('is the same for a Java producer as it comes', async () => {
      const jars = kafkaJars();
      if (!jars.ok) throw new Error(jars.why);
      const program = join(__dirname, 'KeyedProducer.java');
      const found = await placesAfter((topic) => {
        const args = ['-cp', join(jars.folder, '*'), program, cluster.bootstrap, topic];
        execFileSync('java', args, { input: `${KEYS.join('\n')}\n`, stdio: 'pipe' });
      });
      expect(found).toEqual(ours);
    });

    it('is the same for librdkafka with partitioner=murmur2_random', async () => {
      const settings = ['topic.partitioner=murmur2_random'];
      const found = await placesAfter((topic) =>
        produceLines(cluster.bootstrap, topic, lines, settings),
      );
      expect(found).toEqual(ours);
    });

    it('is another for librdkafka as it comes: consistent_random, a CRC-32 of the key', async () => {
      const found = await placesAfter((topic) => produceLines(cluster.bootstrap, topic, lines));
      const same = KEYS.filter((key) => found.get(key) === ours.get(key));
      expect(found.size).toBe(KEYS.length);
      expect(same.length).toBeLessThan(KEYS.length / 2);
    });
  },
  { servers: ['kafka'] },
);
