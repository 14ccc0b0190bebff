import { basename } from 'node:path';
import { EXIT, say, UsageFault } from '../exit';
import type { CompiledMapping, CompiledSource } from '../import/compile';
import { importFile, type Counts } from '../import/import-file';
import { openMapping, shippedMappings } from '../import/mapping-file';
import { checkHeader, fileBytes } from '../import/source-file';
import type { AddCommand } from '../main';
import { openOutput } from '../output';
import { grouped, progress } from '../progress';

interface ImportOptions {
  readonly mapping: string;
  readonly source?: string;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ tidemark import --mapping amlsim nodes.csv.gz transactions.csv.gz > events.jsonl
  $ tidemark import --mapping ./bank.yaml postings-2025-*.csv > events.jsonl
  $ tidemark import --mapping ./bank.yaml --source postings --quiet export.csv | tidemark rate --methodology cn-aml-bank --events -

Records are JSON Lines on stdout. A row is taken whole or refused whole; each refused one is named on
stderr: file:line:column, column name, field, reason. Exit code 1: some rows were refused; 2: the
mapping or the files are at fault, and nothing was imported.`;

export const addImport: AddCommand = (program, finish) => {
  program
    .command('import')
    .description('turn CSV files into events, as a mapping document says')
    .argument('<source.csv[.gz]...>', 'CSV files; .gz is unpacked')
    .requiredOption(
      '--mapping <file|name>',
      `mapping document, or the name of a shipped one (${shippedMappings().join(', ')})`,
    )
    .option('--source <name>', 'source of the mapping for all files; default: by file name')
    .option('--quiet', 'no progress and no summary; refused rows are still reported')
    .addHelpText('after', EXAMPLES)
    .action(async (files: readonly string[], options: ImportOptions) => {
      finish(await importAll(files, options));
    });
};

interface Job {
  readonly file: string;
  readonly source: CompiledSource;
  readonly bytes: number;
}

async function importAll(files: readonly string[], options: ImportOptions): Promise<number> {
  const jobs = await jobsOf(files, openMapping(options.mapping), options.source);
  const output = openOutput('-');
  const counts: Counts = { rows: 0, records: 0, refused: 0, without: 0 };
  const isQuiet = options.quiet === true;
  const bytesTotal = jobs.reduce((sum, { bytes }) => sum + bytes, 0);
  const bar = progress({ total: kilobytes(bytesTotal), label: 'kB', quiet: isQuiet });
  let done = 0;
  let shown = 0;
  const advanceTo = (bytes: number): void => {
    bar.advance(kilobytes(bytes) - shown);
    shown = kilobytes(bytes);
  };
  for (const { file, source, bytes } of jobs) {
    const read = (bytesRead: number): void => advanceTo(done + bytesRead);
    await importFile(file, source, { output, counts, report: bar.line, progress: read });
    if (output.closed()) break;
    done += bytes;
  }
  await output.end();
  bar.done();
  if (!isQuiet || counts.refused > 0) say(summary(counts));
  return counts.refused > 0 ? EXIT.refused : EXIT.ok;
}

const kilobytes = (bytes: number): number => Math.ceil(bytes / 1000);

/** Finds each file's source and checks every header before the first row of any is imported. */
async function jobsOf(
  files: readonly string[],
  mapping: CompiledMapping,
  sourceName: string | undefined,
): Promise<readonly Job[]> {
  const jobs: Job[] = [];
  const faults: string[] = [];
  for (const file of files) {
    const source = sourceOf(file, mapping, sourceName);
    if (typeof source === 'string') {
      faults.push(source);
      continue;
    }
    const bytes = await fileBytes(file);
    faults.push(...(await checkHeader(file, source)));
    jobs.push({ file, source, bytes });
  }
  if (faults.length > 0) throw new UsageFault(faults.join('\n'));
  return jobs;
}

function sourceOf(
  file: string,
  { name, sources }: CompiledMapping,
  sourceName: string | undefined,
): CompiledSource | string {
  const known = sources.map((source) => source.name).join(', ');
  if (sourceName !== undefined) {
    const named = sources.find((source) => source.name === sourceName);
    return named ?? `--source: mapping ${name} has no source '${sourceName}'; use one of ${known}`;
  }
  const found = sources.filter((source) => source.matches(basename(file)));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const which = found.length === 0 ? 'no source' : 'several sources';
  return `${file}: ${which} of mapping ${name} by its name; say which with --source (${known})`;
}

function summary({ rows, records, refused, without }: Counts): string {
  const unused = without === 0 ? '' : `, ${grouped(without)} rows gave none (no when held)`;
  const bad = refused === 0 ? '0 rows refused' : `${grouped(refused)} rows refused: see above`;
  return `imported ${grouped(records)} records from ${grouped(rows)} rows${unused}, ${bad}`;
}
