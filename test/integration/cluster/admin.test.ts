import type { Admin, Kafka } from '@tidemark/engine/adapters/kafka/kafka';
import { connectKafka } from '@tidemark/engine/adapters/kafka/kafkajs/kafka-client';
import { describeWithServers, startKafka, uniqueName, type KafkaCluster } from './servers';

jest.setTimeout(60_000);

describeWithServers(
  'the administration of topics',
  () => {
    let cluster: KafkaCluster;
    let kafka: Kafka;
    let admin: Admin;

    beforeAll(async () => {
      cluster = await startKafka({ brokers: 1 });
      kafka = connectKafka({ brokers: [cluster.bootstrap], clientId: 'admin' });
      admin = kafka.admin();
    }, 90_000);
    afterAll(() => kafka.close());

    async function topic(config: Readonly<Record<string, string>> = {}): Promise<string> {
      const name = uniqueName('admin');
      await admin.create([{ name, partitions: 3, replicas: 1, config }]);
      return name;
    }

    it('tells of the topics that exist, and takes one that exists already for created', async () => {
      const name = await topic({ 'cleanup.policy': 'compact' });
      await admin.create([{ name, partitions: 3, replicas: 1, config: {} }]);
      const found = await admin.topics([name, 'not-there']);
      expect(found).toMatchObject([
        { name, partitions: 3, replicas: 1, config: { 'cleanup.policy': 'compact' } },
      ]);
      expect(await admin.topics([])).toEqual([]);
    });

    it('changes a setting and leaves the others of the topic as they are', async () => {
      const name = await topic({ 'cleanup.policy': 'compact', 'retention.ms': '1000' });
      await admin.setConfig(name, { 'retention.ms': '-1', 'max.message.bytes': '2000000' });
      const [found] = await admin.topics([name]);
      expect(found?.config).toMatchObject({
        'cleanup.policy': 'compact',
        'retention.ms': '-1',
        'max.message.bytes': '2000000',
      });
    });

    it('says why a topic cannot be made', async () => {
      const many = { name: uniqueName('admin'), partitions: 1, replicas: 9, config: {} };
      await expect(admin.create([many])).rejects.toThrow('INVALID_REPLICATION_FACTOR');
    });

    it('knows the cluster', async () => {
      const { id, brokers } = await admin.cluster();
      expect(id).not.toBe('');
      expect(brokers).toBeGreaterThan(0);
    });

    it('knows of no offsets of a group that has committed none', async () => {
      expect(await admin.committed(uniqueName('group'), [await topic()])).toEqual(new Map());
    });
  },
  { servers: ['kafka'] },
);
