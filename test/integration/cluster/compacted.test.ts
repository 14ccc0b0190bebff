import { runMain, testFolder, toLines, type Ran } from '@tidemark/cli/run-main.fixture';
import { parseMetrics, valueOf, type Scraped } from '../../support/scraped';
import { workerOf, type Worker } from '../faults/workers';
import { readCommitted, type SecondRecord } from './kcat';
import { clientsOf, type Clients } from './kafkajs-clients';
import {
  describeWithServers,
  startKafka,
  startRedis,
  startRegistry,
  uniqueName,
  until,
  type KafkaCluster,
  type RedisServer,
  type RegistryServer,
} from './servers';

jest.setTimeout(300_000);

const AT = Date.parse('2026-03-03T02:00:00Z');
const CUSTOMERS = Array.from({ length: 8 }, (_, i) => `c-${i}`);
const PROFILES = 'profile-changes';
/** Every write begins a segment, and what is behind it is compacted at once. */
const COMPACTED = {
  ...{ 'cleanup.policy': 'compact', 'segment.ms': '1', 'min.cleanable.dirty.ratio': '0' },
  ...{ 'min.compaction.lag.ms': '0', 'max.compaction.lag.ms': '1', 'delete.retention.ms': '0' },
};
const TOPIC_RESOURCE = 2;

describeWithServers('an input topic that is compacted and written in transactions', () => {
  const file = testFolder();
  const prefix = uniqueName('compacted');
  const topic = (name: string): string => `${prefix}.${name}.v1`;
  let kafka: KafkaCluster;
  let registry: RegistryServer;
  let redis: RedisServer;
  let clients: Clients;
  let worker: Worker;

  const tidemark = (...args: readonly string[]): Promise<Ran> =>
    runMain(
      ...args,
      ...['--brokers', kafka.bootstrap, '--registry', registry.url],
      ...['--prefix', prefix, '--application', prefix],
    );
  const done = async (...args: readonly string[]): Promise<void> =>
    expect(await tidemark(...args)).toMatchObject({ code: 0 });
  const send = (...events: object[]): Promise<void> =>
    done('send', file('events.jsonl', toLines(events)), '--quiet');
  const event = (customer: string, id: string, more: object): object => ({
    ...{ institution: 'bank-1', customer, id: `${customer}-${id}`, occurredAt: AT, ...more },
  });
  const profile = (customer: string, version: number): object =>
    event(customer, `p-${version}`, {
      ...{ occurredAt: AT + version, type: 'profile-change' },
      set: { customerKind: 'natural', birthDate: `19${60 + version}-01-01` },
    });
  const committed = (name: string): Promise<SecondRecord[]> =>
    readCommitted(kafka.bootstrap, topic(name));

  /** What no subscriber may see: no record of ours, under the key of a customer. */
  async function abort(): Promise<void> {
    const producer = await clients.producer(uniqueName('aborting'));
    const transaction = await producer.transaction();
    const messages = [{ key: 'bank-1:c-0', value: 'never', partition: 0 }];
    await transaction.send({ topic: topic(PROFILES), messages });
    await transaction.abort();
  }

  /** Each customer twice and twice again; the last write makes all that was before it compactable. */
  async function write(version: number, last: string): Promise<void> {
    await send(...CUSTOMERS.map((customer) => profile(customer, version)));
    await abort();
    await send(...CUSTOMERS.map((customer) => profile(customer, version + 1)));
    await abort();
    await send(profile(last, version));
    await abort();
  }

  const compactedTo = (records: number): Promise<void> =>
    until('the older ones are compacted away', async () => {
      return (await committed(PROFILES)).length === records;
    });

  async function scraped(): Promise<Scraped> {
    return parseMetrics(await (await fetch(`${worker.url}/metrics`)).text());
  }

  /** @param records that it has taken of the topic in this life */
  async function decided(records: number): Promise<void> {
    await until('it has taken them', async () => {
      const found = await scraped();
      return (
        valueOf(found, 'tidemark_records_total', { topic: PROFILES }) === records &&
        valueOf(found, 'tidemark_lag_records') === 0
      );
    });
    expect(await committed('dead-letters')).toEqual([]);
  }

  beforeAll(async () => {
    const config = { 'log.cleaner.backoff.ms': '200' };
    [kafka, registry, redis] = await Promise.all([
      startKafka({ config }),
      startRegistry(),
      startRedis(),
    ]);
    clients = await clientsOf(kafka.bootstrap);
    await done('topics', 'apply', '--partitions', '1');
    await done('methodology', 'publish', 'cn-aml-bank');
    const configEntries = Object.entries(COMPACTED).map(([name, value]) => ({ name, value }));
    await clients.admin.alterConfigs({
      ...{ validateOnly: false },
      resources: [{ type: TOPIC_RESOURCE, name: topic(PROFILES), configEntries }],
    });
    worker = await workerOf('compacted', {
      TIDEMARK_KAFKA_BROKERS: kafka.bootstrap,
      TIDEMARK_REGISTRY_URL: registry.url,
      TIDEMARK_REDIS_URL: redis.url,
      TIDEMARK_PREFIX: prefix,
      TIDEMARK_APPLICATION: prefix,
    });
  }, 420_000);

  it('is rated from what is left of it', async () => {
    await write(1, 'c-last');
    await compactedTo(CUSTOMERS.length + 1);
    await worker.start();
    await decided(CUSTOMERS.length + 1);
    const hit = { type: 'risk-event', kind: 'control_list_hit', entryId: 'e-1' };
    await send(...CUSTOMERS.map((customer) => event(customer, 'hit', hit)));
    await until('all have a grade', async () => {
      const keys = (await committed('grade-changes')).map(({ key }) => key?.toString());
      return CUSTOMERS.every((customer) => keys.includes(`bank-1:${customer}`));
    });
    const verified = await tidemark('verify', '--quiet');
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining(': whole') });
  });

  it('is gone on with where records were compacted away while no worker ran', async () => {
    await worker.stop();
    const end = Math.max(...(await committed(PROFILES)).map(({ offset }) => offset)) + 1;
    await write(3, 'c-last-2');
    // the one that was last before has no newer one
    await compactedTo(CUSTOMERS.length + 2);
    const left = (await committed(PROFILES)).filter(({ offset }) => offset >= end);
    expect(left).toHaveLength(CUSTOMERS.length + 1);
    await worker.start();
    await decided(left.length);
    const before = await committed('grade-changes');
    const hit = { type: 'risk-event', kind: 'control_list_hit', entryId: 'e-2' };
    await send(event('c-last-2', 'hit', hit));
    await until('it goes on', async () => {
      return (await committed('grade-changes')).length > before.length;
    });
  });

  it('cannot be verified once records are gone that were taken, and verify says why', async () => {
    const verified = await tidemark('verify', '--quiet');
    expect(verified.code).toBe(1);
    expect(verified.out).toMatch(
      /input altered: profile-changes from \d+ to \d+, taken in step \d+, .*\(were records deleted, or the topic compacted\?\)/,
    );
  });
});
