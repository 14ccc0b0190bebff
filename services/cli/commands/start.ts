import type { CustomerDecision } from '@tidemark/rating/customer';
import { civil, dayOf, midnight, type Zone } from '@tidemark/rating/calendar';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import type { GradeChange } from '@tidemark/schemas/records';
import { InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../exit';
import { acceptRecord, newJob, type Job } from '../job';
import type { AddCommand } from '../main';
import { openMethodology } from '../methodology-file';
import { openOutput } from '../output';
import { progress } from '../progress';
import { samplePortfolio } from '../sample/portfolio';
import { renderSummary, type CustomerPath, type Language } from '../summary';

interface StartOptions {
  readonly customers: number;
  readonly seed: number;
  readonly methodology: string;
  readonly lang: Language;
  readonly quiet?: boolean;
}

const DAYS = 365;
/** 2025-03-01 00:00 in Asia/Shanghai. */
const FIRST_DAY = Date.parse('2025-03-01T00:00:00+08:00');
const BATCH = 500;
const REASONS_SHOWN = 4;
const CUSTOMERS_MAX = 100_000;
const SEED_MAX = 2 ** 31 - 1;
const MS_PER_MINUTE = 60_000;

const EXAMPLES = `
Examples:
  $ tidemark start
  $ tidemark start --customers 500 --seed 7
  $ tidemark start --lang zh --quiet

Streams the bundled sample portfolio, a year of events, through the engine in memory: every grade
change on stdout as it happens, a summary at the end. The same seed gives the same output.`;

export const addStart: AddCommand = (program, finish) => {
  program
    .command('start')
    .description('run the main job on a bundled sample portfolio')
    .option('--customers <n>', 'number of customers', integer(1, CUSTOMERS_MAX), 2000)
    .option('--seed <n>', 'seed of the portfolio', integer(0, SEED_MAX), 1)
    .option('--methodology <file|name>', 'methodology document or name', 'cn-aml-bank')
    .addOption(
      new Option('--lang <language>', 'language of grades and titles')
        .choices(['zh', 'en'])
        .default('en'),
    )
    .option('--quiet', 'no grade changes, only the summary')
    .addHelpText('after', EXAMPLES)
    .action(async (options: StartOptions) => {
      await start(options);
      finish(EXIT.ok);
    });
};

/** Reads an option that is a whole number from `low` to `high`. */
const integer =
  (low: number, high: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`write a whole number from ${low} to ${high}.`);
  };

interface Path {
  first: number;
  last: number;
  firstScore: string;
  lastScore: string;
  reasons: CustomerPath['reasons'];
}

async function start(options: StartOptions): Promise<void> {
  const job = newJob(openMethodology(options.methodology));
  const { customers, seed, lang: language } = options;
  const records = [...samplePortfolio({ seed, customers, days: DAYS, start: FIRST_DAY })];
  const output = openOutput('-');
  const bar = progress({ label: 'events', total: records.length });
  // Where the bar and the lines share a terminal, the lines go above the bar.
  const shared = process.stdout.isTTY && process.stderr.isTTY;
  const print = shared ? bar.line : output.line;
  const paths = new Map<string, Path>();
  let changes = 0;
  const decided = ({ outputs }: CustomerDecision): void => {
    for (const published of outputs) {
      if (published.kind !== 'grade-change') continue;
      changes += 1;
      follow(paths, published.record);
      if (options.quiet !== true) print(changeLine(job.methodology, published.record, language));
    }
  };
  const events = { decided, deadLetter: () => undefined };
  for (let from = 0; from < records.length; from += BATCH) {
    const batch = records.slice(from, from + BATCH);
    for (const record of batch) {
      job.counts.events += 1;
      acceptRecord(job, record, events);
    }
    await output.flush();
    bar.advance(batch.length);
    if (output.closed()) break;
  }
  bar.done();
  output.line(summaryOf(job, paths, changes, language));
  await output.end();
}

function follow(paths: Map<string, Path>, change: GradeChange): void {
  const { institution, customer, grade: last, score: lastScore, reasons } = change;
  const path = paths.get(`${institution}:${customer}`);
  if (path !== undefined) {
    Object.assign(path, { last, lastScore, reasons: joined(path.reasons, reasons) });
  } else {
    const first = { first: last, firstScore: lastScore, reasons: [] };
    paths.set(`${institution}:${customer}`, { ...first, last, lastScore });
  }
}

type Reasons = CustomerPath['reasons'];

/** What two changes in a row come to: a score that went up and back again is no reason. */
function joined(before: Reasons, after: Reasons): Reasons {
  const all = new Map(before.map((reason) => [reason.code, reason]));
  for (const { code, from, to } of after) {
    all.set(code, { code, from: all.has(code) ? (all.get(code)?.from ?? null) : from, to });
  }
  return [...all.values()].filter(({ from, to }) => from !== to);
}

/** One line a change: when (local time), who, from which grade to which, why. */
function changeLine(
  { document, zone }: Methodology,
  change: GradeChange,
  language: Language,
): string {
  const name = (grade: number | null): string =>
    grade === null ? '-' : `${grade} ${document.grades[String(grade)]?.[language] ?? ''}`;
  const arrow = { initial: '*', up: '▲', down: '▼' }[change.direction];
  const why = change.reasons
    .slice(0, REASONS_SHOWN)
    .map(({ code, from, to }) => `${code} ${from ?? '-'}→${to ?? '-'}`)
    .join(' ');
  const grades = `${name(change.previousGrade)} → ${name(change.grade)}`;
  const basis = change.basis === 'scored' ? '' : ` ${change.basis}`;
  const reasons = change.direction === 'initial' ? '' : `  ${why}`;
  return `${localTime(zone, change.occurredAt)}  ${arrow} ${change.customer}  ${grades}  R ${change.score}${basis}  ${change.cause.kind}${reasons}`;
}

function localTime(zone: Zone, instant: number): string {
  const day = dayOf(zone, instant);
  const { year, month, date } = civil(day);
  const minutes = Math.floor((instant - midnight(zone, day)) / MS_PER_MINUTE);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${year}-${two(month)}-${two(date)} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function summaryOf(
  { methodology: { document }, counts, partition }: Job,
  customers: Map<string, Path>,
  gradeChanges: number,
  language: Language,
): string {
  return `\n${renderSummary(
    {
      grades: document.grades,
      titles: document,
      customers,
      counts: {
        events: counts.events,
        duplicates: counts.duplicates,
        late: counts.late,
        refused: counts.refused,
        gradeChanges,
        withoutRating: partition.states.size - customers.size,
      },
    },
    language,
  )}`;
}
