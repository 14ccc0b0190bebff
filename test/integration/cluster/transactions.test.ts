import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from 'kafkajs';
import { Fenced, PartitionStopped } from '@tidemark/engine/errors';
import type { Kafka, ProducedRecord } from '@tidemark/engine/adapters/kafka/kafka';
import { connectKafka } from '@tidemark/engine/adapters/kafka/kafkajs/kafka-client';
import {
  describeWithServers,
  startKafka,
  uniqueName,
  type KafkaCluster,
  type Proxy,
} from './servers';
import { clientsOf } from './kafkajs-clients';
import { readCommitted } from './kcat';

jest.setTimeout(60_000);

/** All may do all that is not denied. */
const AUTHORIZED = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
};

describeWithServers(
  'transactions of the Kafka adapter',
  () => {
    let cluster: KafkaCluster;
    let kafka: Kafka;

    beforeAll(async () => {
      cluster = await startKafka({ brokers: 1, routes: 1, own: true, config: AUTHORIZED });
      kafka = connectKafka({ brokers: [cluster.bootstrap], clientId: 'test' });
    }, 90_000);
    afterAll(() => kafka.close());

    async function topic(partitions = 1): Promise<string> {
      const name = uniqueName('transactions');
      await kafka.admin().create([{ name, partitions, replicas: 1, config: {} }]);
      return name;
    }

    const record = (to: string, value: string, partition = 0): ProducedRecord => ({
      ...{ topic: to, partition },
      ...{ key: `key of ${value}`, value: Buffer.from(value) },
    });
    const none = { group: 'g', next: [] };
    const committedValues = async (name: string): Promise<string[]> =>
      (await readCommitted(cluster.bootstrap, name)).map(({ value }) => String(value));

    it('gives the offset of the last record of each topic, and commits offsets with them', async () => {
      const [one, other] = [await topic(), await topic()];
      const transactions = await kafka.transactions(uniqueName('id'));
      const first = await transactions.commit([record(one, 'a'), record(one, 'b')], none);
      expect(first).toEqual(new Map([[`${one}/0`, 1]]));
      const group = uniqueName('group');
      const next = [{ topic: other, partition: 0, offset: 17 }];
      const second = await transactions.commit([record(one, 'c'), record(other, 'x')], {
        group,
        next,
      });
      // the marker of the first transaction takes an offset too
      expect(second).toEqual(
        new Map([
          [`${one}/0`, 3],
          [`${other}/0`, 0],
        ]),
      );
      expect(await committedValues(one)).toEqual(['a', 'b', 'c']);
      expect(await kafka.admin().committed(group, [one, other])).toEqual(
        new Map([[`${other}/0`, 17]]),
      );
    });

    it('fences the earlier producer of an id, whose records are never seen', async () => {
      const name = await topic();
      const id = uniqueName('id');
      const old = await kafka.transactions(id);
      await old.commit([record(name, 'old')], none);
      const owner = await kafka.transactions(id);
      await expect(old.commit([record(name, 'late')], none)).rejects.toThrow(Fenced);
      await owner.commit([record(name, 'new')], none);
      expect(await committedValues(name)).toEqual(['old', 'new']);
    });

    it('commits one transaction right after the other', async () => {
      const name = await topic();
      const transactions = await kafka.transactions(uniqueName('id'));
      const wanted = Array.from({ length: 100 }, (_, i) => `v${i}`);
      const next = [{ topic: name, partition: 0, offset: 1 }];
      for (const value of wanted) {
        await transactions.commit([record(name, value)], { group: 'g', next });
      }
      expect(await committedValues(name)).toEqual(wanted);
    });

    it('splits what is too large for one batch, and keeps the order', async () => {
      const name = await topic();
      const transactions = await kafka.transactions(uniqueName('id'));
      const large = Array.from({ length: 5 }, (_, i) => `${i}`.repeat(400_000));
      const many = Array.from({ length: 4500 }, (_, i) => `m${i}`);
      const values = [...large, ...many];
      await transactions.commit(
        values.map((value) => record(name, value)),
        none,
      );
      expect(await committedValues(name)).toEqual(values);
    });

    it('says what is wrong without the contents of a record, and is of no use after it', async () => {
      const name = await topic();
      const transactions = await kafka.transactions(uniqueName('id'));
      const secret = 'secret'.repeat(300_000);
      const failed = transactions.commit([record(name, secret)], none);
      await expect(failed).rejects.toThrow(PartitionStopped);
      await expect(failed).rejects.toThrow(/MESSAGE_TOO_LARGE.*max.message.bytes/);
      await expect(failed).rejects.toThrow(name);
      await expect(failed).rejects.not.toThrow('secret');
      const again = transactions.commit([record(name, 'small')], none);
      await expect(again).rejects.toThrow('of no use');
    });

    it('stops for good, with the name of the topic, where a topic refuses records', async () => {
      const name = uniqueName('compacted');
      const config = { 'cleanup.policy': 'compact' };
      await kafka.admin().create([{ name, partitions: 1, replicas: 1, config }]);
      const transactions = await kafka.transactions(uniqueName('id'));
      const failed = transactions.commit([{ ...record(name, 'a'), key: null }], none);
      await expect(failed).rejects.toThrow(PartitionStopped);
      await expect(failed).rejects.toThrow(`what is written to ${name} is refused`);
    });

    it('stops for good at a topic that it may not write to, whichever others it writes', async () => {
      const [one, forbidden, other] = [await topic(), await topic(), await topic()];
      const { admin } = await clientsOf(cluster.bootstrap);
      await admin.createAcls({
        acl: [
          {
            ...{ resourceType: AclResourceTypes.TOPIC, resourceName: forbidden },
            ...{ resourcePatternType: ResourcePatternTypes.LITERAL, host: '*' },
            ...{ principal: 'User:ANONYMOUS', operation: AclOperationTypes.WRITE },
            permissionType: AclPermissionTypes.DENY,
          },
        ],
      });
      const transactions = await kafka.transactions(uniqueName('id'));
      const failed = transactions.commit(
        [one, forbidden, other].map((to) => record(to, 'a')),
        none,
      );
      await expect(failed).rejects.toThrow(PartitionStopped);
      await expect(failed).rejects.toThrow(`written to ${forbidden} is refused (TOPIC_AUTH`);
    });

    describe('when the network or the broker fails', () => {
      let cut: Kafka;
      const proxies = (): Proxy[] => cluster.routes.flatMap((route) => [...route.proxies]);

      beforeAll(() => {
        const brokers = cluster.routes.map(({ bootstrap }) => bootstrap);
        cut = connectKafka({ brokers, clientId: 'cut' });
      });
      afterAll(() => cut.close());

      it('does not know the outcome when answers are lost; the fence makes it known', async () => {
        const name = await topic();
        const id = uniqueName('id');
        const transactions = await cut.transactions(id);
        await transactions.commit([record(name, 'a')], none);
        for (const proxy of proxies()) proxy.loseAnswers();
        const lost = transactions.commit([record(name, 'b')], none);
        await expect(lost).rejects.toThrow('the outcome of a transaction is not known');
        for (const proxy of proxies()) proxy.heal();
        const next = await cut.transactions(id);
        const before = await committedValues(name);
        await next.commit([record(name, 'c')], none);
        // what was unknown has ended by the fence, and stays as it was
        expect(await committedValues(name)).toEqual([...before, 'c']);
      });

      it('ends a commit over a half-open connection in an error, in bounded time', async () => {
        const name = await topic();
        const transactions = await cut.transactions(uniqueName('id'));
        for (const proxy of proxies()) proxy.halfOpen();
        await expect(transactions.commit([record(name, 'a')], none)).rejects.toThrow('no answer');
        for (const proxy of proxies()) proxy.heal();
      });

      it('waits with the fence until there is a broker, and ends with the client', async () => {
        const name = await topic();
        const id = uniqueName('id');
        await (await kafka.transactions(id)).commit([record(name, 'a')], none);
        const [broker] = cluster.brokers;
        await broker?.kill('SIGKILL');
        const fenced = kafka.transactions(id);
        const other = connectKafka({ brokers: [cluster.bootstrap], clientId: 'given up' });
        const givenUp = expect(other.transactions(id)).rejects.toThrow('was closed');
        await other.close();
        await givenUp;
        await broker?.start();
        await (await fenced).commit([record(name, 'b')], none);
        expect(await committedValues(name)).toEqual(['a', 'b']);
      });
    });
  },
  { servers: ['kafka'], own: true },
);
