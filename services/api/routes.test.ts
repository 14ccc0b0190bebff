import { openLocalStore } from '@tidemark/engine/adapters/local/store';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import type { DeadLetter } from '@tidemark/schemas/records';
import { parse } from 'yaml';
import {
  cleared,
  isLive,
  known,
  listed,
  openServer,
  profile,
  removeDirectory,
  reported,
  RESTRICTED_TOKEN,
  TOKEN,
  until,
  type TestServer,
} from './server.fixture';

jest.setTimeout(60_000);

const SPEC: Record<string, unknown> = parse(
  readFileSync(join(__dirname, '../../schemas/openapi.yaml'), 'utf8'),
);

/** Says how an answer differs from what the OpenAPI document says of it. */
function faultsOf(schema: string, value: unknown): unknown {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema({ $id: 'openapi', ...SPEC });
  const validate = ajv.compile({ $ref: `openapi#/components/schemas/${schema}` });
  validate(value);
  return validate.errors;
}

let server: TestServer;
let now = 0;

beforeAll(async () => {
  server = await openServer();
  await until(isLive(server));
  now = Date.now();
});

afterAll(async () => {
  await server.close();
  removeDirectory(server);
});

type Body = Record<string, never>;
const bodyOf = async <T = Body>(answer: Promise<Response> | Response): Promise<T> =>
  JSON.parse(await (await answer).text());

describe('POST /v1/events', () => {
  it('takes each event for itself and says what became of it', async () => {
    const answer = await server.post(
      [profile('a', now - 9_000), '', 'no json', '{"type":"transaction","id":"t-1"}'].join('\n'),
    );
    expect(answer.status).toBe(207);
    const body = await bodyOf(answer);
    expect(faultsOf('Taken', body)).toBeNull();
    expect(body).toMatchObject({
      accepted: 1,
      refused: 2,
      results: [
        { index: 0, id: 'p-a', status: 'accepted' },
        { index: 1, id: null, status: 'refused', code: 'not-json', field: null },
        { index: 2, id: 't-1', status: 'refused', code: 'missing-field', field: 'institution' },
      ],
    });
  });

  it('keeps every refused event as a dead letter, with its payload', async () => {
    await bodyOf(server.post('what is this?'));
    await server.close();
    const again = await openServer({ directory: server.directory });
    await until(isLive(again));
    server = again;
    const letters = await deadLetters();
    expect(letters).toContainEqual(
      expect.objectContaining({ code: 'not-json', payload: 'what is this?' }),
    );
    expect(letters).toContainEqual(
      expect.objectContaining({
        code: 'missing-field',
        payload: '{"type":"transaction","id":"t-1"}',
      }),
    );
  });

  it('takes a JSON array too, and leaves the accepted ones out on request', async () => {
    const body = `[${profile('b', now)}, 7]`;
    const answer = await fetch(`${server.url}/v1/events?results=refused`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    });
    expect(await bodyOf(answer)).toMatchObject({
      accepted: 1,
      refused: 1,
      results: [{ index: 1, code: 'not-an-object' }],
    });
  });

  it('accepts what is sent again, and it changes nothing', async () => {
    const events = [profile('twice', now - 5_000), listed('twice', now - 4_000)].join('\n');
    expect(await bodyOf(server.post(events))).toMatchObject({ accepted: 2, refused: 0 });
    const first = await bodyOf(rating('twice', 1));
    expect(await bodyOf(server.post(events))).toMatchObject({ accepted: 2, refused: 0 });
    await server.engine.settled();
    const second = await bodyOf(rating('twice', 1));
    expect({ ...second, asOf: 0 }).toEqual({ ...first, asOf: 0 });
    expect(second).toMatchObject({ sequence: 1 });
  });

  it('turns an event that contradicts an earlier one of its id into a dead letter', async () => {
    await bodyOf(server.post(listed('liar', now - 4_000, 'same')));
    const other = listed('liar', now - 3_000, 'same');
    expect(await bodyOf(server.post(other))).toMatchObject({ accepted: 1 });
    await server.engine.settled();
    await until(async () => (await decidedLetters()).length > 0);
    expect(await decidedLetters()).toMatchObject([
      { code: 'conflicting-duplicate', payload: other, source: { topic: 'events' } },
    ]);
  });

  it('takes an empty body for no events', async () => {
    expect(await bodyOf(server.post('\n'))).toEqual({ accepted: 0, refused: 0, results: [] });
  });
});

const rating = (customer: string, minSequence: number): Promise<Response> =>
  server.get(
    `/v1/customers/bank-1/${encodeURIComponent(customer)}/rating?minSequence=${minSequence}`,
  );

async function lettersOf(read: () => Promise<readonly Uint8Array[]>): Promise<DeadLetter[]> {
  return (await read()).map((value) => JSON.parse(Buffer.from(value).toString('utf8')));
}

/** What the steps have refused. */
const decidedLetters = (): Promise<DeadLetter[]> =>
  lettersOf(async () => {
    const found: Uint8Array[] = [];
    for (let partition = 0; partition < server.engine.partitions; partition += 1) {
      const limit = { records: 100, bytes: 1 << 20 };
      const { records } = await server.engine.outputs(partition).read('dead-letters', 0, limit);
      found.push(...records.map(({ value }) => value));
    }
    return found;
  });

/** What was refused at the door: read from the files, as a person would. */
async function deadLetters(): Promise<DeadLetter[]> {
  const store = await openLocalStore({
    directory: server.directory,
    application: 'tidemark',
    partitions: 2,
    inputTopics: ['refused'],
    globalTopics: [],
    readOnly: true,
  });
  const limit = { records: 100, bytes: 1 << 20 };
  try {
    return await lettersOf(async () => {
      const { records } = await store.partition(0).ports.inputs.read('refused', 0, limit);
      return records.map(({ value }) => value);
    });
  } finally {
    await store.close();
  }
}

describe('the routes of a customer', () => {
  const name = 'c/1 机构?';

  beforeAll(async () => {
    const events = [
      known(name, now - 60_000),
      listed(name, now - 50_000),
      cleared(name, now - 40_000, `l-${name}`),
      listed(name, now - 30_000, 'again'),
    ];
    for (const event of events) await bodyOf(server.post(event));
  });

  const path = (rest: string): string => `/v1/customers/bank-1/${encodeURIComponent(name)}/${rest}`;

  it('tell its rating, waiting for the sequence that is asked for', async () => {
    const answer = await rating(name, 4);
    const body = await bodyOf(answer);
    expect(answer.status).toBe(200);
    expect(faultsOf('RatingSummary', body)).toBeNull();
    expect(body).toMatchObject({ customer: name, sequence: 4, grade: 5, rule: 'X-H1' });
    expect(body).not.toHaveProperty('items');
  });

  it('explain it with every sub-item, or as text for people', async () => {
    const body = await bodyOf(server.get(path('explanation')));
    expect(faultsOf('Rating', body)).toBeNull();
    expect(body['items']).toHaveLength(18);
    const text = await (await server.get(path('explanation'), { accept: 'text/plain' })).text();
    expect(text).toContain(`bank-1:${name} at `);
    expect(text).toMatch(/grade 5 \(high\), direct-highest by X-H1/);
  });

  it('tell its grade changes in order, page by page', async () => {
    const whole = await bodyOf(server.get(path('history')));
    expect(whole['next']).toBeNull();
    const changes: readonly { sequence: number; hash: string; previousHash: string | null }[] =
      whole['changes'] ?? [];
    expect(changes.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(changes[2]?.previousHash).toBe(changes[1]?.hash);
    for (const change of changes) expect(faultsOf('GradeChange', change)).toBeNull();
    const first = await bodyOf(server.get(path('history?limit=2')));
    expect(first).toEqual({ changes: changes.slice(0, 2), next: 2 });
    expect(await bodyOf(server.get(path('history?limit=2&after=2')))).toEqual({
      changes: changes.slice(2),
      next: null,
    });
  });

  it('know one who has no grade yet, and not one of whom nothing is known', async () => {
    await bodyOf(server.post(profile('new', now)));
    await server.engine.settled();
    expect(await bodyOf(server.get('/v1/customers/bank-1/new/history'))).toEqual({
      changes: [],
      next: null,
    });
    expect((await server.get('/v1/customers/bank-1/none/history')).status).toBe(404);
  });
});

interface Page {
  readonly customers: readonly { readonly customer: string; readonly grade: number }[];
  readonly next: string | null;
}

describe('GET /v1/customers', () => {
  it('lists the customers of a grade, page by page, each once', async () => {
    const customers = Array.from({ length: 25 }, (_, n) => `list-${String(n).padStart(2, '0')}`);
    const events = customers.flatMap((one) => [profile(one, now - 900), listed(one, now - 800)]);
    await bodyOf(server.post(events.join('\n')));
    await server.engine.settled();
    const found: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page = await bodyOf<Page>(server.get(`/v1/customers?grade=5&limit=10${more}`));
      found.push(...page.customers.map(({ customer }) => customer));
      for (const { grade } of page.customers) expect(grade).toBe(5);
      cursor = page.next;
    }
    expect(found).toEqual([...found].sort());
    expect(found.filter((one) => one.startsWith('list-'))).toEqual(customers);
    expect(new Set(found).size).toBe(found.length);
    const all = await bodyOf(server.get('/v1/customers?limit=1000'));
    expect(all['customers']).toHaveLength(found.length);
    const none = await bodyOf(server.get('/v1/customers?grade=3'));
    expect(none).toEqual({ customers: [], next: null });
  });
});

describe('what is confidential', () => {
  const names = /canary|str_filed|strs|X-H4|X-L4/i;
  const all = { authorization: `Bearer ${RESTRICTED_TOKEN}` };

  it('is told to those with the restricted token alone (P-6)', async () => {
    const canaries = ['canary-1', 'canary-2'];
    const events = canaries.map((strId, n) => reported('told', now - 500 + n, strId));
    await bodyOf(server.post([known('told', now - 900), ...events].join('\n')));
    await server.engine.settled();
    for (const what of ['rating', 'explanation', 'history']) {
      const path = `/v1/customers/bank-1/told/${what}`;
      const openly = await (await server.get(path)).text();
      expect(openly).toContain('restricted');
      expect(openly).not.toMatch(names);
      expect(await (await server.get(path, all)).text()).toMatch(/X-H4/);
    }
    const people = { accept: 'text/plain' };
    const path = '/v1/customers/bank-1/told/explanation';
    expect(await (await server.get(path, people)).text()).not.toMatch(names);
    expect(await (await server.get(path, { ...all, ...people })).text()).toMatch(/X-H4/);
    const full = await bodyOf(server.get('/v1/customers/bank-1/told/rating', all));
    expect(faultsOf('RatingSummary', full)).toBeNull();
  });

  it('is in no open topic', async () => {
    for (let partition = 0; partition < server.engine.partitions; partition += 1) {
      for (const topic of ['grade-changes', 'ratings', 'review-tasks']) {
        const limit = { records: 10_000, bytes: 1 << 24 };
        const { records } = await server.engine.outputs(partition).read(topic, 0, limit);
        for (const { value } of records) expect(Buffer.from(value).toString()).not.toMatch(names);
      }
    }
  });
});

describe('the routes for whoever runs it', () => {
  it.each(['/healthz', '/readyz', '/metrics'])('%s needs no token', async (path) => {
    const answer = await fetch(`${server.url}${path}`);
    expect(answer.status).toBe(200);
    if (path === '/readyz') expect(faultsOf('Readiness', await bodyOf(answer))).toBeNull();
  });

  it('counts without any customer in a label', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(/tidemark_http_events_total\{verdict="accepted",code=""\} \d+/);
    expect(text).toContain('tidemark_partition_phase{partition="1",phase="live"} 1\n');
    expect(text).toContain('route="/v1/customers/:institution/:customer/rating"');
    expect(text).not.toMatch(/bank-1|list-|机构/);
  });

  it.each([
    ['POST', '/v1/events'],
    ['GET', '/v1/customers'],
    ['GET', '/v1/customers/bank-1/a/rating'],
    ['GET', '/v1/customers/bank-1/a/explanation'],
    ['GET', '/v1/customers/bank-1/a/history'],
    ['GET', '/v1/grade-changes'],
  ])('%s %s tells nothing without the token', async (method, path) => {
    const answer = await fetch(`${server.url}${path}`, { method });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});
