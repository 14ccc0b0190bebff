import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  cleared,
  isLive,
  known,
  listed,
  openServer,
  removeDirectory,
  reported,
  until,
  type TestServer,
} from './server.fixture';

jest.setTimeout(60_000);

const CUSTOMERS = Array.from({ length: 12 }, (_, n) => `c-${n}`);

let server: TestServer;

async function reopen(between: (views: string) => void, isRestricted = true): Promise<void> {
  const { directory } = server;
  await server.close();
  between(join(directory, 'views'));
  server = await openServer({ directory, isRestricted });
  await until(isLive(server));
}

/** All that the views tell. */
async function told(): Promise<unknown> {
  const list = await (await server.get('/v1/customers')).json();
  const histories = CUSTOMERS.map(async (customer) =>
    (await server.get(`/v1/customers/bank-1/${customer}/history`)).json(),
  );
  return { list, histories: await Promise.all(histories) };
}

beforeAll(async () => {
  server = await openServer();
  await until(isLive(server));
  const began = Date.now() - 60_000;
  const events = CUSTOMERS.flatMap((customer, n) => [
    known(customer, began),
    listed(customer, began + 1),
    ...(n % 3 === 0 ? [cleared(customer, began + 2)] : []),
  ]);
  await server.post(events.join('\n'));
  await server.engine.settled();
  await until(async () => (await server.get('/v1/customers/bank-1/c-9/rating?minSequence=3')).ok);
});

afterAll(async () => {
  await server.close();
  removeDirectory(server);
});

describe('the views', () => {
  it('tell who has which grade now, and no longer the grade before', async () => {
    const answer = await server.get('/v1/customers?grade=5');
    const high: { customers: { customer: string }[] } = JSON.parse(await answer.text());
    expect(high.customers.map(({ customer }) => customer).sort()).toEqual(
      CUSTOMERS.filter((_, n) => n % 3 !== 0).sort(),
    );
  });

  it('are the same after a restart', async () => {
    const before = await told();
    await reopen((views) => expect(existsSync(views)).toBe(true));
    expect(await told()).toEqual(before);
  });

  it('are made anew when they are lost', async () => {
    const before = await told();
    await reopen((views) => rmSync(views, { recursive: true }));
    expect(await told()).toEqual(before);
  });

  it('are made anew when they are damaged', async () => {
    const before = await told();
    await reopen((views) => writeFileSync(join(views, 'CURRENT'), 'nonsense'));
    expect(await told()).toEqual(before);
  });

  it('are made anew when they are ahead of what was published', async () => {
    const before = await told();
    const { directory } = server;
    await server.close();
    const { ClassicLevel } = await import('classic-level');
    const database = new ClassicLevel<string, string>(join(directory, 'views'));
    await database.put('watermark:0', '1000000');
    await database.put('grade:0000000000:bank-1:nobody', '{"customer":"nobody"}');
    await database.close();
    server = await openServer({ directory });
    await until(isLive(server));
    expect(await told()).toEqual(before);
  });

  it('keep nothing that is confidential where nobody may be told of it', async () => {
    const began = Date.now() - 50_000;
    const events = [known('c-r', began), reported('c-r', began + 1, 'canary-1')];
    await server.post([...events, reported('c-r', began + 2, 'canary-2')].join('\n'));
    await server.engine.settled();
    await until(async () => (await server.views.history('bank-1', 'c-r', 0, 9)).length === 3);
    await until(() => server.views.caughtUp(0, 1_000));
    await reopen((views) => expect(textIn(views)).toContain('canary'));
    await reopen(() => undefined, false);
    await until(async () => (await server.views.history('bank-1', 'c-r', 0, 9)).length === 3);
    await reopen((views) => expect(textIn(views)).not.toContain('canary'), false);
  });
});

/** All that the files of a directory hold, of which nothing is compressed. */
const textIn = (directory: string): string =>
  readdirSync(directory)
    .map((file) => readFileSync(join(directory, file), 'latin1'))
    .join('\n');
