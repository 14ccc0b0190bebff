import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { render, table, type Header } from './report';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
const MAIN = join(__dirname, 'dist/main.js');
/** Dozens of processes, each of which compiles the methodology. */
const TIMEOUT_MS = 400_000;
const NODES = 40;

const SECTIONS = [
  'Targets',
  'Core: AMLSim stream',
  'Core: number of customers',
  'Core: past of one customer',
  'Core: encode and decode of a state',
  'Sizes: AMLSim',
  'Sizes: sample portfolio',
  'End to end: tidemark run',
  'Peers',
  'Profile of the core',
  'Engine: durable ingest in process',
  'Engine: profile of the ingest',
  'tidemark verify',
  'Engine: memory over an hour of events',
  'Engine: a midnight',
  'Server: events over HTTP',
  'Server: recovery after kill -9',
];

/** A few nodes and transactions in the form of AMLSim. */
function writeAmlsim(shared: string): void {
  const folder = join(shared, 'amlsim-20k');
  mkdirSync(folder, { recursive: true });
  const numbers = Array.from({ length: NODES }, (_, i) => i);
  const nodes = numbers.map((i) => `${i},false,${1000 + i},-1`);
  const transactions = [0, 1, 2].flatMap((day) =>
    numbers.map((i) => `${i},${(i + 1) % NODES},${100 + i}.5,${day}`),
  );
  const file = (head: string, rows: readonly string[]): Buffer =>
    gzipSync(`${[head, ...rows].join('\n')}\n`);
  writeFileSync(join(folder, 'nodes.csv.gz'), file('nodeid,isFraud,init_balance,fraudStep', nodes));
  writeFileSync(
    join(folder, 'transactions.csv.gz'),
    file('sourceNodeId,targetNodeId,value,time', transactions),
  );
}

describe('the benchmark', () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-test-'));
    await run('npx', ['--no-install', 'tsc', '-p', 'test/bench'], { cwd: ROOT });
  }, TIMEOUT_MS);

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it(
    'takes every measure on tiny inputs and writes the report with all its sections',
    async () => {
      writeAmlsim(folder);
      const out = join(folder, 'results');
      const env = { ...process.env, TIDEMARK_SHARED_DATA: folder };
      const { stdout } = await run(process.execPath, [MAIN, '--tiny', '--out', out], { env });
      const titles = stdout.split('\n').flatMap((line) => /^## (.*)/.exec(line)?.[1] ?? []);
      expect(titles).toEqual(SECTIONS);
      expect(stdout).toContain(`${NODES * 7} events of ${NODES} customers`);
      expect(stdout).not.toMatch(/SKIPPED|Left out|NaN|undefined|Infinity/);
      const [file = ''] = readdirSync(out);
      expect(file).toMatch(/^\d{4}-\d\d-\d\d\.md$/);
      expect(readFileSync(join(out, file), 'utf8')).toBe(stdout);
    },
    TIMEOUT_MS,
  );

  it(
    'says visibly what it skips without AMLSim, and writes no file of a part',
    async () => {
      const env = { ...process.env, TIDEMARK_SHARED_DATA: join(folder, 'nowhere') };
      const arguments_ = [MAIN, 'end-to-end', '--tiny'];
      const { stdout, stderr } = await run(process.execPath, arguments_, { env });
      expect(stdout).toMatch(/SKIPPED: no .*nodes\.csv\.gz; say where the data is/);
      expect(stderr).not.toContain('written to');
    },
    TIMEOUT_MS,
  );

  it('refuses a part that it does not know and names those it knows', async () => {
    await expect(run(process.execPath, [MAIN, 'speed'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /no part speed[^]*core, sizes, end-to-end, peers, profile, engine, verify, memory, midnight, server, recovery/,
      ),
    });
  });
});

describe('the report', () => {
  const header: Header = {
    date: '2025-01-01',
    command: 'npm run bench',
    scale: 'full',
    machine: 'a machine',
    node: 'v20',
    commit: 'abc',
    loadAverage: '0, 0, 0',
    loopNs: [1, 1],
    minutes: 1,
  };
  const verdictsOf = (value: number, target: { atLeast: number } | { atMost: number }): string =>
    render(header, [{ title: 'T', findings: [{ measure: 'm', value, unit: '/s', target }] }]);

  it('says whether a target is met and by how much, on the bound too', () => {
    expect(verdictsOf(300, { atLeast: 200 })).toContain('met, 50.0% above');
    expect(verdictsOf(200, { atLeast: 200 })).toContain('met, 0.0% above');
    expect(verdictsOf(150, { atLeast: 200 })).toContain('MISSED, 25.0% below');
    expect(verdictsOf(150, { atMost: 200 })).toContain('met, 25.0% below');
    expect(verdictsOf(200, { atMost: 200 })).toContain('met, 0.0% above');
    expect(verdictsOf(201, { atMost: 200 })).toContain('MISSED, 0.5% above');
  });

  it('aligns its tables', () => {
    expect(table(['a', 'b'], [['long', '1']])).toEqual([
      '| a    | b |',
      '| ---- | - |',
      '| long | 1 |',
    ]);
  });
});
