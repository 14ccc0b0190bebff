import { existsSync, readFileSync } from 'node:fs';
import { EXIT } from '../exit';
import { jsonLines, linesOf, runMain, testFolder, toLines } from '../run-main.fixture';
import { samplePortfolio } from '../sample/portfolio';

jest.setTimeout(60_000);

const file = testFolder();
const METHODOLOGY = ['--methodology', 'cn-aml-bank', '--quiet'];
const run = (...args: readonly string[]) => runMain('run', ...METHODOLOGY, ...args);

const SAMPLE = [
  ...samplePortfolio({
    seed: 5,
    customers: 40,
    days: 365,
    start: Date.parse('2025-03-01T00:00:00+08:00'),
  }),
];
const BAD = [{ type: 'transaction' }, 'no record'];

describe('tidemark run', () => {
  const sample = file('sample.jsonl', toLines(SAMPLE));

  it('prints every grade change, each customer counted on from 1, and nothing else on stdout', async () => {
    const { code, out, err } = await run('--events', sample);
    expect(code).toBe(EXIT.ok);
    const last = new Map<unknown, { sequence: number; grade: unknown; hash: unknown }>();
    const changes = jsonLines(out);
    expect(changes.length).toBeGreaterThan(50);
    for (const { customer, sequence, previousGrade, previousHash, grade, hash } of changes) {
      const before = last.get(customer);
      expect(sequence).toBe((before?.sequence ?? 0) + 1);
      expect(previousGrade).toBe(before?.grade ?? null);
      expect(previousHash).toBe(before?.hash ?? null);
      last.set(customer, { sequence: Number(sequence), grade, hash });
    }
    expect(err).toContain(`${changes.length} grade changes of 40 customers from ${SAMPLE.length}`);
  });

  it('leaves the ratings that rate gives for the same file, to the last field', async () => {
    const ratings = file('ratings.jsonl');
    await run('--events', sample, '--ratings', ratings);
    const rated = await runMain('rate', ...METHODOLOGY, '--events', sample);
    expect(readFileSync(ratings, 'utf8')).toBe(rated.out);
    expect(linesOf(rated.out).length).toBeGreaterThan(35);
  });

  it('gives the same output twice: its time is the time of the events', async () => {
    const { out } = await run('--events', sample);
    expect((await run('--events', sample)).out).toBe(out);
  });

  it('goes on after refused records, keeps them, counts them and ends with 1', async () => {
    const letters = file('letters.jsonl');
    const events = file('bad.jsonl', toLines([...BAD, ...SAMPLE]));
    const { code, out, err } = await run('--events', events, '--dead-letters', letters);
    expect(code).toBe(EXIT.refused);
    expect(out).toBe((await run('--events', sample)).out);
    expect(err).toContain(`${events}:1: `);
    expect(err).toContain(`refused: 2; they are in ${letters}`);
    expect(jsonLines(readFileSync(letters, 'utf8'))).toMatchObject([
      { source: { file: events, line: 1 }, payload: JSON.stringify(BAD[0]) },
      { source: { file: events, line: 2 }, payload: JSON.stringify(BAD[1]) },
    ]);
  });

  it('counts customers of unknown kind beside the ratings, and ends with 0', async () => {
    const unknown = SAMPLE.filter(({ type }) => type === 'transaction').slice(0, 3);
    const ratings = file('none.jsonl');
    const events = file('unknown.jsonl', toLines(unknown));
    const { code, out, err } = await run('--events', events, '--ratings', ratings);
    expect({ code, out }).toEqual({ code: EXIT.ok, out: '' });
    expect(readFileSync(ratings, 'utf8')).toBe('');
    expect(err).toMatch(/not rated: \d customers of unknown kind/);
  });

  it.each([
    ['a missing file', ['--events', '/nowhere/e.jsonl'], /cannot read .*check the path/],
    [
      'ratings nowhere',
      ['--events', sample, '--ratings', '/no/x'],
      /cannot write .*check the path/,
    ],
    ['ratings over the events', ['--events', sample, '--ratings', sample], /the same file/],
    ['ratings on stdout', ['--events', sample, '--ratings', '-'], /--ratings - .*name a file/],
    [
      'two outputs to one file',
      ['--events', sample, '--ratings', file('one'), '--dead-letters', file('one')],
      /--dead-letters and --ratings are the same file/,
    ],
  ])('ends with 2 before it begins: %s', async (_, args, message) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err).toMatch(message);
    expect(linesOf(readFileSync(sample, 'utf8'))).toHaveLength(SAMPLE.length);
  });

  it('empties no output when the events cannot be read', async () => {
    const kept = file('kept.jsonl', 'yesterday\n');
    await run('--events', '/nowhere/e.jsonl', '--ratings', kept, '--dead-letters', file('new'));
    expect(readFileSync(kept, 'utf8')).toBe('yesterday\n');
    expect(existsSync(file('new'))).toBe(false);
  });
});
