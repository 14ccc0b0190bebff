import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shell, suiteFolder } from './cli/tidemark';

jest.setTimeout(180_000);

const SHARED = process.env['TIDEMARK_SHARED_DATA'] ?? join(__dirname, '../../../shared/data');
const FILES = ['nodes.csv.gz', 'transactions.csv.gz'].map((name) =>
  join(SHARED, 'amlsim-20k', name),
);
// Skipped tests are counted in the summary: who lacks the data sees it.
const whereDataIs = FILES.every((file) => existsSync(file)) ? describe : describe.skip;

const OPTIONS = '--methodology cn-aml-bank --quiet';
const [NODES, TRANSACTIONS] = FILES.map((file) => JSON.stringify(file));

/** The lines of a file without the last, empty one: JSON.parse of 20,000 ratings is not needed. */
const linesIn = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n');

whereDataIs('the AMLSim sample of 20,000 nodes and 120,558 transactions', () => {
  const folder = suiteFolder();

  it('is imported, rated at one time and run as a stream, and both give the same 20,000 ratings', async () => {
    const imported = await shell(
      `tidemark import --mapping amlsim ${NODES} ${TRANSACTIONS} > events.jsonl`,
      folder,
    );
    expect(imported.code).toBe(0);
    expect(imported.err).toContain('imported 261,116 records');
    const [rated, run] = await Promise.all([
      shell(`tidemark rate ${OPTIONS} --events events.jsonl > rated.jsonl`, folder),
      shell(`tidemark run ${OPTIONS} --events events.jsonl --ratings run.jsonl > g.jsonl`, folder),
    ]);
    expect([rated.code, run.code]).toEqual([0, 0]);
    expect(rated.err).toContain('rated 20000 customers from 261116 records (duplicates 0');
    expect(run.err).toMatch(/\d+ grade changes of 20000 customers from 261116 records/);
    const ratings = linesIn(join(folder, 'rated.jsonl'));
    expect(ratings).toHaveLength(20_000);
    // to the byte, but not through toEqual: its message would be 40 MB long
    expect(linesIn(join(folder, 'run.jsonl')).every((line, n) => line === ratings[n])).toBe(true);
    const first = ratings.slice(0, 200).map((line): unknown => JSON.parse(line));
    for (const rating of first) {
      expect(rating).toMatchObject({ institution: 'amlsim', methodology: { id: 'cn-aml-bank' } });
    }
    expect(linesIn(join(folder, 'g.jsonl')).length).toBeGreaterThanOrEqual(20_000);
  });

  it('has no rating where the nodes are missing: every customer is of unknown kind, counted, code 0', async () => {
    const { code, out, err } = await shell(
      `tidemark import --mapping amlsim --quiet ${TRANSACTIONS} | tidemark rate ${OPTIONS} --events -`,
      folder,
    );
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toMatch(/rated 0 customers from 241116 records/);
    expect(err).toMatch(/not rated: \d+ customers of unknown kind/);
  });
});
