import { execFileSync } from 'node:child_process';
import { BUILD } from '@tidemark/rating/build';
import { jsonLines } from '@tidemark/cli/run-main.fixture';
import { ConfigResourceTypes, type Admin } from 'kafkajs';
import { clientsOf } from '../cluster/kafkajs-clients';
import {
  describeWithServers,
  startKafka,
  startRedis,
  startRegistry,
  uniqueName,
  until,
} from '../cluster/servers';
import { WIRE_FORM } from '../faults/forms';
import { allLeft } from '../faults/left';
import { loadOf, type Load } from '../faults/load';
import { judge } from '../faults/oracles';
import { producersFor, type Producers } from '../faults/producers';
import { startPump, type Pump } from '../faults/pump';
import { allIsRead } from '../faults/rest';
import { schemaIds } from '../faults/world';
import type { Worker } from '../faults/workers';
import { besides, countOf, valuesByKey } from './copied-records';
import {
  begin,
  brokenIn,
  changesOf,
  done,
  gradesOf,
  install,
  isSettled,
  journalsOf,
  metricsOf,
  ratingsOf,
  startAll,
  stopAll,
  tidemark,
  type Installation,
  type Servers,
} from './installation';
import { otherBuild, type Build } from './other-build';

jest.setTimeout(240_000);

/** All of it takes minutes (npm run test:procedures); the upgrade and the way back are part of all tests. */
const LONG = process.env['TIDEMARK_PROCEDURES'] === 'long';

const OLD = 2;
const MORE = 6;
const SIZE = { customers: 100, days: 40, seed: 7, partitions: OLD };
const LATER = { customers: 40, days: 20, seed: 8, partitions: OLD, prefix: 'later-' };
const PER_SECOND = 150;

/**
 * The procedures of deploy/runbooks/procedures as they are written there, one after the other on the same
 * servers: an installation is upgraded and rolled back, gets more partitions, loses a topic, then all of Kafka.
 */
describeWithServers(
  'an installation under load',
  () => {
    let servers: Servers;
    let old: Installation;
    let more: Installation;
    let other: Build;
    let producers: Producers;
    let processors: Worker[] = [];
    let load: (size: typeof SIZE) => Load;
    let pump: Pump;

    beforeAll(async () => {
      const [kafka, registry, redis] = await Promise.all([
        startKafka({ own: true }),
        startRegistry(),
        startRedis({ own: true }),
      ]);
      servers = { kafka, registry, redis };
      old = await install(uniqueName('old'), OLD, servers);
      await done(tidemark(['methodology', 'publish', 'cn-aml-bank', ...old.where]));
      other = otherBuild();
      processors = await startAll(old, ['one', 'two']);
      producers = producersFor(kafka.bootstrap, old.topicOf, 'feeds');
      const schemas = await schemaIds(registry.url, old.topicOf);
      load = (size) => loadOf({ ...size, schemas });
      pump = startPump(load(SIZE), producers, { perSecond: PER_SECOND, seed: SIZE.seed });
      await until('many are rated', async () => (await ratingsOf(old)).size > SIZE.customers / 2);
    }, 120_000);

    /** Replaces processors one after the other, as a rolling update does. @param main of the build */
    const replaceAll = async (main?: string): Promise<void> => {
      for (const [at, before] of processors.entries()) {
        expect(await before.stop()).toBe(0);
        const next = await old.processor(before.name, main);
        processors[at] = next;
        await next.start();
        await until('it is ready', next.isReady);
      }
    };
    /** As the runbook says. */
    const isOver = async (build: string): Promise<boolean> => {
      const told = await Promise.all(processors.map(metricsOf));
      return told.every(
        (text) =>
          text.includes(`build="${build}"`) &&
          !/^tidemark_sweep_customers_left\S* [1-9]/m.test(text) &&
          !/^tidemark_digest_mismatches_total\S* [1-9]/m.test(text),
      );
    };
    const settled = async (build: string): Promise<void> => {
      await until(`all is decided by ${build}`, async () =>
        (await journalsOf(old)).every((journal) => isSettled(journal, build)),
      );
      await until('the metrics say so', () => isOver(build));
    };
    const corrections = async (): Promise<number> =>
      [...(await changesOf(old)).values()].flat().filter(({ cause }) => cause.kind === 'correction')
        .length;
    const isWhole = async (of: Installation, bin?: string): Promise<void> => {
      const out = await done(tidemark(['verify', '--quiet', ...of.where], bin));
      expect(out.match(/: whole$/gm)).toHaveLength(of.partitions);
    };

    let upgraded = 0;

    it('is upgraded to a build that rates otherwise, which corrects in the open', async () => {
      await replaceAll(other.main);
      await settled(other.name);
      upgraded = await corrections();
      expect(upgraded).toBeGreaterThan(0);
      expect(brokenIn(await changesOf(old))).toBe(0);
    });

    it('is rolled back in the same way, to what the older build makes of all records', async () => {
      await replaceAll();
      await settled(BUILD);
      expect(await corrections()).toBeGreaterThan(upgraded);
      await pump.finish();
      await allIsRead(old);
      const changes = await changesOf(old);
      expect(brokenIn(changes)).toBe(0);
      // those of whom too little is known wait for their first rating
      expect(changes.size).toBeGreaterThan(0.9 * SIZE.customers);
      const now = String(Date.now());
      const { out } = await tidemark(['rate', '--as-of', now, '--quiet', ...old.where]);
      const rated = new Map(
        jsonLines(out).map(({ institution, customer, grade }) => [
          `${String(institution)}:${String(customer)}`,
          grade,
        ]),
      );
      expect(rated.size).toBe(SIZE.customers);
      for (const [key, own] of changes)
        expect([key, own.at(-1)?.grade]).toEqual([key, rated.get(key)]);
    });

    it('can be verified by either build', async () => {
      await isWhole(old);
      await isWhole(old, other.bin);
    });

    if (!LONG) return;

    it('gets more partitions, by a copy that is broken off and goes on', async () => {
      await pump.finish();
      more = await install(uniqueName('more'), MORE, servers);
      // records of this topic have the time that their producer gave them
      const { admin, producer } = await clientsOf(servers.kafka.bootstrap);
      const topic = old.topicOf('risk-events');
      for (const one of [topic, more.topicOf('risk-events')]) await keepTimes(admin, one);
      const [event] = load(LATER).records.filter((record) => record.topic === 'risk-events');
      if (event === undefined) throw new Error('nobody has a risk event');
      const { key, value, partition } = event;
      const before = { key, value, partition, timestamp: '1700000000123' };
      const messages = [{ ...before, headers: { origin: 'core' } }];
      await (await producer()).send({ topic, messages });

      const copy = ['topics', 'copy', '--quiet', ...old.where, '--to-prefix', more.prefix];
      const first = begin([...copy, '--follow']);
      await until('some are copied', async () => countOf(await valuesByKey(more)) > 100, {
        running: first,
      });
      first.kill('SIGKILL');
      await first.ended;

      pump = startPump(load(LATER), producers, { perSecond: PER_SECOND, seed: LATER.seed });
      const second = begin([...copy, '--follow']);
      const fresh = await startAll(more, ['three', 'four']);
      await pump.finish();
      const isCopied = async (): Promise<boolean> =>
        countOf(await valuesByKey(more)) === countOf(await valuesByKey(old));
      await until('all is copied', isCopied, { running: second });
      second.kill('SIGTERM');
      await second.ended;
      expect([second.code(), second.said()]).toEqual([0, expect.stringMatching(/copied, 0 left/)]);
      const again = await done(tidemark(copy));
      expect(again.match(/: 0 copied, 0 left$/gm)).toHaveLength(7);

      // read anew: what is committed can be read a moment later
      expect(await valuesByKey(more)).toEqual(await valuesByKey(old));
      const beside = besides(old, 'risk-events');
      expect(besides(more, 'risk-events')).toEqual(beside);
      expect(beside).toContain(`${key} ${before.timestamp} origin=core`);

      await Promise.all([allIsRead(old), allIsRead(more)]);
      const grades = await gradesOf(old);
      expect(grades.size).toBeGreaterThan(0.9 * (SIZE.customers + LATER.customers));
      expect(await gradesOf(more)).toEqual(grades);
      expect(await stopAll([...fresh, ...processors])).toEqual([0, 0, 0, 0]);
      expect(await findingsOf(more)).toEqual([]);
      await isWhole(more);
    });

    const loseCheckpoints = async (): Promise<void> => {
      const { admin } = await clientsOf(servers.kafka.bootstrap);
      await admin.deleteTopics({ topics: [more.topicOf('checkpoints')] });
      const out = await done(tidemark(['topics', 'apply', ...more.where]));
      expect(out).toContain(`made topic ${more.topicOf('checkpoints')} (${MORE} partitions`);
    };

    it('goes on without the topic of checkpoints while Redis has the states', async () => {
      await loseCheckpoints();
      const again = await startAll(more, ['three']);
      expect(again[0]?.said()).not.toContain('rebuild-begun');
      await until('all are in the new topic', async () => {
        const told = await Promise.all(again.map(metricsOf));
        const dirty = told.flatMap((text) =>
          text.match(/^tidemark_checkpoint_dirty_states\S* 0$/gm),
        );
        return dirty.length === MORE;
      });
      expect(await stopAll(again)).toEqual([0]);
      expect(await findingsOf(more)).toEqual([]);
    });

    it('and has them in the new topic then: Redis can be lost after it', async () => {
      redisCommand(servers, 'FLUSHALL');
      const again = await startAll(more, ['three']);
      const said = again[0]?.said();
      expect(said?.match(/"rebuild-begun"/g)).toHaveLength(MORE);
      const told = await Promise.all(again.map(metricsOf));
      const replayed = told.flatMap((text) =>
        text.match(/^tidemark_replayed_steps_total\S* \d+$/gm),
      );
      expect(replayed).toHaveLength(MORE);
      for (const line of replayed) expect(Number(line?.split(' ').at(-1))).toBeLessThan(10);
      expect(await stopAll(again)).toEqual([0]);
      expect(await findingsOf(more)).toEqual([]);
    });

    it('is replayed from its first step without checkpoints and without Redis', async () => {
      await loseCheckpoints();
      redisCommand(servers, 'FLUSHALL');
      const again = await startAll(more, ['three']);
      expect(again[0]?.said().match(/"rebuild-begun"/g)).toHaveLength(MORE);
      expect(await stopAll(again)).toEqual([0]);
      expect(await findingsOf(more)).toEqual([]);
      await isWhole(more);
    });

    it('stops without checkpoints when the inputs are not complete, and says what is gone', async () => {
      await loseCheckpoints();
      redisCommand(servers, 'FLUSHALL');
      const { admin } = await clientsOf(servers.kafka.bootstrap);
      const topic = more.topicOf('transactions');
      // kafkajs deletes only where it has looked before
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '5' }] });
      const worker = await more.processor('three');
      await worker.start();
      const gone = /position 0 of \S+\.transactions\.v1\/0 is gone: it holds 5 to/;
      await until('it says why', () => gone.test(worker.said()));
      expect(await worker.isReady()).toBe(false);
      await worker.stop();
    });

    it('goes on with a journal that has become too old to be whole, also without Redis', async () => {
      const before = await gradesOf(old);
      const { admin } = await clientsOf(servers.kafka.bootstrap);
      const topic = old.topicOf('journal');
      await admin.fetchTopicOffsets(topic);
      const partitions = Array.from({ length: OLD }, (_, partition) => ({
        partition,
        offset: '9',
      }));
      await admin.deleteTopicRecords({ topic, partitions });
      redisCommand(servers, 'FLUSHALL');
      for (const rebuilt of [OLD, 0]) {
        const again = await startAll(old, ['three']);
        const said = again[0]?.said() ?? '';
        expect(said.match(/"rebuild-begun"/g) ?? []).toHaveLength(rebuilt);
        expect(said).not.toContain('checkpoint-lost');
        expect(await stopAll(again)).toEqual([0]);
      }
      expect(await gradesOf(old)).toEqual(before);
    });

    it('goes on in another cluster when Kafka is lost as a whole', async () => {
      const kafka = await startKafka({ own: true });
      const there = await install(old.prefix, OLD, { ...servers, kafka });
      const before = await gradesOf(old);
      const all = await valuesByKey(old);
      const copy = begin([
        ...['topics', 'copy', '--quiet', '--follow', ...old.where],
        ...['--to-brokers', kafka.bootstrap],
      ]);
      await until('all is copied', async () => countOf(await valuesByKey(there)) >= countOf(all), {
        running: copy,
      });
      await servers.kafka.stop();
      copy.kill('SIGTERM');
      await copy.ended;
      expect(copy.code()).toBe(1);
      redisCommand(servers, 'FLUSHALL');
      const again = await startAll(there, ['five', 'six']);
      await allIsRead(there);
      expect(await valuesByKey(there)).toEqual(all);
      expect(await gradesOf(there)).toEqual(before);
      expect(await stopAll(again)).toEqual([0, 0]);
      expect(await findingsOf(there)).toEqual([]);
    });
  },
  { own: true },
);

/** What the oracles of the fault suite say of journal, outputs and states; nothing: they are right. */
const findingsOf = async (of: Installation): Promise<readonly string[]> =>
  (await allLeft(of)).flatMap((left) => judge(left, WIRE_FORM).findings);

const keepTimes = (admin: Admin, topic: string): Promise<unknown> =>
  admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        ...{ type: ConfigResourceTypes.TOPIC, name: topic },
        configEntries: [{ name: 'message.timestamp.type', value: 'CreateTime' }],
      },
    ],
  });

function redisCommand({ redis }: Servers, ...words: readonly string[]): void {
  execFileSync('redis-cli', ['-u', redis.url, ...words], { stdio: 'ignore' });
}
