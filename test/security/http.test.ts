import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  isLive,
  openServer,
  removeDirectory,
  TOKEN,
  until,
  type TestServer,
} from '@tidemark/api/server.fixture';
import fc from 'fast-check';
import { parse } from 'yaml';
import { runs, TEST_MS } from './bounded';

const BODY_BYTES = 1 << 20;
const STREAMS = 2;

let server: TestServer;
beforeAll(async () => {
  server = await openServer({
    limits: { bodyBytes: BODY_BYTES, events: 1_000, streams: STREAMS },
  });
  await until(isLive(server));
}, TEST_MS);
afterAll(async () => {
  await server.close();
  removeDirectory(server);
});

const AUTHORIZATION = `Authorization: Bearer ${TOKEN}`;

/** Sends what no client would send; answers what came until the server ended the connection. */
const raw = (...lines: readonly string[]): Promise<string> => rawTo(server, ...lines);

function rawTo({ url }: TestServer, ...lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('close', () => resolve(text));
    socket.on('error', (error) => (text === '' ? reject(error) : resolve(text)));
    socket.write(lines.join('\r\n'));
  });
}

const get = (path: string, ...head: readonly string[]): Promise<string> =>
  raw(`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...head, '', '');

const statusOf = (answer: string): number => Number(answer.split(' ')[1]);

interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly security?: readonly unknown[] }>>>
  >;
}

const OPENAPI: OpenApi = parse(readFileSync(join(__dirname, '../../schemas/openapi.yaml'), 'utf8'));

const ROUTES = Object.entries(OPENAPI.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { security }]) => ({
    method: method.toUpperCase(),
    path: path.replace(/\{\w+\}/g, 'x'),
    isOpen: security !== undefined,
  })),
);

describe('the HTTP interface, without the token', () => {
  it.each(ROUTES.filter(({ isOpen }) => !isOpen))(
    'answers $method $path with 401, whatever is sent in its place',
    async ({ method, path }) => {
      const others = [{}, ...['', 'x', `${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase()]];
      for (const other of others) {
        const given = typeof other === 'string' ? { authorization: `Bearer ${other}` } : {};
        const body = method === 'POST' ? { body: '{}' } : {};
        const headers = { ...given, 'content-type': 'application/x-ndjson' };
        const response = await fetch(`${server.url}${path}`, { method, headers, ...body });
        expect(response.status).toBe(401);
        expect(await response.json()).toMatchObject({ code: 'TM_UNAUTHORIZED' });
      }
    },
  );

  it('has no other open route than those that tell nothing of customers', () => {
    const open = ROUTES.filter(({ isOpen }) => isOpen).map(({ path }) => path);
    expect(open.sort()).toEqual(['/healthz', '/metrics', '/readyz']);
    const served = server.app.printRoutes({ commonPrefix: false });
    expect(served.match(/\((?:GET|POST|PUT|DELETE|PATCH|OPTIONS)/g)).toHaveLength(ROUTES.length);
  });

  it('takes neither Basic nor a token in the address, nor one of two headers', async () => {
    const basic = Buffer.from(`x:${TOKEN}`).toString('base64');
    expect(statusOf(await get('/v1/customers', `Authorization: Basic ${basic}`))).toBe(401);
    expect(statusOf(await get(`/v1/customers?token=${TOKEN}`))).toBe(401);
    const two = await get('/v1/customers', 'Authorization: Bearer x', AUTHORIZATION);
    expect(statusOf(two)).toBe(401);
  });

  it('reads no body', async () => {
    const answer = await raw(
      ...['POST /v1/events HTTP/1.1', 'Host: x', 'Connection: close'],
      ...['Content-Type: application/x-ndjson', 'Content-Length: 999999999', '', ''],
    );
    expect(statusOf(answer)).toBe(401);
  });
});

describe('the HTTP interface, with the token', () => {
  it.each([
    '/v1/../token',
    '/%2e%2e/token',
    '/v1/customers/..%2f..%2ftoken/x/rating',
    '/v1/customers/%2e%2e/%2e%2e/rating',
    '/v1/customers/..%5c..%5ctoken/x/rating',
    '/v1/customers/%00/%00/rating',
    '/v1/customers/x/../../../token',
    '//token',
    '/token',
  ])('finds no file at %s', async (path) => {
    const answer = await get(path, AUTHORIZATION);
    expect(statusOf(answer)).toBe(404);
  });

  it('refuses addresses that are none, without saying them again', async () => {
    for (const path of [
      '/v1/customers/a/%/rating',
      `/v1/customers/a/${'b'.repeat(9_000)}/rating`,
    ]) {
      const answer = await get(path, AUTHORIZATION);
      expect(statusOf(answer)).toBe(400);
      expect(answer).toContain('TM_INVALID_REQUEST');
      expect(answer).not.toContain('/v1/customers');
    }
  });

  it('refuses heads that are too large or contradict themselves', async () => {
    const large = await get('/v1/customers', AUTHORIZATION, `X: ${'x'.repeat(20_000)}`);
    expect(statusOf(large)).toBe(431);
    const smuggled = await raw(
      ...['POST /v1/events HTTP/1.1', 'Host: x', AUTHORIZATION, 'Content-Length: 4'],
      ...['Transfer-Encoding: chunked', '', '0', '', 'GET /metrics HTTP/1.1', '', ''],
    );
    expect(smuggled.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(statusOf(smuggled)).toBe(400);
  });

  it('refuses bodies that are too large, said or not', async () => {
    const headers = { 'content-type': 'application/x-ndjson' };
    expect((await server.post('x'.repeat(BODY_BYTES + 1), headers)).status).toBe(413);
    const chunked = await raw(
      ...['POST /v1/events HTTP/1.1', 'Host: x', AUTHORIZATION, 'Connection: close'],
      ...['Content-Type: application/x-ndjson', 'Transfer-Encoding: chunked', ''],
      ...[(BODY_BYTES + 1).toString(16), 'x'.repeat(BODY_BYTES + 1), '0', '', ''],
    );
    expect(statusOf(chunked)).toBe(413);
    expect((await server.post('{}\n'.repeat(1_001), headers)).status).toBe(413);
  });

  it('takes nothing compressed, so that a few bytes stay a few bytes', async () => {
    const bomb = gzipSync(Buffer.alloc(BODY_BYTES * 8, 0x20));
    const response = await fetch(`${server.url}/v1/events`, {
      ...{ method: 'POST', body: bomb },
      headers: {
        ...{ authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' },
        'content-encoding': 'gzip',
      },
    });
    expect(response.status).toBe(415);
  });

  it('refuses JSON that is nested deeper than the stack', async () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    for (const body of [deep, `[{"a":${deep}}]`]) {
      const response = await server.post(body, { 'content-type': 'application/json' });
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { code: 'TM_NOT_JSON' },
      ]);
    }
    expect((await server.post(`{"a":${deep}}`)).status).toBe(207);
    expect(server.reports).toEqual([]);
  });

  it('does not take a number that is too large for one that is lacking', async () => {
    const event =
      '{"type":"link-fact","id":"1e999","institution":"b","customer":"c","occurredAt":0,"pattern":"B2.1","hit":true,"count":1e999}';
    const bodies: readonly (readonly [string, string])[] = [
      [event, 'application/x-ndjson'],
      [`[${event}]`, 'application/json'],
    ];
    for (const [body, type] of bodies) {
      const response = await server.post(body, { 'content-type': type });
      expect(await response.json()).toMatchObject({ refused: 1, results: [{ field: 'count' }] });
    }
  });

  it('opens no more streams than it has places, and has them again', async () => {
    const stops = Array.from({ length: STREAMS }, () => new AbortController());
    const open = (signal?: AbortSignal): Promise<Response> =>
      fetch(`${server.url}/v1/grade-changes`, {
        headers: { authorization: `Bearer ${TOKEN}` },
        ...(signal === undefined ? {} : { signal }),
      });
    for (const { signal } of stops) expect((await open(signal)).status).toBe(200);
    const refused = await open();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    for (const stop of stops) stop.abort();
    const again = new AbortController();
    await until(async () => (await open(again.signal)).status === 200);
    again.abort();
  });

  it(
    'answers any parameter and any head with a known status, and never with a fault of its own',
    async () => {
      const paths = fc.constantFrom(
        ...ROUTES.filter(({ method }) => method === 'GET').map(({ path }) => path),
      );
      const names = fc.constantFrom(
        ...['limit', 'cursor', 'grade', 'after', 'minSequence', 'gradeMin', 'since', '__proto__'],
      );
      const values = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 30 }),
        fc.constantFrom('-1', '1e308', '9007199254740993', '0:1', '\u0000', 'now', 'NaN'),
      );
      const stop = new AbortController();
      await fc.assert(
        fc.asyncProperty(paths, names, values, async (path, name, value) => {
          const query = new URLSearchParams([[name, value]]);
          const response = await fetch(`${server.url}${path}?${query.toString()}`, {
            headers: { authorization: `Bearer ${TOKEN}` },
            signal: stop.signal,
          });
          await response.body?.cancel();
          expect([200, 400, 404, 409, 410, 503]).toContain(response.status);
        }),
        { numRuns: runs(60) },
      );
      stop.abort();
      expect(server.reports).toEqual([]);
    },
    TEST_MS,
  );
});

describe('the HTTP interface, asked too slowly', () => {
  it('ends connections on which neither a head nor a body comes to its end', async () => {
    const slow = await openServer({ limits: { requestMs: 500 } });
    try {
      const head = ['POST /v1/events HTTP/1.1', 'Host: x', AUTHORIZATION];
      const body = ['Content-Type: application/x-ndjson', 'Content-Length: 1000', '', '{'];
      for (const lines of [[], head, [...head, ...body]]) {
        const answer = await rawTo(slow, ...lines);
        expect(['', 'HTTP/1.1 408 Request Timeout']).toContain(answer.split('\r\n')[0]);
      }
    } finally {
      await slow.close();
      removeDirectory(slow);
    }
  });
});

describe('the HTTP interface, asked too often', () => {
  it('asks an address to wait, in every second again', async () => {
    const limited = await openServer({ limits: { requestsPerSecond: 5 } });
    try {
      await until(async () => {
        const response = await limited.get('/v1/customers');
        return response.status === 429 && response.headers.get('retry-after') === '1';
      });
      await until(async () => (await limited.get('/v1/customers')).status === 200);
      expect((await fetch(`${limited.url}/healthz`)).status).toBe(200);
    } finally {
      await limited.close();
      removeDirectory(limited);
    }
  });
});
