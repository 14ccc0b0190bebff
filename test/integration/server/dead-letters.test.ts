import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shell, BIN, startChild, suiteFolder, type Child, type Ran } from '../cli/tidemark';
import { isReady } from './server-process';

const folder = suiteFolder();
const data = join(folder, 'data');
const AT = Date.parse('2026-03-03T02:00:00Z');
const MACHINE = join(__dirname, '../../../services/rating/dist/customer-machine.js');

/** A server whose machine breaks at one record. */
const BREAKING = `
const { customerMachine } = require(${JSON.stringify(MACHINE)});
const { decide } = customerMachine;
customerMachine.decide = (state, work, context) => {
  if (work.kind === 'record' && work.input.id === 'breaks') throw new Error('c-1 breaks it');
  return decide(state, work, context);
};
`;

let server: Child;
let url = '';

async function start(...environment: string[]): Promise<void> {
  const args = ['start', '--data', data, '--port', '0', '--partitions', '1', '--no-sample'];
  server = startChild('env', [...environment, process.execPath, BIN, ...args], folder);
  await server.until(({ out }) => out().includes(`data in ${data}`));
  [, url = ''] = /listens on (\S+),/.exec(server.out()) ?? [];
  await server.until(isReady);
}

async function stop(): Promise<void> {
  server.process.kill('SIGTERM');
  await server.ended;
}

const tidemark = (line: string): Promise<Ran> =>
  shell(`export TIDEMARK_URL=${url}; tidemark ${line}`, folder);

interface Listed {
  readonly letters: readonly { readonly letter: string; readonly code: string }[];
}

async function list(more = ''): Promise<Listed['letters']> {
  const { out } = await tidemark(`dead-letters list --json ${more}`);
  const { letters }: Listed = JSON.parse(out);
  return letters;
}

const profile = (customer: string, id: string, more: object = {}): Record<string, unknown> => ({
  ...{ type: 'profile-change', institution: 'bank-1', customer, id, occurredAt: AT },
  ...{ set: { customerKind: 'natural', ...more } },
});

const token = (): string => readFileSync(join(data, 'token'), 'utf8').trim();

/** At the door, where all is judged: what is refused there is a letter of the server. */
async function post(...events: unknown[]): Promise<void> {
  const headers = {
    authorization: `Bearer ${token()}`,
    'content-type': 'application/x-ndjson',
  };
  const body = events.map((event) => JSON.stringify(event)).join('\n');
  await (await fetch(`${url}/v1/events`, { method: 'POST', body, headers })).text();
}

async function listOf(count: number): Promise<Listed['letters']> {
  for (;;) {
    const letters = await list();
    if (letters.length === count) return letters;
  }
}

describe('dead letters of a data directory', () => {
  beforeAll(async () => {
    writeFileSync(join(folder, 'breaking.js'), BREAKING);
    await start(`NODE_OPTIONS=--require ${join(folder, 'breaking.js')}`);
  });
  afterAll(stop);

  it('an event that stops a partition is passed over at the next start', async () => {
    await post(profile('c-1', 'p-1'), profile('c-1', 'breaks'), profile('c-1', 'p-2'));
    await server.until(({ err }) => err().includes('cannot take events/0@1'));
    expect(server.err()).not.toContain('c-1 breaks');
    const other = await tidemark('skip --partition 0 --offset 2 --reason "fault 12"');
    expect(other).toMatchObject({ code: 2, err: expect.stringContaining('there is 1. Name') });
    const ordered = await tidemark('skip --partition 0 --offset 1 --reason "fault 12" --by alice');
    expect(ordered).toMatchObject({ code: 0, err: expect.stringContaining('at the next start') });
    await stop();
    await start(`NODE_OPTIONS=--require ${join(folder, 'breaking.js')}`);
    expect(await listOf(1)).toMatchObject([{ letter: 'dead-letters/0@0', code: 'skipped' }]);
    await stop();
    await start();
  });

  it('are sent again through the server, once', async () => {
    const replay = 'dead-letters replay dead-letters/0@0 --by';
    const [first, second] = await Promise.all([
      tidemark(`${replay} alice`),
      tidemark(`${replay} bob`),
    ]);
    const third = await tidemark(`${replay} carol`);
    expect(third.code).toBe(0);
    expect([first, second, third].filter(({ err }) => err.includes('sent: 1,'))).toHaveLength(1);
    expect(third.err).toMatch(/dead-letters\/0@0: replay, by (alice|bob)/);
    expect(await list()).toEqual([]);
    const verified = await tidemark('verify --quiet');
    // the methodology, the three, and the one that was sent again
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining('5 records') });
  });

  it('of what was refused at the door go in their order, and are told by their places alone', async () => {
    const refused = { ...profile('c-2', 'q-1'), occurredAt: 'never' };
    await post(refused, { ...refused, id: 'q-2' });
    const letters = await listOf(2);
    expect(letters.map(({ letter }) => letter)).toEqual(['refused/0@0', 'refused/0@1']);
    const table = await tidemark('dead-letters list');
    expect(table.out).not.toMatch(/c-2|q-1/);
    const shown = await tidemark('dead-letters show refused/0@1');
    expect(shown).toMatchObject({
      out: expect.stringContaining('"id":"q-2"'),
      err: expect.stringContaining('customer data'),
    });

    const early = await tidemark('dead-letters replay refused/0@1');
    expect(early).toMatchObject({ code: 2, err: expect.stringContaining('refused/0@0') });
    const discard = 'dead-letters discard refused/0@0';
    expect((await tidemark(discard)).code).toBe(2);
    const done = await tidemark(`${discard} --reason "ticket 9" --by alice`);
    expect(done).toMatchObject({ code: 0, err: expect.stringContaining('discarded: 1') });
    const again = await tidemark('dead-letters replay refused/0@1');
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('refused again') });
    expect(await list()).toMatchObject([{ letter: 'refused/0@2' }]);
    const stays = await tidemark('dead-letters discard --all --reason "ticket 9"');
    expect(stays.err).toContain('discarded: 1, nothing to do: 0');
    const all = await tidemark('dead-letters list --all');
    expect(all.out).toMatch(/^invalid-time +the door +0 +1 +2 /m);
  });

  it('that are not there, or cannot be named, are said to be so', async () => {
    expect(await tidemark('dead-letters show dead-letters/0@77')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no such letter'),
    });
    expect((await tidemark('dead-letters show nonsense')).code).toBe(2);
    expect((await tidemark('dead-letters replay')).err).toContain('one of them');
    expect((await tidemark('dead-letters list --data nowhere')).err).toContain('no data directory');
  });
});
