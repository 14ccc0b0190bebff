import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { shell, suiteFolder } from './tidemark';

const folder = suiteFolder();
const CLI = join(__dirname, '../../../services/cli');

const COMMANDS = [
  'rate',
  'run',
  'import',
  'methodology check',
  'methodology show',
  'methodology list',
  'methodology reference',
  'config',
];

/** Tried against a server, in integration/server/help.test.ts. */
const OF_A_SERVER = [
  ...['start', 'send', 'watch', 'verify', 'replay', 'skip'],
  ...['list', 'show', 'replay', 'discard'].map((name) => `dead-letters ${name}`),
];

/** Tried against a cluster, in integration/cluster. */
const OF_A_CLUSTER = ['methodology publish', 'topics apply', 'topics check', 'topics copy'];

const GROUPS = ['methodology', 'topics', 'dead-letters'];

/** The files that the examples name. */
function prepare(): void {
  copyFileSync(join(CLI, 'examples/first-rating.jsonl'), join(folder, 'events.jsonl'));
  const nodes = 'nodeid,isFraud,init_balance,fraudStep\r\n0,0,184.44,-1\r\n';
  const transactions = 'sourceNodeId,targetNodeId,value,time\r\n0,7,163.3,1\r\n';
  writeFileSync(join(folder, 'nodes.csv.gz'), gzipSync(nodes));
  writeFileSync(join(folder, 'transactions.csv.gz'), gzipSync(transactions));
  writeFileSync(
    join(folder, 'bank.yaml'),
    `mapping: bank
shared: { institution: bank-1 }
sources:
  postings:
    files: ['postings-*.csv']
    records:
      - record: { type: profile-change, id: p, occurredAt: 1741000000000, customer: { column: no }, set: { customerKind: natural } }
`,
  );
  for (const name of ['postings-2025-1.csv', 'export.csv']) {
    writeFileSync(join(folder, name), 'no\nc-1\n');
  }
}

/** `tail -f` never ends: the same lines through a pipe that does. */
const ending = (example: string): string => example.replace('tail -f ', 'cat ');

describe('the examples of the help', () => {
  beforeEach(prepare);

  it.each(COMMANDS)('of tidemark %s run as they stand', async (command) => {
    const { code, out: help } = await shell(`tidemark ${command} --help`, folder);
    expect(code).toBe(0);
    const examples = [...help.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line]) => line ?? '');
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      prepare();
      const ran = await shell(ending(example), folder);
      expect({ example, code: ran.code, err: ran.err }).toMatchObject({ code: 0 });
      const elsewhere = example.includes('> ');
      expect({ example, printed: ran.out !== '' }).toEqual({ example, printed: !elsewhere });
    }
  });

  it('are there for every command', async () => {
    const names = async (of: string): Promise<string[]> => {
      const { out } = await shell(`tidemark ${of} --help`, folder);
      const [, list = ''] = out.split('Commands:\n');
      const found = [...list.matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name ?? '');
      return found.filter((name) => name !== 'help');
    };
    const found: string[] = [];
    for (const name of await names('')) {
      const inner = GROUPS.includes(name) ? await names(name) : [];
      found.push(...(inner.length > 0 ? inner.map((sub) => `${name} ${sub}`) : [name]));
    }
    expect(found.sort()).toEqual([...COMMANDS, ...OF_A_SERVER, ...OF_A_CLUSTER].sort());
  });
});
