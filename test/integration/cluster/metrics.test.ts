import { join } from 'node:path';
import { ALL_METRICS } from '@tidemark/api/metrics-table';
import { runMain } from '@tidemark/cli/run-main.fixture';
import { Redis } from 'ioredis';
import { connectKafka } from '@tidemark/engine/adapters/kafka/kafkajs/kafka-client';
import { namesOf } from '@tidemark/processor/cluster-connections';
import { sampleLags, type TopicLag } from '@tidemark/processor/lag-metrics';
import { CANARIES, canaryEvents, refusedCanary } from '../../support/canary';
import { differences, parseMetrics, valueOf, type Scraped } from '../../support/scraped';
import { workerOf, type Worker } from '../faults/workers';
import { freePort, run, scratchFolder, whenDone, end, type Running } from './processes';
import {
  describeWithServers,
  startKafka,
  startRedis,
  startRegistry,
  uniqueName,
  until,
} from './servers';

const API = join(__dirname, '../../../services/api/dist/main.js');
const TOKEN = 't'.repeat(40);

const linesOf = (jsonLines: string): string[] =>
  jsonLines.split('\n').filter((line) => line.startsWith('{"level"'));

describeWithServers('what processes of a cluster tell of themselves', () => {
  let worker: Worker;
  let api: Running;
  let apiPort = 0;
  let bootstrap = '';
  let registryUrl = '';
  let redisUrl = '';
  let application = '';

  beforeAll(async () => {
    const [kafka, registry, redis] = await Promise.all([
      startKafka(),
      startRegistry(),
      startRedis(),
    ]);
    ({ bootstrap } = kafka);
    redisUrl = redis.url;
    registryUrl = registry.url;
    const prefix = uniqueName('metrics');
    application = prefix;
    apiPort = await freePort();
    const env = {
      ...{ TIDEMARK_KAFKA_BROKERS: kafka.bootstrap, TIDEMARK_REGISTRY_URL: registry.url },
      ...{ TIDEMARK_REDIS_URL: redis.url, TIDEMARK_PREFIX: prefix, TIDEMARK_APPLICATION: prefix },
      ...{ TIDEMARK_API_TOKEN: TOKEN, TIDEMARK_API_LISTEN: `127.0.0.1:${apiPort}` },
      TIDEMARK_API_VIEWS_DIRECTORY: scratchFolder('views'),
      TIDEMARK_LOG_LEVEL: 'debug',
      TIDEMARK_SCRUB_REST_MS: '1000',
    };
    const where = ['--brokers', kafka.bootstrap, '--registry', registry.url, '--prefix', prefix];
    const command = async (...args: readonly string[]): Promise<void> => {
      expect(await runMain(...args, ...where)).toMatchObject({ code: 0 });
    };
    await command('topics', 'apply', '--partitions', '2');
    await command('methodology', 'publish', 'cn-aml-bank');
    worker = await workerOf('measured', env);
    await worker.start();
    const folder = scratchFolder('api');
    const log = join(folder, 'api.log');
    api = run({ command: process.execPath, args: [API], cwd: folder, log, env });
    whenDone(() => end(api));
    await until('the worker is ready', worker.isReady);
    await until('the interface is ready', async () => {
      const answer = await fetch(`http://127.0.0.1:${apiPort}/readyz`).catch(() => undefined);
      return answer?.ok === true;
    });
    expect((await post(canaryEvents())).status).toBe(200);
  }, 240_000);

  const post = (some: readonly object[]): Promise<Response> =>
    fetch(`http://127.0.0.1:${apiPort}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' },
      body: some.map((one) => JSON.stringify(one)).join('\n'),
    });

  const workerUrl = (): string =>
    `http://127.0.0.1:${/"port":(\d+)/.exec(worker.said())?.[1] ?? 0}`;
  const textAt = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();
  const scrapedWhen = async (isThere: (scraped: Scraped) => boolean): Promise<Scraped> => {
    let scraped = parseMetrics('');
    await until('the metrics are there', async () => {
      scraped = parseMetrics(await textAt(workerUrl()));
      return isThere(scraped);
    });
    return scraped;
  };

  it('is every metric of a processor that is documented, and no other', async () => {
    const scraped = await scrapedWhen(
      (now) =>
        valueOf(now, 'tidemark_customers') === 2 &&
        valueOf(now, 'tidemark_lag_records') === 0 &&
        valueOf(now, 'tidemark_checkpointed_states_total') !== 0,
    );
    expect(differences(scraped, ALL_METRICS, 'processor')).toEqual([]);
  });

  it('is every metric of the HTTP interface that is documented, and no other', async () => {
    const url = `http://127.0.0.1:${apiPort}`;
    await post([refusedCanary('pep')]);
    const text = await textAt(url);
    const scraped = parseMetrics(text);
    expect(differences(scraped, ALL_METRICS, 'api')).toEqual([]);
    expect(valueOf(scraped, 'tidemark_api_partition_readable')).toBe(2);
    for (const canary of CANARIES) expect(text).not.toContain(canary);
  });

  it('says what became of the records, and how fresh they were by the time of the broker', async () => {
    const scraped = await scrapedWhen((now) => valueOf(now, 'tidemark_records_total') === 6);
    const value = (name: string, labels: Record<string, string> = {}): number | undefined =>
      valueOf(scraped, `tidemark_${name}`, labels);
    expect(value('records_total', { topic: 'profile-changes' })).toBe(3);
    expect(value('decisions_total', { outcome: 'duplicate' })).toBe(1);
    expect(value('dead_letters_total', { code: 'not-current' })).toBe(1);
    expect(value('grade_changes_total', { from: 'none' })).toBe(1);
    expect(value('freshness_seconds_count')).toBe(6);
    expect(value('freshness_seconds_sum')).toBeLessThan(6 * 10);
    expect(value('lateness_seconds_sum')).toBeGreaterThanOrEqual(6 * 0.9);
    expect(value('transactions_total', { outcome: 'committed' })).toBeGreaterThan(0);
    expect(value('lag_seconds')).toBe(0);
    expect(value('retention_left_seconds')).toBe(Infinity);
    // one machine has one clock
    expect(Math.abs(value('clock_skew_seconds', { partition: '0' }) ?? 9)).toBeLessThan(5);
    expect(value('partition_phase', { phase: 'live' })).toBe(2);
    expect(value('ready')).toBe(1);
  });

  it('says how old the oldest record is that waits, and until when its topic keeps it', async () => {
    const prefix = uniqueName('lags');
    const where = ['--brokers', bootstrap, '--registry', registryUrl, '--prefix', prefix];
    expect(await runMain('topics', 'apply', '--partitions', '1', ...where)).toMatchObject({
      code: 0,
    });
    const kafka = connectKafka({ brokers: [bootstrap], clientId: 'lags' });
    const names = namesOf(prefix);
    const { topic } = names.of('transactions');
    await kafka.admin().setConfig(topic, { 'retention.ms': '60000' });
    const value = new Uint8Array(1);
    await kafka.producer().send([
      { topic, partition: 0, key: 'k', value },
      { topic, partition: 0, key: 'k', value },
    ]);
    const seenAt = async (position: number): Promise<TopicLag | undefined> => {
      const positions = () => [{ partition: 0, positions: { transactions: position } }];
      const lags = sampleLags({ reader: kafka.reader(), names, admin: kafka.admin, positions });
      await until('the lag was looked at', () => lags.lagsOf(0).length > 0);
      const found = lags.lagsOf(0).find((lag) => lag.topic === 'transactions');
      await lags.close();
      return found;
    };
    const behind = await seenAt(1);
    expect(behind?.records).toBe(1);
    expect(behind?.ageMs).toBeLessThan(30_000);
    expect((behind?.ageMs ?? 0) + (behind?.retentionLeftMs ?? 0)).toBe(60_000);
    expect(await seenAt(2)).toMatchObject({ records: 0, ageMs: 0, retentionLeftMs: 60_000 });
    await kafka.close();
  });

  it('is one line of the log for each transition, with partition and step', async () => {
    const lines = linesOf(worker.said()).map((line): Record<string, unknown> => JSON.parse(line));
    const events = lines.map(({ event: what }) => what);
    for (const what of ['starting', 'assigned', 'signed-in', 'recovered', 'version']) {
      expect(events).toContain(what);
    }
    const version = lines.find(({ event: what }) => what === 'version');
    expect(version).toMatchObject({
      ...{ level: 'info', component: 'processor', partition: expect.any(Number) },
      ...{ step: expect.any(Number), inForce: expect.arrayContaining(['cn-aml-bank@1.1.0']) },
    });
    expect(lines.filter(({ phase }) => phase === 'live')).toHaveLength(2);
  });

  it('says that a damaged copy of the states was found and made anew', async () => {
    const raw = new Redis(redisUrl);
    const found = (now: Scraped, name: string, labels: Record<string, string> = {}): number =>
      valueOf(now, `tidemark_${name}`, labels) ?? 0;
    const before = await scrapedWhen(
      (now) => found(now, 'scrub_walks_total', { ended: 'done' }) > 0,
    );
    expect(found(before, 'scrub_findings_total')).toBe(0);
    const rebuilds = found(before, 'states_rebuilds_total');
    const [name = ''] = await raw.keys(`{${application}:1:*}:s:*`);
    const whole = await raw.getBuffer(name);
    await raw.setrange(name, 30, '\0damage\0');
    expect(await raw.getBuffer(name)).not.toEqual(whole);
    const after = await scrapedWhen((now) => found(now, 'states_rebuilds_total') > rebuilds);
    expect(found(after, 'scrub_findings_total', { finding: 'damaged' })).toBeGreaterThan(0);
    const walks = found(after, 'scrub_walks_total', { ended: 'done' });
    await scrapedWhen((now) => found(now, 'scrub_walks_total', { ended: 'done' }) > walks + 2);
    expect(await raw.getBuffer(name)).toEqual(whole);
    const last = parseMetrics(await textAt(workerUrl()));
    expect(found(last, 'states_rebuilds_total')).toBe(rebuilds + 1);
    raw.disconnect();
  });

  it('holds nothing of customers, accounts and events', async () => {
    const text = await textAt(workerUrl());
    expect(await worker.stop()).toBe(0);
    await end(api);
    for (const canary of CANARIES) {
      expect(text).not.toContain(canary);
      expect(worker.said()).not.toContain(canary);
      expect(api.said()).not.toContain(canary);
    }
    expect(linesOf(api.said()).length).toBeGreaterThan(0);
  });
});
