import { CompressionTypes } from 'kafkajs';
import { kafkaReader } from '@tidemark/engine/adapters/kafka/kafkajs/reader';
import type { Fetched, Reader } from '@tidemark/engine/adapters/kafka/kafka';
import { PositionGone } from '@tidemark/engine/errors';
import { produceLines } from './kcat';
import { clientsOf, type Clients } from './kafkajs-clients';
import { describeWithServers, startKafka, uniqueName, until, type KafkaCluster } from './servers';

const ALL = { records: 10_000, bytes: 10 << 20 };
const MINUTE = 60_000;

const textsOf = ({ records }: Fetched): string[] =>
  records.map(({ value }) => Buffer.from(value).toString());

/** Reads up to an offset, however many answers that takes. */
async function readUpTo(
  reader: Reader,
  topic: string,
  from: number,
  end: number,
): Promise<Fetched> {
  const records: Fetched['records'][number][] = [];
  let next = from;
  reader.expect({ topic, partition: 0 }, end);
  while (next < end) {
    const read = await reader.read({ topic, partition: 0 }, next, ALL);
    records.push(...read.records);
    next = read.next;
  }
  return { records, next };
}

describeWithServers(
  'the reader of Kafka',
  () => {
    let kafka: KafkaCluster;
    let clients: Clients;
    let reader: Reader;

    beforeAll(async () => {
      kafka = await startKafka();
      clients = await clientsOf(kafka.bootstrap);
    });
    beforeEach(() => {
      reader = kafkaReader({ brokers: kafka.bootstrap.split(','), clientId: 'reader' });
    });
    afterEach(() => reader.close());

    async function topicWith(
      values: readonly string[],
      config: Readonly<Record<string, string>> = {},
    ): Promise<string> {
      const topic = uniqueName('reader');
      await clients.createTopic(topic, 1, config);
      const producer = await clients.producer();
      if (values.length > 0) await send(topic, values);
      await producer.disconnect();
      return topic;
    }

    async function send(
      topic: string,
      values: readonly string[],
      compression = CompressionTypes.None,
    ): Promise<void> {
      const producer = await clients.producer();
      const messages = values.map((value, i) => ({ key: `k${i}`, value, partition: 0 }));
      await producer.send({ topic, messages, compression });
      await producer.disconnect();
    }

    it('gives keys, values, offsets and times from any offset on', async () => {
      const before = Date.now();
      const topic = await topicWith(['a', 'b', 'c']);
      const at = { topic, partition: 0 };
      expect(await reader.bounds(at)).toEqual({ first: 0, next: 3 });
      const { records, next } = await reader.read(at, 1, ALL);
      expect(next).toBe(3);
      expect(
        records.map(({ offset, key, value }) => [
          offset,
          `${Buffer.from(key ?? [])}`,
          `${Buffer.from(value)}`,
        ]),
      ).toEqual([
        [1, 'k1', 'b'],
        [2, 'k2', 'c'],
      ]);
      for (const { timestamp } of records) {
        expect(timestamp).toBeGreaterThanOrEqual(before);
        expect(timestamp).toBeLessThanOrEqual(Date.now());
      }
    });

    it('gives the time of the append where the topic has it', async () => {
      const topic = await topicWith([], { 'message.timestamp.type': 'LogAppendTime' });
      const producer = await clients.producer();
      await producer.send({ topic, messages: [{ value: 'a', timestamp: '1000' }] });
      const { records } = await reader.read({ topic, partition: 0 }, 0, ALL);
      expect(records[0]?.timestamp).toBeGreaterThan(Date.now() - MINUTE);
    });

    it('goes back, also to what it has given already', async () => {
      const topic = await topicWith(['a', 'b', 'c', 'd']);
      const at = { topic, partition: 0 };
      expect((await reader.read(at, 0, { records: 2, bytes: 99 })).next).toBe(2);
      expect(textsOf(await reader.read(at, 1, ALL))).toEqual(['b', 'c', 'd']);
      expect(textsOf(await reader.read(at, 4, ALL))).toEqual([]);
      expect(textsOf(await reader.read(at, 0, ALL))).toEqual(['a', 'b', 'c', 'd']);
    });

    it('tells whoever waits of a new record, sooner than a fetch lasts', async () => {
      const topic = await topicWith(['a']);
      const at = { topic, partition: 0 };
      await reader.read(at, 0, ALL);
      const waited = reader.changed([{ ...at, from: 1 }], MINUTE);
      await send(topic, ['b']);
      await waited;
      expect(textsOf(await reader.read(at, 1, ALL))).toEqual(['b']);
    });

    it('ends a wait for nothing when its time is over', async () => {
      const topic = await topicWith(['a']);
      await reader.changed([{ topic, partition: 0, from: 1 }], 30);
      await reader.changed([{ topic, partition: 0, from: 7 }], 30);
    });

    it('is not moved back by a wait whose caller has gone on', async () => {
      const topic = await topicWith(['a']);
      const at = { topic, partition: 0 };
      const waited = reader.changed([{ ...at, from: 7 }], MINUTE);
      expect(textsOf(await reader.read(at, 0, ALL))).toEqual(['a']);
      await reader.close();
      await waited;
    });

    it('never ends before what is known to exist, and looks for another leader meanwhile', async () => {
      const topic = await topicWith(['a', 'b']);
      const at = { topic, partition: 0 };
      let told = 0;
      const log = (_: unknown, message: string): void => {
        if (message.includes(`${topic}/0 ends before what was written`)) told += 1;
      };
      const own = kafkaReader({ brokers: [kafka.bootstrap], clientId: 'reader', log });
      own.expect(at, 3);
      const bounds = own.bounds(at);
      await until('the end is doubted', () => told > 0);
      told = 0;
      const read = own.view().read(at, 2, ALL);
      await until('the end is doubted by who reads, too', () => told > 2);
      await send(topic, ['c']);
      expect(await bounds).toEqual({ first: 0, next: 3 });
      expect(textsOf(await read)).toEqual(['c']);
      await own.close();
    });

    it('waits no longer for what is known to exist when it is closed', async () => {
      const topic = await topicWith(['a']);
      const at = { topic, partition: 0 };
      reader.expect(at, 5);
      const view = reader.view();
      const all = [view.bounds(at), view.read(at, 1, ALL)];
      const settled = Promise.allSettled(all);
      await view.close();
      expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      const last = expect(reader.bounds(at)).rejects.toThrow('closed');
      await reader.close();
      await last;
    });

    it('says that a position is gone, with the true bounds, and never goes elsewhere', async () => {
      const topic = await topicWith(['a', 'b', 'c']);
      const at = { topic, partition: 0 };
      await clients.admin.fetchTopicOffsets(topic); // deleteTopicRecords alone does not look for leaders
      await clients.admin.deleteTopicRecords({
        topic,
        partitions: [{ partition: 0, offset: '2' }],
      });
      for (const from of [-1, 0, 1, 4, 1000]) {
        const failed = await reader.read(at, from, ALL).catch((error: unknown) => error);
        expect(failed).toBeInstanceOf(PositionGone);
        expect(failed).toMatchObject({ wanted: from, first: 2, next: 3 });
      }
      expect(textsOf(await reader.read(at, 2, ALL))).toEqual(['c']);
      expect(await reader.read(at, 3, ALL)).toEqual({ records: [], next: 3 });
      await send(topic, ['d']);
      expect(textsOf(await readUpTo(reader, topic, 3, 4))).toEqual(['d']);
    });

    it('reads gzip, snappy, lz4 and zstd, also from the middle of a batch', async () => {
      const texts = Array.from({ length: 200 }, (_, i) => `${'value '.repeat(i % 50)}${i}`);
      const topic = await topicWith([]);
      await send(topic, texts, CompressionTypes.GZIP);
      const producers = ['snappy', 'lz4', 'zstd'].map((codec) =>
        produceCompressed(kafka.bootstrap, topic, texts, codec),
      );
      await Promise.all(producers);
      const { records, next } = await readUpTo(reader, topic, 150, 800);
      expect(next).toBe(800);
      expect(records.map(({ value }) => `${Buffer.from(value)}`).slice(0, 50)).toEqual(
        texts.slice(150),
      );
      const others = records.slice(50).map(({ value }) => `${Buffer.from(value)}`);
      expect(others.sort()).toEqual([...texts, ...texts, ...texts].sort());
    });

    it('reads what is larger than its buffers, record by record', async () => {
      const topic = await topicWith([], { 'max.message.bytes': '9000000' });
      const producer = await clients.producer();
      const large = 'x'.repeat(5_000_000);
      for (let i = 0; i < 4; i += 1) {
        await producer.send({ topic, messages: [{ value: `${i}${large}`, partition: 0 }] });
      }
      const { records } = await readUpTo(reader, topic, 0, 4);
      expect(records.map(({ value }) => [value[0], value.length])).toEqual(
        [48, 49, 50, 51].map((first) => [first, 5_000_001]),
      );
    });

    it('reads one partition from two places', async () => {
      const topic = await topicWith(Array.from({ length: 5000 }, (_, i) => `${i}`));
      const other = reader.view();
      for (let i = 0; i < 4900; i += 700) {
        const one = await reader.read({ topic, partition: 0 }, i, { records: 3, bytes: 99 });
        const two = await other.read({ topic, partition: 0 }, 4990 - i, { records: 3, bytes: 99 });
        expect([textsOf(one)[0], textsOf(two)[0]]).toEqual([`${i}`, `${4990 - i}`]);
      }
      await other.close();
      expect(textsOf(await reader.read({ topic, partition: 0 }, 4999, ALL))).toEqual(['4999']);
    });

    it('waits for a topic that does not exist yet, while others are read', async () => {
      const topic = await topicWith(['a']);
      const late = uniqueName('late');
      const waited = reader.read({ topic: late, partition: 0 }, 0, ALL);
      expect(textsOf(await reader.read({ topic, partition: 0 }, 0, ALL))).toEqual(['a']);
      await clients.createTopic(late);
      expect(await waited).toEqual({ records: [], next: 0 });
    });
  },
  { servers: ['kafka'] },
);

describeWithServers(
  'the reader of Kafka, when brokers fail',
  () => {
    let kafka: KafkaCluster;
    let clients: Clients;

    beforeAll(async () => {
      kafka = await startKafka({ brokers: 3, own: true, routes: 1 });
      clients = await clientsOf(kafka.bootstrap);
    });

    /** Reads values as they come; `got` resolves when so many are there. */
    function follow(reader: Reader, topic: string, partitions: number) {
      const values: string[] = [];
      const next = Array.from({ length: partitions }, () => 0);
      let going = true;
      let failure: unknown;
      const ended = (async () => {
        while (going) {
          const places = next.map((from, partition) => ({ topic, partition, from }));
          await reader.changed(places, 1000);
          for (const { from, ...at } of places) {
            const read = await reader.read(at, from, ALL);
            next[at.partition] = read.next;
            values.push(...textsOf(read));
          }
        }
      })().catch((error: unknown) => {
        if (going) failure = error;
      });
      return {
        values,
        got: (count: number) =>
          until(`${count} values`, () => {
            if (failure !== undefined) throw failure;
            return values.length >= count;
          }),
        end: async () => {
          going = false;
          await reader.close();
          await ended;
        },
      };
    }

    async function sendTo(topic: string, values: readonly string[], partitions: number) {
      const producer = await clients.producer();
      const messages = values.map((value, i) => ({ value, partition: i % partitions }));
      await producer.send({ topic, messages });
      await producer.disconnect();
    }

    const numbers = (from: number, to: number): string[] =>
      Array.from({ length: to - from }, (_, i) => `${from + i}`);

    it('rides out a network that is cut, and one that swallows all', async () => {
      const topic = uniqueName('network');
      await clients.createTopic(topic, 3);
      const [route] = kafka.routes;
      let told = 0;
      const reader = kafkaReader({
        brokers: (route?.bootstrap ?? '').split(','),
        clientId: 'reader',
        log: () => {
          told += 1;
        },
      });
      const all = follow(reader, topic, 3);
      await sendTo(topic, numbers(0, 30), 3);
      await all.got(30);
      let sent = 30;
      for (const fault of ['cut', 'halfOpen', 'loseAnswers'] as const) {
        told = 0;
        for (const proxy of route?.proxies ?? []) proxy[fault]();
        await sendTo(topic, numbers(sent, sent + 30), 3);
        sent += 30;
        await until('the reader has noticed', () => told > 0);
        for (const proxy of route?.proxies ?? []) proxy.heal();
        await all.got(sent);
      }
      await all.end();
      expect(all.values.map(Number).sort((a, b) => a - b)).toEqual(numbers(0, sent).map(Number));
    });

    it('says that a position beyond the end is gone, after asking again', async () => {
      const topic = uniqueName('beyond');
      await clients.createTopic(topic);
      const reader = kafkaReader({ brokers: kafka.bootstrap.split(','), clientId: 'reader' });
      const failed = reader.read({ topic, partition: 0 }, 5, ALL);
      await expect(failed).rejects.toThrow(PositionGone);
      await reader.close();
    });

    it('goes on with the new leader', async () => {
      const topic = uniqueName('leaders');
      await clients.createTopic(topic, 6);
      const reader = kafkaReader({ brokers: kafka.bootstrap.split(','), clientId: 'reader' });
      const all = follow(reader, topic, 6);
      await sendTo(topic, numbers(0, 60), 6);
      await all.got(60);

      const [one] = kafka.brokers;
      await one?.kill('SIGKILL');
      await sendTo(topic, numbers(60, 120), 6);
      await all.got(120);
      await all.end();
      expect(all.values.map(Number).sort((a, b) => a - b)).toEqual(numbers(0, 120).map(Number));
    });
  },
  { servers: ['kafka'], own: true },
);

async function produceCompressed(
  bootstrap: string,
  topic: string,
  texts: readonly string[],
  codec: string,
): Promise<void> {
  await produceLines(
    bootstrap,
    topic,
    texts.map((text) => `k\t${text}`),
    [`compression.codec=${codec}`, 'linger.ms=50'],
  );
}
