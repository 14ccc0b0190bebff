import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suiteFolder, tidemark, type Child } from '../cli/tidemark';
import { end, isReady, startServer, type ServerProcess } from './server-process';

jest.setTimeout(240_000);

const folder = suiteFolder();
const data = join(folder, 'data');
let server: ServerProcess;
let port = 0;

/** A port that is free now, for a server that comes back to it. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });

const startAgain = async (): Promise<void> => {
  server = await startServer(data, ['--no-sample', '--port', String(port)]);
  await server.child.until(isReady);
};

beforeAll(async () => {
  port = await freePort();
  await startAgain();
});
afterAll(() => end(server, 'SIGKILL'));

const client = (command: string, ...args: string[]): Child =>
  tidemark([
    command,
    ...args,
    '--url',
    `http://127.0.0.1:${port}`,
    '--token-file',
    join(data, 'token'),
  ]);

const line = (fields: object): string =>
  `${JSON.stringify({ institution: 'bank-1', occurredAt: Date.now() - 60_000, ...fields })}\n`;

/** A customer that is listed: the highest grade at once (X-H1). */
const listed = (customer: string): string =>
  line({
    type: 'profile-change',
    id: `p-${customer}`,
    customer,
    set: { customerKind: 'natural' },
  }) +
  line({
    type: 'risk-event',
    id: `l-${customer}`,
    customer,
    kind: 'control_list_hit',
    entryId: 'e',
  });

const ended = async (child: Child): Promise<{ code: number | null; out: string; err: string }> => {
  child.process.stdin.end();
  const { code } = await child.ended;
  return { code, out: child.out(), err: child.err() };
};

describe('tidemark send', () => {
  it('sends a file and says how many events are durable', async () => {
    const file = join(folder, 'events.jsonl');
    writeFileSync(file, Array.from({ length: 700 }, (_, n) => listed(`s-${n}`)).join(''));
    const { code, err } = await ended(client('send', file));
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining('accepted: 1,400, refused: 0'),
    });
  });

  it('names the lines that are refused, and ends with 1', async () => {
    const file = join(folder, 'some.jsonl');
    writeFileSync(file, `${listed('x')}\nnot json\n${listed('y')}{"type":"transaction"}\n`);
    const { code, err } = await ended(client('send', file, '--quiet'));
    expect(code).toBe(1);
    const lines = err.split('\n');
    expect(lines[0]).toBe(`${file}:4: expected one JSON object on one line (not-json)`);
    expect(lines[1]).toMatch(`${file}:7: `);
    expect(err).not.toContain('accepted');
  });

  it('waits for a server that is away, and loses nothing', async () => {
    await end(server, 'SIGKILL');
    const sending = client('send', '-', '--quiet');
    sending.process.stdin.end(listed('away'));
    await startAgain();
    expect((await ended(sending)).code).toBe(0);
    const answer = await fetch(`${server.url}/v1/customers/bank-1/away/rating?minSequence=1`, {
      headers: server.headers,
    });
    expect(answer.status).toBe(200);
  });

  it('gives up after a while with 2, and without a token or an address at once', async () => {
    const file = join(folder, 'one.jsonl');
    writeFileSync(file, listed('one'));
    const away = await ended(
      tidemark(['send', file, '--url', 'http://127.0.0.1:1', '--wait', '0', '--token-file', file]),
    );
    expect(away.code).toBe(2);
    expect(away.err).toContain('cannot be reached');
    const wrong = join(folder, 'wrong');
    writeFileSync(wrong, 'x'.repeat(43));
    const refused = await ended(
      tidemark(['send', file, '--url', `http://127.0.0.1:${port}`, '--token-file', wrong]),
    );
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('does not know this token');
    const none = await ended(tidemark(['send', file], join(folder, 'data')));
    expect(none.code).toBe(2);
    expect(none.err).toContain('name its file with --token-file');
    const bad = await ended(tidemark(['watch', '--url', 'localhost:8080', '--token-file', wrong]));
    expect(bad.code).toBe(2);
    expect(bad.err).toContain('is no address');
  });
});

describe('tidemark watch', () => {
  it('shows every change once, over a server that is killed and comes back', async () => {
    const watching = client('watch');
    const begun = tidemarkStreams();
    await begun;
    const send = async (customer: string): Promise<void> => {
      const sending = client('send', '-', '--quiet');
      sending.process.stdin.end(listed(customer));
      expect((await sending.ended).code).toBe(0);
    };
    const customers = (): string[] =>
      watching
        .out()
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => {
          const change: { customer: string } = JSON.parse(text);
          return change.customer;
        });
    await send('w-1');
    await watching.until(() => customers().length === 1);
    await end(server, 'SIGKILL');
    await watching.until(({ err }) => err().includes('is away'));
    await startAgain();
    await send('w-2');
    await watching.until(() => customers().length === 2);
    await end(server, 'SIGTERM');
    await startAgain();
    await send('w-3');
    await watching.until(() => customers().length === 3);
    expect(customers()).toEqual(['w-1', 'w-2', 'w-3']);
    watching.process.kill('SIGINT');
    expect((await watching.ended).code).toBe(0);
    const [, place = ''] = /go on with --since (\S+)/.exec(watching.err()) ?? [];
    await send('w-4');
    const again = await ended(client('watch', '--since', place, '--count', '1'));
    expect(JSON.parse(again.out)).toMatchObject({ customer: 'w-4' });
  });

  it('passes over lower grades when it is told to', async () => {
    const first = await ended(client('watch', '--grade-min', '6', '--since', 'nowhere'));
    expect(first.code).toBe(2);
    expect(first.err).toContain('No such position');
    const found = client('watch', '--grade-min', '5', '--since', 'beginning', '--count', '3');
    const { out } = await ended(found);
    for (const text of out.trim().split('\n')) expect(JSON.parse(text)).toMatchObject({ grade: 5 });
  });
});

async function tidemarkStreams(): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    if (text.includes('tidemark_http_streams 1')) return;
  }
}
