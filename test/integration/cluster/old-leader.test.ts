import { kafkaPartition } from '@tidemark/engine/adapters/kafka/kafka-ports';
import type { Kafka, Reader } from '@tidemark/engine/adapters/kafka/kafka';
import { connectKafka } from '@tidemark/engine/adapters/kafka/kafkajs/kafka-client';
import { topicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import { framed, FRAME_BYTES } from '@tidemark/engine/adapters/registry/frame';
import { commitOf, OUTPUT_TOPIC, TOPIC } from '@tidemark/engine/contracts/subject.contract';
import type { Ledger } from '@tidemark/engine/ports';
import { clientsOf } from './kafkajs-clients';
import { describeWithServers, startKafka, uniqueName, until, type KafkaCluster } from './servers';

jest.setTimeout(90_000);

const frame = {
  wrap: (bytes: Uint8Array): Uint8Array => framed(1, bytes),
  open: (value: Uint8Array): Promise<Uint8Array> => Promise.resolve(value.subarray(FRAME_BYTES)),
};
const names = topicNames({
  prefix: uniqueName('old'),
  partitioned: [TOPIC, OUTPUT_TOPIC],
  global: [],
});
const journal = { topic: names.of('journal').topic, partition: 0 };

describeWithServers(
  'a leader that was stopped and wakes',
  () => {
    let cluster: KafkaCluster;
    const clients: Kafka[] = [];

    beforeAll(async () => {
      cluster = await startKafka({ brokers: 3, own: true });
    }, 90_000);
    afterAll(() => Promise.all(clients.map(({ close }) => close())));

    function connect(brokers: readonly string[]): Kafka {
      const kafka = connectKafka({ brokers, clientId: 'old-leader' });
      clients.push(kafka);
      return kafka;
    }

    function ledgerOf(kafka: Kafka, reader: Reader = kafka.reader()): Ledger {
      const application = journal.topic;
      return kafkaPartition({
        ...{ kafka, reader, names, partition: 0, application, frame },
        ...{ generation: 1, group: application },
      }).ledger;
    }

    it('is not believed by the next owner, although it gives an old end of the journal', async () => {
      const all = cluster.brokers.map(({ port }) => `127.0.0.1:${port}`);
      const topics = names.all.map((logical) => ({
        ...{ name: names.of(logical).topic, partitions: 1, replicas: 3 },
        config: { 'message.timestamp.type': 'LogAppendTime' },
      }));
      await connect(all).admin().create(topics);
      const first = ledgerOf(connect(all));
      await first.commit(await first.fence(), commitOf(0));

      const { admin } = await clientsOf(cluster.bootstrap);
      const leader = async (by: typeof admin): Promise<number | undefined> =>
        (await by.fetchTopicMetadata({ topics: [journal.topic] })).topics[0]?.partitions[0]?.leader;
      const leads = await leader(admin);
      const old = cluster.brokers.find(({ id }) => id === leads);
      if (old === undefined) throw new Error('nobody leads the journal');
      const others = all.filter((address) => !address.endsWith(`:${old.port}`));
      // both have asked the old leader, and will ask it again
      const kafka = connect([...others, `127.0.0.1:${old.port}`]);
      const reader = kafka.reader();
      const next = ledgerOf(kafka, reader);
      const credulous = connect(others).reader();
      const before = await credulous.bounds(journal);
      expect(await reader.bounds(journal)).toEqual(before);

      await old.kill('SIGSTOP');
      const { admin: another } = await clientsOf(others.join(','));
      await until('another leads', async () => {
        const id = await leader(another);
        return id !== undefined && id !== -1 && id !== old.id;
      });
      const meanwhile = ledgerOf(connect(others));
      await meanwhile.commit(await meanwhile.fence(), commitOf(1));

      await next.fence();
      const seen = next.last();
      const believed = credulous.bounds(journal);
      // what was sent to it is the first that it sees when it wakes
      await old.kill('SIGCONT');
      expect((await believed).next).toBe(before.next);
      expect((await seen)?.record.step).toBe(1);
    });
  },
  { servers: ['kafka'], own: true },
);
