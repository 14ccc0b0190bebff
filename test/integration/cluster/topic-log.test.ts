import { kafkaReader } from '@tidemark/engine/adapters/kafka/kafkajs/reader';
import type { Reader } from '@tidemark/engine/adapters/kafka/kafka';
import { kafkaTopicLog, type KafkaTopicLog } from '@tidemark/engine/adapters/kafka/topic-log';
import { topicNames, type TopicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import { PositionGone } from '@tidemark/engine/errors';
import type { LogSlice } from '@tidemark/engine/ports';
import { clientsOf, type Clients } from './kafkajs-clients';
import { describeWithServers, startKafka, uniqueName, type KafkaCluster } from './servers';

jest.setTimeout(60_000);

const ALL = { records: 1000, bytes: 1 << 20 };
const textsOf = ({ records }: LogSlice): string[] =>
  records.map(({ value }) => Buffer.from(value).toString());

describeWithServers(
  'topics of a partition',
  () => {
    let kafka: KafkaCluster;
    let clients: Clients;
    let reader: Reader;
    let names: TopicNames;
    let logs: readonly [KafkaTopicLog, KafkaTopicLog];

    beforeAll(async () => {
      kafka = await startKafka();
      clients = await clientsOf(kafka.bootstrap);
      reader = kafkaReader({ brokers: kafka.bootstrap.split(','), clientId: 'reader' });
    });
    afterAll(() => reader.close());

    beforeEach(async () => {
      const prefix = uniqueName('log');
      names = topicNames({ prefix, partitioned: ['numbers'], global: ['tables'] });
      await clients.createTopic(`${prefix}.numbers.v1`, 2);
      await clients.createTopic(`${prefix}.tables.v1`, 1);
      logs = [kafkaTopicLog(reader, names, 0), kafkaTopicLog(reader, names, 1)];
    });
    afterEach(() => Promise.all(logs.map((log) => log.close())));

    async function send(logical: string, partition: number, ...values: string[]): Promise<void> {
      const producer = await clients.producer();
      const messages = values.map((value) => ({ value, partition }));
      await producer.send({ topic: names.of(logical).topic, messages });
      await producer.disconnect();
    }

    it('are those of its number, and the first of those that all share', async () => {
      await send('numbers', 0, 'a', 'b');
      await send('numbers', 1, 'c');
      await send('tables', 0, 't', 'u');
      const [zero, one] = logs;
      expect(textsOf(await zero.read('numbers', 0, ALL))).toEqual(['a', 'b']);
      expect(textsOf(await one.read('numbers', 0, ALL))).toEqual(['c']);
      expect(textsOf(await zero.read('tables', 0, ALL))).toEqual(['t', 'u']);
      expect(textsOf(await one.read('tables', 1, ALL))).toEqual(['u']);
      expect(await one.bounds('numbers')).toEqual({ first: 0, next: 1 });
    });

    it('are read by one partition without moving another on', async () => {
      const values = Array.from({ length: 300 }, (_, i) => `${i}`);
      await send('tables', 0, ...values);
      const found = await Promise.all(
        logs.map(async (log, which) => {
          const texts: string[] = [];
          for (let at = 0; at < 300;) {
            const read = await log.read('tables', at, { records: 7 + which, bytes: 99_999 });
            texts.push(...textsOf(read));
            at = read.next;
          }
          return texts;
        }),
      );
      expect(found).toEqual([values, values]);
    });

    it('end a wait for any of them', async () => {
      const [zero, one] = logs;
      const positions = new Map([
        ['numbers', 0],
        ['tables', 0],
      ]);
      const waits = [zero.changed(positions, 60_000), one.changed(positions, 60_000)];
      await send('tables', 0, 't');
      await Promise.all(waits);
    });

    it('are gone, or not of the application, by name', async () => {
      const [zero] = logs;
      await expect(zero.read('numbers', 3, ALL)).rejects.toThrow(PositionGone);
      await expect(zero.read('unheard-of', 0, ALL)).rejects.toThrow('unheard-of');
      await expect(zero.bounds('unheard-of')).rejects.toThrow('unheard-of');
    });

    it('have all that was there when their bounds were asked for, also right after a commit', async () => {
      const [zero] = logs;
      const producer = await clients.producer(uniqueName('transactional'));
      for (let turn = 0; turn < 20; turn += 1) {
        const transaction = await producer.transaction();
        const { topic } = names.of('numbers');
        await transaction.send({ topic, messages: [{ value: `${turn}`, partition: 0 }] });
        await transaction.commit();
        // a record and a marker each
        reader.expect({ topic, partition: 0 }, 2 * turn + 1);
        expect(textsOf(await zero.read('numbers', 2 * turn, ALL))).toEqual([`${turn}`]);
        expect((await zero.bounds('numbers')).next).toBeGreaterThan(2 * turn);
      }
    });
  },
  { servers: ['kafka'] },
);
