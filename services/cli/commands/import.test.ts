import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Command } from 'commander';
import { EXIT } from '../exit';
import { main } from '../main';
import { addImport } from './import';

const folder = mkdtempSync(join(tmpdir(), 'import-'));
afterAll(() => rmSync(folder, { recursive: true }));

const README = readFileSync(join(__dirname, '../README.md'), 'utf8');
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(README)?.[1] ?? '';
const mapping = join(folder, 'my-bank.yaml');
writeFileSync(mapping, block('yaml'));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(...args: string[]): Promise<Ran> {
  const written = { out: '', err: '' };
  const take =
    (where: 'out' | 'err') =>
    (text: unknown, ...rest: unknown[]): boolean => {
      written[where] += String(text);
      const taken = rest.at(-1);
      if (typeof taken === 'function') taken();
      return true;
    };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(take('out')),
    jest.spyOn(process.stderr, 'write').mockImplementation(take('err')),
  ];
  try {
    return { code: await main(['import', ...args]), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const records = ({ out }: Ran): Record<string, unknown>[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('tidemark import', () => {
  it('imports the example of its README', async () => {
    const ran = await run('--mapping', mapping, file('postings-2026-01.csv', block('csv')));
    expect(ran.code).toBe(EXIT.ok);
    expect(records(ran)).toEqual([
      {
        type: 'transaction',
        id: 'p-1001',
        institution: 'bank-1',
        customer: 'c-1',
        occurredAt: Date.parse('2026-01-05T01:30:00Z'),
        txId: '1001',
        kind: 'cash',
        direction: 'in',
        amount: 120_000,
        currency: 'USD',
        amountCny: 852_000,
        status: 'booked',
      },
      expect.objectContaining({ id: 'p-1002', kind: 'transfer', direction: 'out', amount: 95_050 }),
    ]);
    expect(ran.err).toContain('imported 2 records from 2 rows, 0 rows refused');
  });

  it('ends with 1 and names every refused row, also when quiet', async () => {
    const bad = block('csv').replace('1200.00', '1200.005').replace('950.5,', 'x,');
    const path = file('postings-bad.csv', bad);
    const ran = await run('--mapping', mapping, '--quiet', path);
    expect(ran.code).toBe(EXIT.refused);
    expect(records(ran)).toEqual([]);
    expect(ran.err.split('\n').map((line) => line.replace(/: has.*|: is .*/, ''))).toEqual([
      `${path}:2:45: column 'amount', 'currency': amount`,
      `${path}:3:37: column 'amount', 'currency': amount`,
      'imported 0 records from 2 rows, 2 rows refused: see above',
      '',
    ]);
  });

  it('prints neither progress nor summary when quiet and all is well', async () => {
    const ran = await run('--mapping', mapping, '--quiet', file('postings-ok.csv', block('csv')));
    expect(ran).toMatchObject({ code: EXIT.ok, err: '' });
  });

  it('ends with 2 before the first row when a file lacks columns, for all files at once', async () => {
    const good = file('postings-1.csv', block('csv'));
    const bad = file(
      'postings-2.csv',
      block('csv').replace('account', 'konto').replace('side', 'text'),
    );
    const empty = file('postings-3.csv', '');
    const ran = await run('--mapping', mapping, good, bad, empty);
    expect(ran).toMatchObject({ code: EXIT.usage, out: '' });
    expect(ran.err).toContain(`${bad}: no column 'account'`);
    expect(ran.err).toContain(`${bad}: no column 'side'`);
    expect(ran.err).toContain(`${bad}: column 'text' stands twice`);
    expect(ran.err).toContain(`${empty}: empty`);
  });

  it.each([
    ['a file of no source', ['other.csv'], /no source .*--source \(postings\)/],
    ['a file that does not exist', ['postings-none.csv'], /cannot read .*check the path/],
    [
      'a source that does not exist',
      ['--source', 'x', 'other.csv'],
      /no source 'x'; use one of postings/,
    ],
  ])('ends with 2 for %s', async (_, args, message) => {
    file('other.csv', block('csv'));
    const paths = args.map((arg) => (arg.endsWith('.csv') ? join(folder, arg) : arg));
    const ran = await run('--mapping', mapping, ...paths);
    expect(ran).toMatchObject({ code: EXIT.usage, out: '' });
    expect(ran.err).toMatch(message);
  });

  it('takes a file of another name for the source that is named', async () => {
    const ran = await run(
      '--mapping',
      mapping,
      '--source',
      'postings',
      file('other.csv', block('csv')),
    );
    expect(ran.code).toBe(EXIT.ok);
  });
});

const BIN = join(__dirname, '../bin/tidemark.js');

/** Runs a command line of the built program in a shell. */
async function shell(line: string): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: folder, shell: '/bin/bash', maxBuffer: 1 << 26 };
    execFile(line, [], options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

describe('the built program', () => {
  it('runs the examples of its help', async () => {
    const program = new Command('tidemark');
    let help = '';
    addImport(program, () => undefined);
    const command = program.commands[0];
    command?.configureOutput({ writeOut: (text) => (help += text) });
    command?.outputHelp();
    const examples = [...help.matchAll(/^ {2}\$ tidemark (.*)$/gm)].map(([, line]) => line ?? '');
    expect(examples).toHaveLength(3);
    copyFileSync(mapping, join(folder, 'bank.yaml'));
    const gz = (name: string, text: string): void => {
      writeFileSync(join(folder, name), gzipSync(text));
    };
    gz('nodes.csv.gz', 'nodeid,isFraud,init_balance,fraudStep\r\n0,0,184.44,-1\r\n');
    gz('transactions.csv.gz', 'sourceNodeId,targetNodeId,value,time\r\n0,7,163.3,1\r\n');
    file('postings-2025-1.csv', block('csv'));
    file('export.csv', block('csv'));
    for (const example of examples) {
      const line = example.replaceAll('tidemark ', `node ${BIN} `);
      const ran = await shell(`set -o pipefail; node ${BIN} ${line}`);
      expect({ example, ...ran }).toMatchObject({ code: 0 });
    }
    const events = readFileSync(join(folder, 'events.jsonl'), 'utf8');
    expect(events.split('\n')).toHaveLength(3);
  }, 60_000);

  it('keeps its memory small while it imports 60 MB', async () => {
    const path = join(folder, 'postings-big.csv');
    const [header = '', , row = ''] = block('csv').split('\n');
    const out = openSync(path, 'w');
    writeSync(out, `${header}\n`);
    const rows = `${row}\n`.repeat(1000);
    let bytes = 0;
    while (bytes < 60e6) bytes += writeSync(out, rows);
    closeSync(out);
    const script = join(folder, 'measure.js');
    writeFileSync(
      script,
      `require(${JSON.stringify(join(__dirname, '../dist/main.js'))}).main(process.argv.slice(2)).then((code) => {
        process.stderr.write('max RSS ' + process.resourceUsage().maxRSS + '\\n');
        process.exitCode = code;
      });`,
    );
    const ran = await shell(
      `node ${script} import --mapping ${mapping} --quiet ${path} | tail -n 1; exit \${PIPESTATUS[0]}`,
    );
    expect(ran.code).toBe(EXIT.ok);
    expect(ran.out).toContain('p-1002');
    const maxRssKb = Number(/max RSS (\d+)/.exec(ran.err)?.[1]);
    expect(maxRssKb).toBeGreaterThan(0);
    expect(maxRssKb).toBeLessThan(300_000);
  }, 180_000);
});
