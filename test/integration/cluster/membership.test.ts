import type { Kafka, Membership, Transactions } from '@tidemark/engine/adapters/kafka/kafka';
import { connectKafka } from '@tidemark/engine/adapters/kafka/kafkajs/kafka-client';
import { describeWithServers, startKafka, uniqueName, until, type KafkaCluster } from './servers';

jest.setTimeout(60_000);

const PARTITIONS = 6;
const SESSION_MS = 2_000;

interface Worker {
  readonly name: string;
  readonly kafka: Kafka;
  readonly membership: Membership;
  /** Every set that it was given, in order. */
  readonly sets: ReadonlySet<number>[];
  readonly owned: () => number[];
  readonly failures: Error[];
  readonly stop: () => Promise<void>;
}

describeWithServers(
  'membership of a group',
  () => {
    let cluster: KafkaCluster;
    let topics: readonly string[];
    let group: string;
    const workers: Worker[] = [];

    beforeAll(async () => {
      cluster = await startKafka({ brokers: 1, routes: 1, own: true });
      topics = await topicsOf(PARTITIONS, PARTITIONS);
    }, 90_000);
    beforeEach(() => {
      group = uniqueName('group');
    });
    afterEach(() => Promise.all(workers.splice(0).map(({ stop }) => stop())));

    async function topicsOf(...counts: number[]): Promise<string[]> {
      const kafka = connectKafka({ brokers: [cluster.bootstrap], clientId: 'set-up' });
      const made = counts.map((partitions) => ({
        ...{ name: uniqueName('members'), partitions, replicas: 1, config: {} },
      }));
      await kafka.admin().create(made);
      await kafka.close();
      return made.map(({ name }) => name);
    }

    async function work(name: string, bootstrap = cluster.bootstrap): Promise<Worker> {
      const kafka = connectKafka({ brokers: [bootstrap], clientId: name });
      const sets: ReadonlySet<number>[] = [];
      const failures: Error[] = [];
      const membership = await kafka.join({
        ...{ group, topics, sessionTimeoutMs: SESSION_MS, heartbeatMs: 100 },
        rebalanceTimeoutMs: 5_000,
        assigned: (partitions) => sets.push(partitions),
        failed: (error) => failures.push(error),
      });
      const worker: Worker = {
        ...{ name, kafka, membership, sets, failures },
        owned: () => [...(sets.at(-1) ?? [])].sort(),
        stop: async () => {
          await membership.leave();
          await kafka.close();
        },
      };
      workers.push(worker);
      return worker;
    }

    const ALL = Array.from({ length: PARTITIONS }, (_, i) => i);
    const isShared = (...those: readonly Worker[]): boolean => {
      const all = those.flatMap(({ owned }) => owned()).sort();
      const sizes = those.map(({ owned }) => owned().length);
      const isEven = Math.max(...sizes) - Math.min(...sizes) <= 1;
      return isEven && JSON.stringify(all) === JSON.stringify(ALL);
    };
    const shared = (...those: readonly Worker[]): Promise<void> =>
      until('all partitions have one owner each', () => isShared(...those));

    it('gives each partition to one member, and others what a member leaves', async () => {
      const a = await work('a');
      await shared(a);
      const b = await work('b');
      const c = await work('c');
      await shared(a, b, c);
      const before = a.owned();
      await c.stop();
      await shared(a, b);
      expect(a.owned()).toEqual(expect.arrayContaining(before));
    });

    it('fences only what moves in a rolling restart of three members', async () => {
      const owners = new Map<string, Map<number, Transactions>>();
      let fences = 0;
      /** What a worker does: a producer for each new partition, none anew for one that it keeps. */
      const take = async (worker: Worker): Promise<number> => {
        const mine = owners.get(worker.name) ?? new Map<number, Transactions>();
        owners.set(worker.name, mine);
        for (const partition of mine.keys()) {
          if (!worker.owned().includes(partition)) mine.delete(partition);
        }
        const fresh = worker.owned().filter((partition) => !mine.has(partition));
        for (const partition of fresh) {
          mine.set(partition, await worker.kafka.transactions(`${group}-1-${partition}`));
          fences += 1;
        }
        return fresh.length;
      };
      let [a, b, c] = [await work('a'), await work('b'), await work('c')];
      await shared(a, b, c);
      for (const one of [a, b, c]) await take(one);
      expect(fences).toBe(PARTITIONS);
      fences = 0;
      const restart = async (old: Worker, ...others: readonly Worker[]): Promise<Worker> => {
        await old.stop();
        owners.delete(old.name);
        await shared(...others);
        for (const one of others) await take(one);
        const next = await work(`${old.name}-again`);
        await shared(next, ...others);
        for (const one of [next, ...others]) await take(one);
        return next;
      };
      a = await restart(a, b, c);
      b = await restart(b, a, c);
      c = await restart(c, a, b);
      // two partitions go and two come back, three times
      expect(fences).toBe(12);
      const [topic = ''] = topics;
      for (const mine of owners.values()) {
        for (const [partition, transactions] of mine) {
          const record = { topic, partition, key: 'k', value: Buffer.from('v') };
          await transactions.commit([record], { group, next: [] });
        }
      }
    });

    it('confirms what a member owns', async () => {
      const a = await work('a');
      expect(await a.membership.confirmed()).toEqual(new Set(ALL));
      const b = await work('b');
      await shared(a, b);
      expect([...(await a.membership.confirmed())].sort()).toEqual(a.owned());
    });

    it('is not joined where topics have different numbers of partitions, or are missing', async () => {
      topics = [...topics, ...(await topicsOf(3))];
      try {
        const [first, , last] = topics;
        await expect(work('a')).rejects.toThrow(`${first} has 6`);
        await expect(work('a')).rejects.toThrow(`${last} has 3`);
        topics = [...topics.slice(0, 2), 'not-there'];
        await expect(work('a')).rejects.toThrow('not-there has 0');
      } finally {
        topics = topics.slice(0, 2);
      }
    });

    it('lives through the death of the coordinator, and every member keeps its partitions', async () => {
      const [a, b] = [await work('a'), await work('b')];
      await shared(a, b);
      const before = [a.owned(), b.owned()];
      const [broker] = cluster.brokers;
      await broker?.kill('SIGKILL');
      await broker?.start();
      await Promise.all([a.membership.confirmed(), b.membership.confirmed()]);
      await shared(a, b);
      expect([a.owned(), b.owned()]).toEqual(before);
      expect([...a.failures, ...b.failures]).toEqual([]);
    });

    it('keeps what it has while it is cut off, and gives way when it is back', async () => {
      const [route] = cluster.routes;
      const [a, b] = [await work('a'), await work('b', route?.bootstrap)];
      await shared(a, b);
      const sets = b.sets.length;
      for (const fault of ['cut', 'halfOpen'] as const) {
        const [given] = b.sets.slice(-1);
        const before = b.sets.length;
        for (const proxy of route?.proxies ?? []) proxy[fault]();
        await until('the other one has all', () => a.owned().length === PARTITIONS);
        expect(b.sets.length).toBe(before);
        expect(b.sets.at(-1)).toBe(given);
        const confirmed = b.membership.confirmed();
        for (const proxy of route?.proxies ?? []) proxy.heal();
        expect((await confirmed).size).toBe(PARTITIONS / 2);
        await shared(a, b);
      }
      expect(b.sets.length).toBeGreaterThan(sets);
      expect(b.failures).toEqual([]);
    });

    it('can leave while there is no coordinator', async () => {
      const [route] = cluster.routes;
      const a = await work('a', route?.bootstrap);
      await shared(a);
      for (const proxy of route?.proxies ?? []) proxy.halfOpen();
      await a.stop();
      for (const proxy of route?.proxies ?? []) proxy.heal();
    });
  },
  { servers: ['kafka'], own: true },
);
