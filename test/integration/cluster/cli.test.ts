import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLines, runMain, testFolder, toLines, type Ran } from '@tidemark/cli/run-main.fixture';
import { runWorker, type Worker } from '@tidemark/processor/cluster-worker';
import { readConfiguration, type Settings } from '@tidemark/processor/configuration';
import { partitionOf } from '@tidemark/engine/partitioner';
import type { GradeChange, Rating } from '@tidemark/schemas/records';
import { readCommitted } from './kcat';
import { clientsOf, type Clients } from './kafkajs-clients';
import {
  describeWithServers,
  freePort,
  startKafka,
  startRedis,
  startRegistry,
  uniqueName,
  until,
  type KafkaCluster,
  type RedisServer,
  type RegistryServer,
} from './servers';

jest.setTimeout(240_000);

const PARTITIONS = 2;
const CUSTOMERS = 20;
const EXAMPLE = jsonLines(
  readFileSync(join(__dirname, '../../../services/cli/examples/first-rating.jsonl'), 'utf8'),
);

/** The records of the example for many customers: all but the last of each, or the last. */
const recordsOf = (from: number, to: number): Record<string, unknown>[] =>
  Array.from({ length: CUSTOMERS }, (_, i) =>
    EXAMPLE.slice(from, to).map((record) => ({ ...record, customer: `c-${i}` })),
  ).flat();

/** What a replay tells. */
interface Known {
  readonly gradeChanges: readonly GradeChange[];
  readonly rating: Rating;
}

describeWithServers('tidemark against a cluster', () => {
  const file = testFolder();
  const prefix = uniqueName('cli');
  let kafka: KafkaCluster;
  let registry: RegistryServer;
  let redis: RedisServer;
  let clients: Clients;
  let worker: Worker | undefined;

  const tidemark = (...args: readonly string[]): Promise<Ran> =>
    runMain(
      ...args,
      ...['--brokers', kafka.bootstrap, '--registry', registry.url],
      ...['--prefix', prefix, '--application', prefix],
    );

  beforeAll(async () => {
    [kafka, registry, redis] = await Promise.all([startKafka(), startRegistry(), startRedis()]);
    clients = await clientsOf(kafka.bootstrap);
  }, 120_000);

  afterAll(async () => {
    await worker?.stop();
  });

  const settings = (): Settings => {
    const configured = readConfiguration(
      {
        TIDEMARK_KAFKA_BROKERS: kafka.bootstrap,
        TIDEMARK_REGISTRY_URL: registry.url,
        TIDEMARK_REDIS_URL: `redis://127.0.0.1:${redis.port}`,
        TIDEMARK_PREFIX: prefix,
        TIDEMARK_APPLICATION: prefix,
      },
      undefined,
      'worker',
    );
    if (!configured.ok) throw new Error(configured.faults.join('\n'));
    return configured.settings;
  };

  const verify = async (): Promise<Ran> => tidemark('verify', '--quiet');

  it('sends nothing where there are no topics, and says what makes them', async () => {
    const { code, err } = await tidemark('send', file('none.jsonl', ''), '--quiet');
    expect(code).toBe(2);
    expect(err).toContain(`no topic ${prefix}.profile-changes.v1: create it with 'tidemark topics`);
  });

  it.each([
    ['brokers', async () => [`127.0.0.1:${await freePort()}`, registry.url]],
    ['registry', async () => [kafka.bootstrap, `http://127.0.0.1:${await freePort()}`]],
  ] as const)('waits for %s that are not there no longer than it was told', async (what, where) => {
    await tidemark('topics', 'apply', '--partitions', String(PARTITIONS));
    const [brokers = '', url = ''] = await where();
    const begun = performance.now();
    const { code, err } = await runMain(
      ...['send', file('late.jsonl', ''), '--quiet', '--wait', '2'],
      ...['--brokers', brokers, '--registry', url, '--prefix', prefix],
    );
    // without being told it is a minute
    expect(performance.now() - begun).toBeLessThan(45_000);
    expect(code).toBe(2);
    expect(err).toContain(what);
    if (what === 'brokers') expect(err).toContain('ECONNREFUSED');
  });

  it('publishes a methodology once', async () => {
    await tidemark('topics', 'apply', '--partitions', String(PARTITIONS));
    const first = await tidemark('methodology', 'publish', 'cn-aml-bank');
    expect(first).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^published: cn-aml-bank@/),
    });
    const again = await tidemark('methodology', 'publish', 'cn-aml-bank');
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining('is published already') });
    const document = readFileSync(
      join(__dirname, '../../../services/rating/methodologies/cn-aml-bank.yaml'),
      'utf8',
    );
    const other = document.replace(/^( {2}en: ).*$/m, '$1Another title');
    expect(other).not.toBe(document);
    const refused = await tidemark('methodology', 'publish', file('other.yaml', other));
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("raise 'version' in the document");
  });

  it('sends what is valid, and names the lines of the rest', async () => {
    const events = file(
      'events.jsonl',
      `${toLines(recordsOf(0, 3))}{"type":"transaction"}\nnot JSON\n`,
    );
    const { code, err } = await tidemark('send', events, '--quiet');
    expect(code).toBe(1);
    const lines = err.split('\n').filter((line) => line.startsWith(events));
    expect(lines.map((line) => line.slice(events.length, events.length + 4))).toEqual([
      ':61:',
      ':62:',
    ]);
  });

  /** How many grade changes another client reads, once all is decided and each customer has some. */
  const published = async (atLeast: number): Promise<number> => {
    let count = 0;
    await until('all records to be decided', async () => {
      const lags = await Promise.all([0, 1].map(async (partition) => worker?.lag(partition)));
      count = (await readCommitted(kafka.bootstrap, `${prefix}.grade-changes.v1`)).length;
      return lags.every((lag) => lag === 0) && count >= atLeast;
    });
    return count;
  };

  let before = 0;
  let seen: Record<string, unknown>[] = [];

  it('is seen by a watch from the beginning, or from a place', async () => {
    worker = runWorker(settings(), () => undefined);
    await until('the partitions to be live', () =>
      Promise.resolve(worker?.partitions().filter(({ phase }) => phase === 'live').length === 2),
    );
    const first = await published(CUSTOMERS);
    before = Date.now();
    const begun = ['watch', '--since', 'beginning', '--count', String(first), '--json'];
    const { out, err } = await tidemark(...begun);
    seen = jsonLines(out);
    expect(new Set(seen.map(({ customer }) => customer)).size).toBe(CUSTOMERS);
    const [, place = ''] = /go on with --since (\S+)/.exec(err) ?? [];

    const news = file('news.jsonl', toLines(recordsOf(3, 4)));
    const sent = await tidemark('send', news);
    expect(sent.err).toContain('accepted: 20, refused: 0');
    const second = (await published(first + CUSTOMERS)) - first;
    const more = await tidemark('watch', '--since', place, '--count', String(second), '--json');
    expect(jsonLines(more.out).every(({ direction }) => direction === 'up')).toBe(true);
    seen.push(...jsonLines(more.out));
    const none = await tidemark('watch', '--since', '0:1', '--count', '1');
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('is no place') });
  });

  it('replays what held at a time, which is what a rating of all records at that time gives', async () => {
    const replay = ['replay', '--customer', 'bank-1:c-7', '--json', '--quiet'];
    const parse = ({ out }: Ran): Known => JSON.parse(out);
    const then = parse(await tidemark(...replay, '--as-of', String(before)));
    const now = parse(await tidemark(...replay));
    const changes = seen.filter(({ customer }) => customer === 'c-7');
    expect(now.gradeChanges).toEqual(changes);
    expect(then.gradeChanges).toEqual(changes.slice(0, -1));
    expect(then.rating.grade).toBe(then.gradeChanges.at(-1)?.grade);
    expect(now.rating.grade).toBe(now.gradeChanges.at(-1)?.grade);

    const asOf = String(Date.now());
    const rated = await tidemark('rate', '--as-of', asOf, '--quiet');
    expect(rated).toMatchObject({
      code: 0,
      err: expect.stringContaining('rated 20 customers from 80'),
    });
    // of every customer what the workers have published last
    const held = (all: typeof seen): unknown =>
      new Map(
        all.map(({ customer, sequence, grade, score, basis }) => [
          customer,
          { sequence, grade, score, basis },
        ]),
      );
    const ratings = jsonLines(rated.out);
    expect(held(ratings)).toEqual(held(seen));
    const rating = ratings.find(({ customer }) => customer === 'c-7');
    const replayed = parse(await tidemark(...replay, '--as-of', asOf)).rating;
    // the day of the review counts from the decision: by the clock there, by the event's time here
    expect({ ...rating, reviewDueOn: 0 }).toEqual({ ...replayed, reviewDueOn: 0 });
  });

  it('verifies every partition while a worker runs', async () => {
    const { code, out } = await verify();
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out.match(/: whole$/gm)).toHaveLength(PARTITIONS);
    expect(out).toContain('every step and everything published follows');
  });

  it('names what was published and does not follow, and what can not be verified any more', async () => {
    const topic = `${prefix}.grade-changes.v1`;
    const partition = partitionOf('bank-1:c-7', PARTITIONS);
    const [record] = await readCommitted(kafka.bootstrap, topic, partition);
    const producer = await clients.producer();
    const again = { partition, key: 'bank-1:c-7', value: record?.value ?? null };
    await producer.send({ topic, messages: [again] });
    const forged = await verify();
    expect(forged.code).toBe(1);
    expect(forged.out).toMatch(/grade-changes@\d+: the journal does not name it/);
    expect(forged.out).toContain(`partition ${1 - partition}:`);

    const inputs = `${prefix}.transactions.v1`;
    const partitions = [{ partition, offset: '1' }];
    // kafkajs deletes only where it has looked before
    await clients.admin.fetchTopicOffsets(inputs);
    await clients.admin.deleteTopicRecords({ topic: inputs, partitions });
    const lost = await verify();
    expect(lost.code).toBe(1);
    expect(lost.out).toContain('cannot be verified: a replay needs what is gone: position 0');
    expect(lost.out).toMatch(new RegExp(`^partition ${1 - partition}: .*: whole$`, 'm'));
    const replay = await tidemark('replay', '--customer', 'bank-1:c-7', '--quiet');
    expect(replay).toMatchObject({ code: 2, err: expect.stringContaining('what is gone') });
  });
});
