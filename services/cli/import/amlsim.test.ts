import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { importFile, type Counts } from './import-file';
import { openMapping } from './mapping-file';

const SHARED = process.env['TIDEMARK_SHARED_DATA'] ?? join(__dirname, '../../../../shared/data');
const FILES = ['nodes.csv.gz', 'transactions.csv.gz'].map((name) =>
  join(SHARED, 'amlsim-20k', name),
);
// Skipped tests are counted in the summary: who lacks the data sees it.
const whereDataIs = FILES.every((file) => existsSync(file)) ? describe : describe.skip;

interface Imported {
  readonly counts: readonly Counts[];
  readonly hash: string;
  readonly ids: number;
  readonly customers: number;
}

async function importAmlsim(): Promise<Imported> {
  const hash = createHash('sha256');
  const ids = new Set<string>();
  const customers = new Set<string>();
  const all: Counts[] = [];
  for (const file of FILES) {
    const source = openMapping('amlsim').sources.find((one) => one.matches(basename(file)));
    if (source === undefined) throw new Error(`no source for ${file}`);
    const counts: Counts = { rows: 0, records: 0, refused: 0, without: 0 };
    all.push(counts);
    await importFile(file, source, {
      counts,
      output: {
        line: (line) => {
          hash.update(line);
          const { customer, id } = JSON.parse(line) as { customer: string; id: string };
          customers.add(customer);
          ids.add(`${customer} ${id}`);
        },
        flush: async () => undefined,
        closed: () => false,
        end: async () => undefined,
      },
      report: (line) => {
        throw new Error(line);
      },
      progress: () => undefined,
    });
  }
  return { counts: all, hash: hash.digest('hex'), ids: ids.size, customers: customers.size };
}

whereDataIs('the AMLSim sample of 20,000 nodes', () => {
  it('is imported whole, each transaction as two postings, with ids of their own, and twice alike', async () => {
    const first = await importAmlsim();
    expect(first.counts).toEqual([
      { rows: 20_000, records: 20_000, refused: 0, without: 0 },
      { rows: 120_558, records: 241_116, refused: 0, without: 0 },
    ]);
    expect(first.ids).toBe(261_116);
    expect(first.customers).toBe(20_000);
    const second = await importAmlsim();
    expect(second.hash).toBe(first.hash);
  }, 60_000);
});
