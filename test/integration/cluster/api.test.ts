import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveCluster } from '@tidemark/api/cluster-server';
import { readStream } from '@tidemark/api/server.fixture';
import { runMain } from '@tidemark/cli/run-main.fixture';
import { runWorker, type Worker } from '@tidemark/processor/cluster-worker';
import { readConfiguration, type Settings } from '@tidemark/processor/configuration';
import { readCommitted } from './kcat';
import {
  describeWithServers,
  scratchFolder,
  startKafka,
  startRedis,
  startRegistry,
  uniqueName,
  until,
  type KafkaCluster,
} from './servers';

jest.setTimeout(240_000);

const TOKEN = 'a-token-for-tests-that-is-long-enough';
const FULL: object = JSON.parse(
  readFileSync(join(__dirname, '../../../services/cli/examples/first-rating.jsonl'), 'utf8').split(
    '\n',
  )[0] ?? '',
);

const known = (customer: string): string =>
  JSON.stringify({ ...FULL, id: `p-${customer}`, institution: 'bank-1', customer });

/** What is answered while nothing is there yet. */
async function waitingAt(url: string) {
  const get = async (path: string): Promise<{ status: number; body: string }> => {
    const answer = await fetch(`${url}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
  return {
    health: await get('/healthz'),
    ready: await get('/readyz'),
    other: await get('/v1/customers'),
  };
}

const listed = (customer: string): string =>
  JSON.stringify({
    ...{ type: 'risk-event', id: `l-${customer}`, institution: 'bank-1', customer },
    ...{ occurredAt: Date.now(), kind: 'control_list_hit', entryId: 'entry-1' },
  });

describeWithServers(
  'the HTTP interface over a cluster',
  () => {
    const prefix = uniqueName('api');
    const stopping = new AbortController();
    let brokers: KafkaCluster;
    let bootstrap = '';
    let url = '';
    let settings: Settings;
    let worker: Worker;
    let served: Promise<void>;
    let early: Awaited<ReturnType<typeof waitingAt>>;

    beforeAll(async () => {
      const [kafka, registry, redis] = await Promise.all([
        startKafka({ own: true }),
        startRegistry(),
        startRedis(),
      ]);
      brokers = kafka;
      bootstrap = kafka.bootstrap;
      const configured = readConfiguration(
        {
          TIDEMARK_KAFKA_BROKERS: bootstrap,
          TIDEMARK_REGISTRY_URL: registry.url,
          TIDEMARK_REDIS_URL: redis.url,
          TIDEMARK_PREFIX: prefix,
          TIDEMARK_APPLICATION: prefix,
          TIDEMARK_API_TOKEN: TOKEN,
          TIDEMARK_API_LISTEN: '127.0.0.1:0',
          TIDEMARK_API_VIEWS_DIRECTORY: scratchFolder('views'),
        },
        undefined,
        'api',
      );
      if (!configured.ok) throw new Error(configured.faults.join('\n'));
      ({ settings } = configured);
      served = serveCluster(
        settings,
        () => undefined,
        stopping.signal,
        (port) => {
          url = `http://127.0.0.1:${port}`;
        },
      );
      await until('it listens', () => url !== '');
      await until('it waits', async () => {
        early = await waitingAt(url);
        return early.ready.body.includes('topics');
      });
      const where = ['--brokers', bootstrap, '--registry', registry.url, '--prefix', prefix];
      const applied = await runMain('topics', 'apply', '--partitions', '2', ...where);
      expect(applied).toMatchObject({ code: 0 });
      const published = await runMain('methodology', 'publish', 'cn-aml-bank', ...where);
      expect(published).toMatchObject({ code: 0 });
      worker = runWorker(settings, () => undefined);
      await until('it is ready', async () => (await fetch(`${url}/readyz`)).ok);
    }, 240_000);

    const stop = async (): Promise<void> => {
      stopping.abort();
      await Promise.all([served, worker.stop()]);
    };

    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' };
    const post = (...events: readonly string[]): Promise<Response> =>
      fetch(`${url}/v1/events`, { method: 'POST', headers, body: events.join('\n') });
    const get = (path: string, more: Record<string, string> = {}): Promise<Response> =>
      fetch(`${url}${path}`, { headers: { ...headers, ...more } });

    it('listens before its servers are there, and says what it waits for', () => {
      expect(early.health.status).toBe(200);
      expect(early.ready.status).toBe(503);
      expect(JSON.parse(early.ready.body)).toMatchObject({
        status: 'waiting',
        waiting: [{ what: 'topics', why: expect.stringContaining('tidemark topics apply') }],
      });
      expect(early.other.status).toBe(503);
      expect(JSON.parse(early.other.body)).toMatchObject({
        code: 'TM_WAITING',
        detail: expect.stringContaining('topics'),
      });
    });

    it('tells each grade change once, and goes on after the last one that was seen', async () => {
      const first = readStream(await get('/v1/grade-changes?since=now'));
      expect((await post(known('s-1'))).status).toBe(200);
      const [seen] = await first.take(1);
      expect(seen?.change).toMatchObject({ customer: 's-1', sequence: 1, previousGrade: null });
      await first.close();
      expect((await post(listed('s-1'))).status).toBe(200);
      const place = { 'last-event-id': seen?.id ?? '' };
      const second = readStream(await get('/v1/grade-changes', place));
      expect((await second.take(1))[0]?.change).toMatchObject({ customer: 's-1', sequence: 2 });
      await second.close();
    });

    it('answers with the state that a change came from', async () => {
      await post(known('s-2'), listed('s-2'));
      const path = '/v1/customers/bank-1/s-2';
      await until(
        'it has come to a sequence',
        async () => (await get(`${path}/rating?minSequence=1`)).ok,
      );
      expect(await (await get(`${path}/rating`)).json()).toMatchObject({
        grade: 5,
        customer: 's-2',
      });
      const text = await (await get(`${path}/explanation`)).text();
      expect(text).toContain('5');
      const history = (await (await get(`${path}/history`)).json()) as { changes: unknown[] };
      expect(history.changes.length).toBeGreaterThan(0);
      expect((await get('/v1/customers/bank-1/nobody/rating')).status).toBe(404);
    });

    it('refuses what a partition would refuse, and keeps it as a dead letter', async () => {
      const answer = await post('{"type":"nonsense","id":"n-1"}', known('s-3'));
      expect(answer.status).toBe(207);
      expect(await answer.json()).toMatchObject({ accepted: 1, refused: 1 });
      const letters = await readCommitted(bootstrap, `${prefix}.dead-letters.v1`);
      expect(letters).toHaveLength(1);
      expect(letters[0]?.value?.toString('latin1')).toContain('unknown-type');
    });

    it('ends although the brokers are gone', async () => {
      await brokers.stop();
      await stop();
    });
  },
  { own: true },
);
