import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataDirectory } from '@tidemark/processor/data-directory';
import type { Store } from '@tidemark/processor/embedded';
import type { EmbeddedEngine } from '@tidemark/processor/engine';
import { apiErrorOf, ERRORS, retryAfterOf, type ErrorCode } from './errors';
import { accessCheck } from './access';
import { DEFAULT_LIMITS, timesOf } from './context';
import { openFront } from './front';
import { waitingText } from './metrics';
import {
  isLive,
  openServer,
  profile,
  removeDirectory,
  until,
  type TestOptions,
  type TestServer,
} from './server.fixture';

jest.setTimeout(60_000);

const README = readFileSync(join(__dirname, 'README.md'), 'utf8');
const JSON_ARRAY = { 'content-type': 'application/json' };

let opened: TestServer[] = [];

afterEach(async () => {
  for (const server of opened) {
    await server.close();
    removeDirectory(server);
  }
  opened = [];
});

async function open(options: TestOptions = {}, live = true): Promise<TestServer> {
  const server = await openServer(options);
  opened.push(server);
  if (live) await until(isLive(server));
  return server;
}

/** A store in which one port of the partitions is another. */
async function changedStore(
  server: TestServer,
  change: (partition: ReturnType<Store['partition']>) => ReturnType<Store['partition']>,
): Promise<Store> {
  const store = await openDataDirectory(server.directory, undefined, () => undefined);
  return { ...store, partition: (n) => change(store.partition(n)) };
}

/** A directory that a server has left. */
async function left(): Promise<TestServer> {
  const server = await openServer();
  await until(isLive(server));
  await server.close();
  return server;
}

const RAISED: Record<ErrorCode, () => Promise<Response>> = {
  TM_INVALID_REQUEST: async () => (await open()).get('/v1/customers?limit=many'),
  TM_NOT_JSON: async () => (await open()).post('[{', JSON_ARRAY),
  TM_INVALID_POSITION: async () => (await open()).get('/v1/grade-changes?since=yesterday'),
  TM_UNAUTHORIZED: async () => (await open()).get('/v1/customers', { authorization: 'Bearer x' }),
  TM_NOT_FOUND: async () => (await open()).get('/v2/customers'),
  TM_UNKNOWN_CUSTOMER: async () => (await open()).get('/v1/customers/bank-1/nobody/rating'),
  TM_NO_RATING: async () => {
    const server = await open();
    await server.post(profile('c-1', Date.now()));
    await server.engine.settled();
    return server.get('/v1/customers/bank-1/c-1/rating');
  },
  TM_NOT_REACHED: async () => {
    const server = await open({ limits: { waitMs: 20 } });
    await server.post(profile('c-1', Date.now()));
    await server.engine.settled();
    return server.get('/v1/customers/bank-1/c-1/rating?minSequence=1');
  },
  TM_POSITION_GONE: async () => (await open()).get('/v1/grade-changes?since=0:5,1:0'),
  TM_TOO_LARGE: async () => (await open({ limits: { bodyBytes: 10 } })).post('{"type": "x"}'),
  TM_TOO_MANY_EVENTS: async () => (await open({ limits: { events: 2 } })).post('{}\n{}\n{}\n'),
  TM_UNSUPPORTED_MEDIA: async () => (await open()).post('x', { 'content-type': 'text/csv' }),
  TM_TOO_MANY_REQUESTS: async () => {
    const server = await open({ limits: { requestsPerSecond: 1 } });
    const answers = await Promise.all([1, 2, 3, 4].map(() => server.get('/v1/customers')));
    return answers.find(({ status }) => status === 429) ?? Response.error();
  },
  TM_INTERNAL: async () => {
    const server = await open();
    // What nobody expects: the view of the state fails.
    Object.assign(server.engine, { customer: () => Promise.reject(new Error('secret c-1')) });
    const answer = await server.get('/v1/customers/bank-1/c-1/rating');
    expect(server.reports.join()).toMatch(/a request failed: Error\n +at /);
    expect(server.reports.join()).not.toContain('secret');
    return answer;
  },
  TM_WAITING: async () => {
    const waiting = [{ what: 'redis', why: 'nobody answers' }];
    const front = await openFront(
      { listen: { host: '127.0.0.1', port: 0 }, tls: undefined },
      timesOf(DEFAULT_LIMITS),
      {
        waiting: () => waiting,
        metrics: () => waitingText(new Map()),
        isAllowed: accessCheck(['the-token']),
      },
    );
    const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`http://127.0.0.1:${front.port}${path}`, { headers });
    try {
      expect((await get('/healthz')).status).toBe(200);
      const ready = await get('/readyz?now');
      expect({ status: ready.status, body: await ready.json() }).toEqual({
        status: 503,
        body: { status: 'waiting', waiting, partitions: [] },
      });
      const scraped = await (await get('/metrics')).text();
      expect(scraped).toContain('tidemark_ready 0');
      expect(scraped).toContain('tidemark_build_info{component="api"');
      const passedOn = { 'x-forwarded-for': '10.0.0.1' };
      expect((await get('/metrics', passedOn)).status).toBe(503);
      const authorization = 'Bearer the-token';
      expect((await get('/metrics', { ...passedOn, authorization })).status).toBe(200);
      const answer = await get('/v1/customers');
      expect(await answer.clone().text()).toContain('waiting for redis (nobody answers)');
      return answer;
    } finally {
      await front.close();
    }
  },
  TM_RECOVERING: async () => {
    const before = await left();
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const store = await changedStore(before, (partition) => {
      const { ledger } = partition.ports;
      const fence = async (): Promise<number> => released.then(() => ledger.fence());
      return { ...partition, ports: { ...partition.ports, ledger: { ...ledger, fence } } };
    });
    const server = await open({ directory: before.directory, settings: { store } }, false);
    const ready = await server.get('/readyz');
    expect({ status: ready.status, body: await ready.json() }).toMatchObject({
      status: 503,
      body: { status: 'recovering', partitions: [{ phase: 'recovering' }, {}] },
    });
    expect((await server.get('/healthz')).status).toBe(200);
    const answer = await server.post(profile('c-1', Date.now()));
    release();
    await until(isLive(server));
    return answer;
  },
  TM_LAGGING: async () => {
    const server = await open({ settings: { backlogMax: -1 } });
    return server.post(profile('c-1', Date.now()));
  },
  TM_STOPPING: async () => {
    const server = await open();
    const { engine } = server;
    await engine.stop();
    Object.assign(engine, { stop: () => Promise.resolve() } satisfies Partial<EmbeddedEngine>);
    return server.post(profile('c-1', Date.now()));
  },
  TM_STOPPED: async () => {
    const { directory } = await left();
    // The system's clock is wrong by a year: a person has to look.
    const clock = (): number => Date.now() + 365 * 86_400_000;
    const server = await open({ directory, settings: { clock } }, false);
    await until(() => server.engine.status().phase === 'stopped');
    expect(server.reports.join()).toContain('check the system');
    return server.get('/v1/customers/bank-1/c-1/rating');
  },
  TM_NOT_STORED: async () => {
    const before = await left();
    const store = await changedStore(before, (partition) => ({
      ...partition,
      writer: { append: () => Promise.reject(new Error('ENOSPC')) },
    }));
    const server = await open({ directory: before.directory, settings: { store } });
    return server.post(profile('c-1', Date.now()));
  },
  TM_TOO_MANY_STREAMS: async () =>
    (await open({ limits: { streams: 0 } })).get('/v1/grade-changes'),
};

describe('the errors of the interface', () => {
  it.each(Object.entries(RAISED))('%s is raised as a problem', async (name, raise) => {
    const answer = await raise();
    const body: Record<string, unknown> = JSON.parse(await answer.text());
    expect(body['code']).toBe(name);
    expect(answer.status).toBe(body['status']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(body['type']).toBe(`urn:tidemark:problem:${name}`);
    expect(String(body['detail'])).not.toBe('');
    const code = Object.keys(ERRORS).find((known): known is ErrorCode => known === name);
    const retryAfter = code === undefined ? undefined : retryAfterOf(code);
    expect(answer.headers.get('retry-after')).toBe(
      retryAfter === undefined ? null : String(retryAfter),
    );
  });

  it.each(Object.entries(ERRORS))('%s is documented with its status', (code, { status }) => {
    expect(README).toContain(`| \`${code}\` | ${status} |`);
  });

  it('tell nothing of an error that nobody expected', () => {
    expect(apiErrorOf(new Error('customer c-1'))).toBeUndefined();
    expect(apiErrorOf('customer c-1')).toBeUndefined();
    const unreadable = Object.assign(new Error('customer c-1'), { statusCode: 400 });
    expect(apiErrorOf(unreadable)?.detail).not.toContain('c-1');
  });
});
