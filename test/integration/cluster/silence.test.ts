import { join } from 'node:path';
import { runMain } from '@tidemark/cli/run-main.fixture';
import { pause } from '@tidemark/engine/pause';
import { canaryEvents } from '../../support/canary';
import { parseMetrics, valueOf, type Scraped } from '../../support/scraped';
import { workerOf, type Worker } from '../faults/workers';
import { end, freePort, run, scratchFolder, whenDone } from './processes';
import {
  describeWithServers,
  startKafka,
  startRedis,
  startRegistry,
  until,
  type KafkaCluster,
  type RedisServer,
} from './servers';

jest.setTimeout(300_000);

const API = join(__dirname, '../../../services/api/dist/main.js');
const TOKEN = 't'.repeat(40);
const SESSION_MS = 6_000;
/** Prometheus gives up after 10 s; who answers out of memory needs none of it. */
const SCRAPE_MS = 2_000;

interface Readiness {
  readonly code: number;
  readonly text: string;
}

const get = (url: string): Promise<Response> =>
  fetch(url, { signal: AbortSignal.timeout(SCRAPE_MS) });

const scrape = async (url: string): Promise<Scraped> => {
  const answer = await get(`${url}/metrics`);
  expect(answer.status).toBe(200);
  return parseMetrics(await answer.text());
};

const readiness = async (url: string): Promise<Readiness> => {
  const answer = await get(`${url}/readyz`);
  return { code: answer.status, text: await answer.text() };
};

describeWithServers(
  'what processes tell while their servers are away',
  () => {
    let kafka: KafkaCluster;
    let redis: RedisServer;
    let worker: Worker;
    let apiUrl = '';

    beforeAll(async () => {
      const [brokers, registry, states] = await Promise.all([
        startKafka({ own: true }),
        startRegistry(),
        startRedis({ own: true }),
      ]);
      [kafka, redis] = [brokers, states];
      const listen = `127.0.0.1:${await freePort()}`;
      apiUrl = `http://${listen}`;
      const env = {
        ...{ TIDEMARK_KAFKA_BROKERS: kafka.bootstrap, TIDEMARK_REGISTRY_URL: registry.url },
        ...{ TIDEMARK_REDIS_URL: redis.url, TIDEMARK_PREFIX: 'silence' },
        TIDEMARK_GROUP_SESSION_TIMEOUT_MS: String(SESSION_MS),
        ...{ TIDEMARK_API_TOKEN: TOKEN, TIDEMARK_API_LISTEN: listen },
        TIDEMARK_API_VIEWS_DIRECTORY: scratchFolder('views'),
      };
      const where = ['--brokers', kafka.bootstrap, '--registry', registry.url];
      const command = async (...args: readonly string[]): Promise<void> => {
        const ran = await runMain(...args, ...where, '--prefix', 'silence');
        expect(ran).toMatchObject({ code: 0 });
      };
      await command('topics', 'apply', '--partitions', '2');
      await command('methodology', 'publish', 'cn-aml-bank');
      worker = await workerOf('silence', env);
      await worker.start();
      const folder = scratchFolder('api');
      const log = join(folder, 'api.log');
      const api = run({ command: process.execPath, args: [API], cwd: folder, log, env });
      whenDone(() => end(api));
      await until('both are ready', areReady);
      expect((await send(canaryEvents())).status).toBe(200);
      await until('they are decided', async () => {
        const scraped = await scrape(worker.url);
        return valueOf(scraped, 'tidemark_records_total') === 6;
      });
      // it looks every second: until then it has seen what there was when it began
      await until('the interface has seen it', async () => {
        return (valueOf(await scrape(apiUrl), 'tidemark_api_partition_step') ?? 0) > 0;
      });
    }, 420_000);

    const send = (events: readonly object[]): Promise<Response> =>
      fetch(`${apiUrl}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' },
        body: events.map((one) => JSON.stringify(one)).join('\n'),
      });

    const areReady = async (): Promise<boolean> => {
      const answers = [worker.url, apiUrl].map((url) =>
        readiness(url).catch(() => ({ code: 0, text: '' })),
      );
      return (await Promise.all(answers)).every(({ code }) => code === 200);
    };

    it('is what was known last, at once, and that they are not ready: without brokers', async () => {
      await kafka.brokers[0]?.kill('SIGKILL');
      const all = [worker.url, apiUrl];
      await until('neither is ready', async () => {
        const told = await Promise.all(all.map(readiness));
        return told.every(({ code }) => code === 503);
      });
      expect((await readiness(worker.url)).text).toContain('brokers have not answered');
      expect((await readiness(apiUrl)).text).toContain('recovering');
      const [own, outside] = await Promise.all(all.map(scrape));
      if (own === undefined || outside === undefined) throw new Error('no metrics');
      expect(valueOf(own, 'tidemark_records_total')).toBe(6);
      expect(valueOf(own, 'tidemark_ready')).toBe(0);
      expect(valueOf(outside, 'tidemark_api_partition_readable')).toBe(0);
      expect(valueOf(outside, 'tidemark_api_partition_step')).toBeGreaterThan(0);
      expect(valueOf(outside, 'tidemark_ready')).toBe(0);
      // a question does not wait for brokers: the states are in Redis
      const ask = async (path: string, of = 'customers'): Promise<number> => {
        const headers = { authorization: `Bearer ${TOKEN}` };
        const signal = AbortSignal.timeout(20_000);
        return (await fetch(`${apiUrl}/v1/${of}${path}`, { headers, signal })).status;
      };
      expect(await ask('/any/one/rating')).toBe(404);
      expect(await ask('/any/one/history')).toBe(503);
      expect(await ask('?grade=5')).toBe(503);
      expect(await ask('', 'grade-changes')).toBe(503);
      // a lag that nobody can know is told no more
      await until('the lag is gone', async () => {
        const scraped = await scrape(worker.url);
        return valueOf(scraped, 'tidemark_lag_records') === undefined;
      });
      await kafka.brokers[0]?.start();
      await until('both are ready again', areReady);
      expect(valueOf(await scrape(worker.url), 'tidemark_lag_records')).toBe(0);
    });

    it('is the same without Redis, which the HTTP interface cannot answer without', async () => {
      await redis.kill();
      const taken = valueOf(await scrape(worker.url), 'tidemark_takeovers_total');
      await until('the interface is not ready', async () => {
        return (await readiness(apiUrl)).code === 503;
      });
      await until('its metrics say so', async () => {
        return valueOf(await scrape(apiUrl), 'tidemark_api_partition_readable') === 0;
      });
      expect(valueOf(await scrape(worker.url), 'tidemark_records_total')).toBe(6);

      // who has the states of these customers in memory would decide before it sees that Redis is away
      await until('both partitions say why', async () => {
        return (await readiness(worker.url)).text.match(/"why":/g)?.length === 2;
      });
      const events = canaryEvents();
      expect((await send(events)).status).toBe(200);
      // who pages is told of it, and what waits is seen from both sides
      await until('what waits is told', async () => {
        const [own, outside] = await Promise.all([worker.url, apiUrl].map(scrape));
        return (
          own !== undefined &&
          outside !== undefined &&
          valueOf(own, 'tidemark_redis_up') === 0 &&
          valueOf(own, 'tidemark_lag_records') === events.length &&
          valueOf(outside, 'tidemark_api_lag_records') === events.length
        );
      });
      // long enough for it to ask whether its partitions are still its own
      const phases = (): string[] =>
        worker.said().match(/"event":"partition".*"phase":"[a-z-]+"/g) ?? [];
      const recovering = (partition: number): boolean =>
        phases()
          .filter((line) => line.includes(`"partition":${partition},`))
          .at(-1)
          ?.endsWith('"phase":"recovering"') ?? false;
      // the log is written a moment after the page
      await until('the log says so', async () => recovering(0) && recovering(1));
      const before = phases();
      await pause(2 * SESSION_MS);
      for (const url of [worker.url, apiUrl]) {
        expect((await readiness(url)).text).toMatch(/"why":"Redis could not be reached/);
      }
      const own = await scrape(worker.url);
      expect(valueOf(own, 'tidemark_fenced_total')).toBe(0);
      expect(valueOf(own, 'tidemark_takeovers_total')).toBe(taken);
      expect(phases()).toEqual(before);
      expect(worker.said()).not.toContain('"phase":"fenced"');

      // half the time that the client of Redis would wait for a connection
      const question = await fetch(`${apiUrl}/v1/customers/any/one/rating`, {
        headers: { authorization: `Bearer ${TOKEN}` },
        signal: AbortSignal.timeout(2_500),
      });
      expect(question.status).toBe(503);
      expect(await question.json()).toMatchObject({ code: 'TM_RECOVERING' });
      await redis.restart();
      await until('both are ready again', areReady);
      expect(valueOf(await scrape(worker.url), 'tidemark_redis_up')).toBe(1);
    });
  },
  { own: true },
);
