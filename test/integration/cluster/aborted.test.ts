import { random } from '@tidemark/cli/sample/random';
import { kafkaReader } from '@tidemark/engine/adapters/kafka/kafkajs/reader';
import type { KafkaRecord, Reader } from '@tidemark/engine/adapters/kafka/kafka';
import type { Transaction } from 'kafkajs';
import { readCommitted } from './kcat';
import { clientsOf, type Clients } from './kafkajs-clients';
import { describeWithServers, startKafka, uniqueName, type KafkaCluster } from './servers';

const PRODUCERS = 4;
const TURNS = 300;
/** What kafkajs' own filter takes for a marker. */
const ZERO_KEY = Buffer.alloc(4);

describeWithServers(
  'records of aborted transactions',
  () => {
    let kafka: KafkaCluster;
    let clients: Clients;
    let reader: Reader;

    beforeAll(async () => {
      kafka = await startKafka();
      clients = await clientsOf(kafka.bootstrap);
      reader = kafkaReader({ brokers: kafka.bootstrap.split(','), clientId: 'reader' });
    });
    afterAll(() => reader.close());

    async function ours(topic: string, records: number, from = 0): Promise<KafkaRecord[]> {
      const at = { topic, partition: 0 };
      const found: KafkaRecord[] = [];
      const { next: end } = await reader.bounds(at);
      for (let position = from; position < end;) {
        const read = await reader.read(at, position, { records, bytes: 1 << 20 });
        found.push(...read.records);
        position = read.next;
      }
      return found;
    }

    const plain = (
      records: readonly {
        offset: number;
        key: Uint8Array | undefined;
        value: Uint8Array | undefined;
      }[],
    ): unknown[] =>
      records.map(({ offset, key, value }) => [
        offset,
        key === undefined ? '-' : Buffer.from(key).toString('hex'),
        Buffer.from(value ?? []).toString(),
      ]);

    async function expectSameAsSecondClient(topic: string): Promise<number> {
      const theirs = plain(await readCommitted(kafka.bootstrap, topic, 0));
      expect(plain(await ours(topic, 1000))).toEqual(theirs);
      // from every place in between, in small answers
      for (let from = 0; from < 40; from += 3) {
        const [head] = [theirs.filter((one) => (one as [number])[0] >= from)];
        expect(plain(await ours(topic, 7, from))).toEqual(head);
      }
      return theirs.length;
    }

    it('are not given where the later of two transactions aborts first', async () => {
      const topic = uniqueName('overlapping');
      await clients.createTopic(topic);
      const send = (to: Transaction, value: string): Promise<unknown> =>
        to.send({ topic, messages: [{ key: ZERO_KEY, value, partition: 0 }] });
      const [one, two] = [await clients.producer('one'), await clients.producer('two')];
      const first = await one.transaction();
      await send(first, 'first');
      const second = await two.transaction();
      await send(second, 'second');
      await send(first, 'first again');
      await second.abort();
      await send(first, 'first at last');
      await first.abort();
      const third = await two.transaction();
      await send(third, 'third');
      await third.commit();
      expect(await expectSameAsSecondClient(topic)).toBe(1);
    });

    it.each([1, 2, 3])('are those that librdkafka does not give either (seed %i)', async (seed) => {
      const { below } = random(seed);
      const topic = uniqueName(`seed-${seed}`);
      await clients.createTopic(topic);
      const names = Array.from({ length: PRODUCERS }, (_, i) => `${topic}-${i}`);
      const producers = await Promise.all(names.map((name) => clients.producer(name)));
      const without = await clients.producer();
      const open = new Map<number, Transaction>();
      for (let turn = 0; turn < TURNS; turn += 1) {
        const which = below(PRODUCERS + 1);
        const messages = Array.from({ length: 1 + below(4) }, (_, i) => ({
          key: below(3) === 0 ? ZERO_KEY : below(5) === 0 ? null : `k${which}`,
          value: `${turn}-${i}`,
          partition: 0,
        }));
        const producer = producers[which];
        if (producer === undefined) {
          await without.send({ topic, messages });
          continue;
        }
        const transaction = open.get(which) ?? (await producer.transaction());
        open.set(which, transaction);
        const end = below(5);
        if (end > 1) await transaction.send({ topic, messages });
        else open.delete(which);
        if (end === 0) await transaction.abort();
        if (end === 1) await transaction.commit();
      }
      for (const transaction of open.values()) {
        await (below(2) === 0 ? transaction.abort() : transaction.commit());
      }
      expect(await expectSameAsSecondClient(topic)).toBeGreaterThan(TURNS / 4);
    });

    it('wait behind a transaction that is open, and what follows it with them', async () => {
      const topic = uniqueName('open');
      await clients.createTopic(topic);
      const producer = await clients.producer(topic);
      const without = await clients.producer();
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value: 'in it', partition: 0 }] });
      await without.send({ topic, messages: [{ value: 'after it', partition: 0 }] });
      const at = { topic, partition: 0 };
      expect(await reader.bounds(at)).toEqual({ first: 0, next: 0 });
      expect(await reader.read(at, 0, { records: 9, bytes: 99 })).toEqual({ records: [], next: 0 });
      const waited = reader.changed([{ ...at, from: 0 }], 60_000);
      await transaction.abort();
      await waited;
      reader.expect(at, 3);
      expect(plain(await ours(topic, 9))).toEqual([[1, '-', 'after it']]);
      expect(await reader.bounds(at)).toEqual({ first: 0, next: 3 });
      expect(await reader.read(at, 2, { records: 9, bytes: 99 })).toEqual({ records: [], next: 3 });
    });
  },
  { servers: ['kafka'] },
);
