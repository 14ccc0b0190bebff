import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCommand } from '../cluster/downloads';
import { BIN, shell, startChild, suiteFolder, tidemark } from '../cli/tidemark';
import { end, isReady, startServer, type ServerProcess } from './server-process';

jest.setTimeout(240_000);

const folder = suiteFolder();
const data = join(folder, 'data');
const METHODOLOGIES = join(__dirname, '../../../services/rating/methodologies');

const get = async (server: ServerProcess, path: string): Promise<Response> =>
  fetch(`${server.url}${path}`, { headers: server.headers });

describe('the first start', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startServer(data, ['--customers', '200', '--seed', '3']);
    await server.child.until(({ out }) => out().includes('Try next'));
  });
  afterAll(() => end(server, 'SIGKILL'));

  it('loads the sample, tells what came of it and stays up', async () => {
    const out = server.child.out();
    const titles = ['Customers per grade', 'Migrations', 'Largest movers', 'Counts', 'Try next'];
    const places = titles.map((title) => out.indexOf(title));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThanOrEqual(0);
    expect(server.child.err()).toMatch(/100% {2}([\d,]+)\/\1 events of the sample/);
    expect(out).toContain('ready: 200 customers');
    expect((await get(server, '/readyz')).status).toBe(200);
    const page: { customers: unknown[] } = JSON.parse(
      await (await get(server, '/v1/customers?limit=1000')).text(),
    );
    expect(page.customers.length).toBeGreaterThan(190);
  });

  it('makes a token that only its owner can read, and tells no log what it is', () => {
    const file = join(data, 'token');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(server.child.out()).toContain(`, token in ${file}`);
    const said = server.child.out() + server.child.err();
    expect(said).not.toContain(readFileSync(file, 'utf8').trim());
  });

  // elsewhere `script` is called in another way
  (process.platform === 'linux' && hasCommand('script') ? it : it.skip)(
    'shows it to a person at a terminal',
    async () => {
      const other = join(folder, 'terminal');
      // without exec a shell that waits is itself ended by the Ctrl-C, and its exit code is not the program's
      const start = `exec ${process.execPath} ${BIN} start --data ${other} --port 0 --no-sample`;
      const child = startChild('script', ['-q', '-e', '-c', start, '/dev/null'], folder);
      await child.until(({ out }) => out().includes('ready: '));
      expect(child.out()).toContain(readFileSync(join(other, 'token'), 'utf8').trim());
      child.process.stdin.write('\u0003');
      expect((await child.ended).code).toBe(0);
    },
  );

  it('says in four lines what to try, and what it says is so', async () => {
    const lines = server.child.out().trimEnd().split('\n').slice(-4);
    const [, from, to] = /from grade (\d) to (\d)/.exec(lines[0] ?? '') ?? [];
    const [watch = '', post = '', explain = ''] = lines.slice(1);
    const one = `${watch.replace('npx tidemark', `exec ${process.execPath} ${BIN}`)} --count 1`;
    const watching = startChild('bash', ['-c', one], folder);
    await serverHasStreams(server, 1);
    expect((await shell(post, folder)).out).toContain('"accepted":1');
    await watching.ended;
    const change: unknown = JSON.parse(watching.out());
    expect(change).toMatchObject({
      previousGrade: Number(from),
      grade: Number(to),
      direction: 'up',
      cause: { kind: 'adverse_media', eventId: 'try-1' },
    });
    expect((await shell(explain, folder)).out).toContain(`grade ${to} `);
  });

  it('keeps a second process out, and says which one has the data', async () => {
    const second = tidemark(['start', '--data', data, '--port', '0']);
    expect((await second.ended).code).toBe(2);
    expect(second.err()).toContain(`process ${server.child.process.pid} `);
    expect(second.err()).not.toMatch(/^ +at /m);
  });

  it('says when its port is taken, before it loads anything', async () => {
    const port = new URL(server.url).port;
    const other = join(folder, 'other');
    const second = tidemark(['start', '--data', other, '--port', port]);
    expect((await second.ended).code).toBe(2);
    expect(second.err()).toContain('choose another with --port');
    expect(existsSync(other)).toBe(false);
  });

  it('ends within five seconds of SIGTERM, also while a stream is open that nobody reads', async () => {
    const stream = await get(server, '/v1/grade-changes?since=beginning');
    expect(stream.status).toBe(200);
    const { code, ms } = await end(server, 'SIGTERM');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5_000);
    await stream.body?.cancel().catch(() => undefined);
  });
});

/** The server counts its streams before it answers. */
async function serverHasStreams(server: ServerProcess, count: number): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    if (text.includes(`tidemark_http_streams ${count}`)) return;
  }
}

describe('a later start', () => {
  it('goes on where the last one ended, without loading the sample again', async () => {
    const server = await startServer(data, []);
    await server.child.until(isReady);
    expect(server.child.out()).toContain('ready: 200 customers');
    expect(server.child.out()).not.toContain('Customers per grade');
    expect(server.child.out()).not.toContain(readFileSync(join(data, 'token'), 'utf8').trim());
    expect((await end(server, 'SIGINT')).code).toBe(0);
  });

  it('is refused with another number of partitions', async () => {
    const child = tidemark(['start', '--data', data, '--port', '0', '--partitions', '5']);
    expect((await child.ended).code).toBe(2);
    expect(child.err()).toContain('has 2 partitions, not 5');
  });

  it('does not mix the sample with data that is there', async () => {
    const bare = join(folder, 'bare');
    const server = await startServer(bare, ['--no-sample']);
    await server.child.until(isReady);
    expect(server.child.out()).toContain('ready: 0 customers');
    await end(server, 'SIGTERM');
    const child = tidemark(['start', '--data', bare, '--port', '0', '--sample']);
    expect((await child.ended).code).toBe(2);
    expect(child.err()).toContain('has data already');
  });

  it('refuses a methodology of the same version with other content, and says what to do', async () => {
    const text = readFileSync(join(METHODOLOGIES, 'cn-aml-bank.yaml'), 'utf8');
    const file = join(folder, 'bank.yaml');
    const changed = text.replace(/(grades:[\s\S]*?en: )low\b/, '$1lowest');
    expect(changed).not.toBe(text);
    writeFileSync(file, changed);
    const child = tidemark(['start', '--data', data, '--port', '0', '--methodology', file]);
    expect((await child.ended).code).toBe(2);
    expect(child.err()).toContain("raise 'version'");

    writeFileSync(file, changed.replace(/^version: .*$/m, 'version: 9.0.0'));
    const server = await startServer(data, ['--methodology', file]);
    await server.child.until(isReady);
    await untilRatedBy(server, '9.0.0');
    expect((await end(server, 'SIGTERM')).code).toBe(0);
  });
});

/** Every customer is decided once more by the new version. */
async function untilRatedBy(server: ServerProcess, version: string): Promise<void> {
  for (;;) {
    const answer = await get(server, '/v1/customers/sample-bank/c00001/rating');
    const body: { methodology?: { version: string } } = JSON.parse(await answer.text());
    if (body.methodology?.version === version) return;
  }
}

describe('a load of the sample that is cut off', () => {
  it('goes on at the next start, and ends as if nothing had been', async () => {
    const cut = join(folder, 'cut');
    const whole = join(folder, 'whole');
    const args = ['--customers', '150', '--lang', 'en', '--port', '0'];
    const first = tidemark(['start', '--data', cut, ...args]);
    const latest = Date.now() + 60_000;
    while (!isBegun(cut)) {
      if (Date.now() > latest) throw new Error(`the load does not begin: ${first.err()}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    first.process.kill('SIGKILL');
    await first.ended;
    expect(first.out()).toBe('');

    const summaryOf = async (directory: string): Promise<string> => {
      const server = await startServer(directory, args);
      await server.child.until(isReady);
      await end(server, 'SIGTERM');
      const out = server.child.out();
      // events are counted anew by the second process; grades and movers are not
      return out.slice(out.indexOf('Customers per grade'), out.indexOf('\nCounts'));
    };
    expect(await summaryOf(cut)).toBe(await summaryOf(whole));
    rmSync(whole, { recursive: true });
  });
});

/** Some of the events are in the log, and not all of them. */
function isBegun(directory: string): boolean {
  const topic = join(directory, 'partition-0', 'topics', 'events');
  if (!existsSync(topic)) return false;
  const bytes = readdirSync(topic).map(
    (name) => statSync(join(topic, name), { throwIfNoEntry: false })?.size ?? 0,
  );
  return bytes.reduce((sum, size) => sum + size, 0) > 100_000;
}
