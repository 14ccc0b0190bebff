import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { EXIT } from '../exit';
import { readMethodology } from '../methodology-file';
import { runMain } from '../run-main.fixture';

const folder = mkdtempSync(join(tmpdir(), 'methodology-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) => runMain('methodology', ...args);

/** What is on stderr beside the warnings. */
const faultsIn = (err: string): string[] =>
  err.split('\n').filter((line) => line !== '' && !line.includes('warning:'));

let files = 0;
function written(text: string): string {
  files += 1;
  const file = join(folder, `draft-${files}.yaml`);
  writeFileSync(file, text);
  return file;
}

const README = readFileSync(join(__dirname, '../../rating/methodologies/README.md'), 'utf8');
const [example = '', ...fragments] = [...README.matchAll(/```yaml\n(.*?)```/gs)].map(
  ([, block]) => block ?? '',
);

describe('methodology check', () => {
  it('finds the shipped documents well, and warns of weights that nobody has confirmed (W-5)', async () => {
    const { code, out, err } = await run('check', 'cn-aml-bank', 'trade-credit-aaa-c');
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^ok: cn-aml-bank@1\.1\.0, 20 items, \d+ personas$/m);
    expect(out).toMatch(/^ok: trade-credit-aaa-c@1\.0\.0, 6 items, \d+ personas$/m);
    expect(err.trim().split('\n')).toEqual([expect.stringMatching(/cn-aml-bank.*\[W-5\]/)]);
  });

  it('reports a persona that fails, where the expectation stands (O-6)', async () => {
    const text = example.replace('grade: 2, basis', 'grade: 3, basis');
    const line = text.split('\n').findIndex((one) => one.includes('grade: 3, basis')) + 1;
    const file = written(text);
    const { code, err } = await run('check', file);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(`${file}:${line}:`);
    expect(err).toContain(
      '/personas/0/expect/grade  persona adult with much cash: grade is 2, expected 3',
    );
  });

  it('reports the faults of all files, also when one of them cannot be read', async () => {
    const misspelt = written(example.replaceAll('birthDate)', 'birthDat)'));
    const weights = written(example.replace('ALL: 40', 'ALL: 41'));
    const { code, out, err } = await run('check', misspelt, 'none', weights, 'cn-aml-bank');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(`${misspelt}:`);
    expect(err).toContain("did you mean 'birthDate'");
    expect(err).toContain("no methodology 'none'");
    expect(err).toContain(`${weights}:`);
    expect(err).toContain('the weights of ALL total 101');
    expect(out).toContain('ok: cn-aml-bank@');
  });

  it('warns of a document without personas, and of features that nothing reads', async () => {
    const unused = '{ of: transactions, count: true, window: 1d }';
    const { features, ...rest } = parse(example) as Record<string, object>;
    const changed = { ...rest, features: { ...features, unused: parse(unused) }, personas: [] };
    const { code, err } = await run('check', written(stringify(changed)));
    expect(code).toBe(EXIT.ok);
    expect(err).toContain('no personas');
    expect(err).toContain('features that nothing reads: unused');
  });

  it('wants a file', async () => {
    expect((await run('check')).code).toBe(EXIT.usage);
  });
});

describe('methodology show', () => {
  it.each([
    ['cn-aml-bank', 'en'],
    ['cn-aml-bank', 'zh'],
    ['trade-credit-aaa-c', 'en'],
    ['trade-credit-aaa-c', 'zh'],
  ] as const)('shows every item, rule, list and persona of %s in %s', async (name, lang) => {
    const { code, out } = await run('show', name, '--lang', lang);
    const { document } = readMethodology(name);
    expect(code).toBe(EXIT.ok);
    for (const [id, { title }] of Object.entries(document.items)) {
      expect(out).toContain(`  ${id}  ${title[lang]}`);
    }
    for (const { rule, title } of document.direct?.highest ?? []) {
      expect(out).toContain(`  ${rule}  ${title?.[lang] ?? ''}`);
    }
    for (const list of Object.keys(document.lists ?? {})) expect(out).toContain(`  ${list}  `);
    for (const { name: persona } of document.personas ?? [])
      expect(out).toContain(`  ${persona}  `);
  });

  it('totals the weights of each segment, and shows the bounds of money in yuan', async () => {
    const { out } = await run('show', 'cn-aml-bank');
    expect(out).toMatch(/^ +total +100 +100$/m);
    expect(out).toContain('cash30d: under 50,000.00 yuan = 1; from 50,000.00 yuan = 2');
  });

  it('refuses a language that it has not', async () => {
    expect((await run('show', 'cn-aml-bank', '--lang', 'fr')).code).toBe(EXIT.usage);
  });
});

describe('methodology list and reference', () => {
  it('lists the shipped documents with their versions and titles', async () => {
    const { code, out } = await run('list');
    expect(code).toBe(EXIT.ok);
    expect(out).toContain(`cn-aml-bank@${readMethodology('cn-aml-bank').document.version}`);
    expect(out).toContain(readMethodology('trade-credit-aaa-c').document.title.en);
  });

  it('names the attributes with their values, the functions and the link patterns', async () => {
    const { code, out } = await run('reference');
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^ +birthDate +day /m);
    expect(out).toContain('sole_trader');
    expect(out).toContain('fullYears(day): int');
    expect(out).toContain('list.exists(x, condition)');
    expect(out).not.toContain('known(');
    expect(out).toContain('B2.1');
  });
});

describe('the help of methodology', () => {
  it.each(['check', 'show', 'list', 'reference'])('gives examples of %s that run', async (name) => {
    const { code, out } = await run(name, '--help');
    expect(code).toBe(EXIT.ok);
    const lines = [...out.matchAll(/^ {2}\$ tidemark methodology (.*)$/gm)];
    expect(lines.length).toBeGreaterThan(0);
    for (const [, line = ''] of lines) expect((await run(...line.split(' '))).code).toBe(EXIT.ok);
  });
});

describe('how to write a methodology', () => {
  it('begins with an example that is well', async () => {
    const { code, out, err } = await run('check', written(example));
    expect([code, faultsIn(err)]).toEqual([EXIT.ok, []]);
    expect(out).toBe('ok: my-methodology@1.0.0, 2 items, 1 persona\n');
  });

  it.each(fragments.map((text, i) => [i, text] as const))(
    'goes on with parts that fit into it: part %d',
    async (_, text) => {
      const whole: Record<string, unknown> = parse(example);
      for (const [key, part] of Object.entries(parse(text) as object)) {
        const own = whole[key];
        whole[key] = key === 'features' && own ? { ...own, ...part } : part;
      }
      const { code, err } = await run('check', written(stringify(whole)));
      expect([code, faultsIn(err)]).toEqual([EXIT.ok, []]);
    },
  );
});
