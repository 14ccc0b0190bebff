import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { importAmlsim, RESULTS } from './amlsim';
import { commit } from './commit';
import { loopNs } from './measure';
import { PARTS } from './parts';
import { render, type Header, type Section } from './report';
import { SCALES, type ScaleName } from './scale';

const USAGE = `npm run bench -- [part...] [--quick] [--out FOLDER]

Parts: ${Object.keys(PARTS).join(', ')}; all without any.
--quick       smaller measures, under a minute
--out FOLDER  where YYYY-MM-DD.md is written; default: test/bench/results for a full run of all
              parts, nowhere for any other
The report is printed on stdout. AMLSim is read from TIDEMARK_SHARED_DATA, default ../shared/data.
`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function bench(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean' },
      tiny: { type: 'boolean' },
      out: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const wrong = positionals.filter((name) => PARTS[name] === undefined);
  if (wrong.length > 0 || values.help === true) {
    say(wrong.length > 0 ? `no part ${wrong.join(', ')}\n\n${USAGE}` : USAGE);
    process.exitCode = wrong.length > 0 ? 2 : 0;
    return;
  }
  const scale: ScaleName = values.tiny === true ? 'tiny' : values.quick === true ? 'quick' : 'full';
  const names = positionals.length > 0 ? positionals : Object.keys(PARTS);
  const loadAverage = loadavg()
    .map((load) => load.toFixed(2))
    .join(', ');
  const started = performance.now();
  const before = loopNs();
  const sections = await measureAll(names, scale);
  const header: Header = {
    date: today(),
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    scale,
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: `${process.version} on ${process.platform} ${process.arch}`,
    commit: commit(),
    loadAverage,
    loopNs: [before, loopNs()],
    minutes: (performance.now() - started) / 60_000,
  };
  const report = render(header, sections);
  process.stdout.write(report);
  const isWhole = scale === 'full' && positionals.length === 0;
  const folder = values.out ?? (isWhole ? RESULTS : undefined);
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${header.date}.md`);
  writeFileSync(file, report);
  say(`written to ${file}`);
}

async function measureAll(names: readonly string[], scale: ScaleName): Promise<Section[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  try {
    say('importing AMLSim');
    const amlsim = await importAmlsim(folder);
    if ('absent' in amlsim) say(`AMLSim is skipped: ${amlsim.absent}`);
    const bench = { scale: SCALES[scale], amlsim, folder, say };
    const sections: Section[] = [];
    for (const name of names) {
      for (const measure of PARTS[name] ?? []) {
        sections.push(...(await guarded(name, () => measure(bench))));
      }
    }
    return sections;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A measure that fails is in the report and in the exit code; the others are still taken. */
async function guarded(part: string, measure: () => Promise<Section[]>): Promise<Section[]> {
  try {
    return await measure();
  } catch (error) {
    process.exitCode = 1;
    const reason = error instanceof Error ? error.message : String(error);
    say(`FAILED: ${reason}`);
    return [{ title: `FAILED in ${part}`, findings: [], skipped: reason }];
  }
}

const today = (): string => new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);

bench(process.argv.slice(2)).catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
