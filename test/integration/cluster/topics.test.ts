import { runMain, type Ran } from '@tidemark/cli/run-main.fixture';
import { encodeJournal } from '@tidemark/engine/journal';
import { framed } from '@tidemark/engine/adapters/registry/frame';
import { schemaOf } from '@tidemark/schemas/avro';
import { connectRegistry } from '@tidemark/engine/adapters/registry/client';
import { clientsOf, type Clients } from './kafkajs-clients';
import { journalRecord } from './registry.fixture';
import {
  describeWithServers,
  startKafka,
  startRegistry,
  uniqueName,
  type KafkaCluster,
  type RegistryServer,
} from './servers';

describeWithServers(
  'tidemark topics',
  () => {
    let kafka: KafkaCluster;
    let registry: RegistryServer;
    let clients: Clients;
    beforeAll(async () => {
      [kafka, registry] = await Promise.all([startKafka(), startRegistry()]);
      clients = await clientsOf(kafka.bootstrap);
    });

    const topics = (command: string, prefix: string, ...more: readonly string[]): Promise<Ran> => {
      const servers = ['--brokers', kafka.bootstrap, '--registry', registry.url];
      return runMain('topics', command, ...servers, '--prefix', prefix, ...more);
    };

    const settingsOf = async (topic: string): Promise<Record<string, string>> => {
      const { resources } = await clients.admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: 2, name: topic }],
      });
      const entries = resources[0]?.configEntries ?? [];
      return Object.fromEntries(entries.map((entry) => [entry.configName, entry.configValue]));
    };

    const partitionsOf = async (topic: string): Promise<number | undefined> =>
      (await clients.admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length;

    it('are made with their settings and schemas, once; then nothing differs', async () => {
      const prefix = uniqueName('made');
      const before = await topics('check', prefix);
      expect(before.code).toBe(1);
      expect(before.out).toContain(`there is no topic ${prefix}.transactions.v1`);
      expect(before.out).toContain('to mend it: tidemark topics apply');
      expect(before.out).toContain('nothing has been decided yet');

      const applied = await topics('apply', prefix, '--partitions', '3');
      expect(applied).toMatchObject({ code: 0, err: '' });
      expect(applied.out).toContain(
        `made topic ${prefix}.transactions.v1 (3 partitions, 1 replicas)`,
      );
      expect(applied.out).toContain(`registered a schema under ${prefix}.journal.v1-value`);

      expect(await partitionsOf(`${prefix}.transactions.v1`)).toBe(3);
      expect(await partitionsOf(`${prefix}.methodologies.v1`)).toBe(1);
      expect(await settingsOf(`${prefix}.journal.v1`)).toMatchObject({
        'cleanup.policy': 'delete',
        'retention.ms': '-1',
        'message.timestamp.type': 'LogAppendTime',
        'min.insync.replicas': '1',
        'unclean.leader.election.enable': 'false',
        'max.message.bytes': '4194304',
      });
      expect(await settingsOf(`${prefix}.transactions.v1`)).toMatchObject({
        'retention.ms': '-1',
        'message.timestamp.type': 'LogAppendTime',
      });
      expect(await settingsOf(`${prefix}.grade-changes.v1`)).toMatchObject({
        'retention.ms': '-1',
        'retention.bytes': '-1',
      });
      expect(await settingsOf(`${prefix}.checkpoints.v1`)).toMatchObject({
        'cleanup.policy': 'compact',
      });

      const after = await topics('check', prefix);
      expect(after).toMatchObject({ code: 0, err: '' });
      expect(after.out).toContain('topics and schemas are as they should be');
      const again = await topics('apply', prefix);
      expect(again).toMatchObject({ code: 0, out: 'topics and schemas are as they should be\n' });
    });

    it('that exist keep their partitions, times and longer retention; the rest is mended', async () => {
      const prefix = uniqueName('kept');
      await clients.createTopic(`${prefix}.transactions.v1`, 2, {
        'retention.ms': '1000',
        'max.message.bytes': '2000000',
        'unclean.leader.election.enable': 'true',
      });
      const checked = await topics('check', prefix, '--retention-days', '1');
      expect(checked.out).toMatch(
        /transactions\.v1: retention\.ms is 1000 instead of 86400000, unclean\.\S+ is true instead of false\n/,
      );
      expect((await settingsOf(`${prefix}.transactions.v1`))['retention.ms']).toBe('1000');

      expect((await topics('apply', prefix, '--retention-days', '1')).code).toBe(0);
      const settings = await settingsOf(`${prefix}.transactions.v1`);
      expect(settings).toMatchObject({
        'retention.ms': '86400000',
        'max.message.bytes': '2000000',
        'unclean.leader.election.enable': 'false',
        'message.timestamp.type': 'CreateTime',
      });
      expect(await partitionsOf(`${prefix}.ratings.v1`)).toBe(2);

      expect((await topics('apply', prefix)).code).toBe(0);
      expect((await settingsOf(`${prefix}.transactions.v1`))['retention.ms']).toBe('-1');
      // kept for good now: a shorter time is no reason to delete
      const longer = await topics('apply', prefix, '--retention-days', '1');
      expect(longer.code).toBe(0);
      expect(longer.out).toContain('transactions.v1 is kept longer than asked for');
      expect(longer.out).toMatch(/topics and schemas are as they should be\n$/);
      expect((await settingsOf(`${prefix}.transactions.v1`))['retention.ms']).toBe('-1');
    });

    it('with other numbers of partitions are left to a person', async () => {
      const prefix = uniqueName('sizes');
      expect((await topics('apply', prefix, '--partitions', '2')).code).toBe(0);
      const more = await topics('apply', prefix, '--partitions', '4');
      expect(more.code).toBe(1);
      expect(more.out).toContain('the topics have 2 partitions, and 4 are asked for');
      expect(await partitionsOf(`${prefix}.journal.v1`)).toBe(2);

      await clients.admin.createPartitions({
        topicPartitions: [{ topic: `${prefix}.transactions.v1`, count: 3 }],
      });
      const unequal = await topics('check', prefix);
      expect(unequal.code).toBe(1);
      expect(unequal.out).toContain('the topics have different numbers of partitions');
    });

    it('name a schema that does not go with those of a newer build', async () => {
      const prefix = uniqueName('schemas');
      const client = connectRegistry({ url: registry.url });
      const subject = `${prefix}.ratings.v1-value`;
      const { fields, ...rest } = schemaOf('rating');
      const other = { ...rest, fields: fields.filter(({ name }) => name !== 'grade') };
      await client.register(subject, JSON.stringify(other));
      client.close();
      const applied = await topics('apply', prefix, '--partitions', '1');
      expect(applied.code).toBe(1);
      expect(applied.out).toContain(subject);
      expect(applied.out).toContain('to mend it: run a build that is not older than they are');
      expect((await topics('check', prefix)).code).toBe(1);
    });

    it('say from when on verify reaches', async () => {
      const prefix = uniqueName('reach');
      await topics('apply', prefix, '--partitions', '2');
      const client = connectRegistry({ url: registry.url });
      const schema = JSON.stringify(schemaOf('journal'));
      const id = await client.idOf(`${prefix}.journal.v1-value`, schema);
      client.close();
      const genesis = journalRecord({ transactions: 0, 'profile-changes': 0, methodologies: 0 });
      const producer = await clients.producer();
      const input = `${prefix}.transactions.v1`;
      const send = (topic: string, value: Uint8Array): Promise<unknown> =>
        producer.send({ topic, messages: [{ partition: 1, value: Buffer.from(value) }] });
      const probe = [{ key: 'probe', value: null, partition: 1 }];
      await producer.send({ topic: `${prefix}.journal.v1`, messages: probe });
      await send(`${prefix}.journal.v1`, framed(id ?? 0, encodeJournal(genesis)));
      await send(input, Buffer.from('one'));
      await send(input, Buffer.from('two'));
      const whole = await topics('check', prefix);
      expect(whole.out).toMatch(/reach back to the first step, \d{4}-\d\d-\d\dT/);

      await clients.admin.fetchTopicOffsets(input); // the next call alone does not look for leaders
      await clients.admin.deleteTopicRecords({
        topic: input,
        partitions: [{ partition: 1, offset: '1' }],
      });
      const cut = await topics('check', prefix);
      expect(cut.out).toMatch(/cannot run: \S+transactions\.v1 is kept only from \d{4}-\S+ on/);
    });
  },
  { servers: ['kafka', 'registry'] },
);
