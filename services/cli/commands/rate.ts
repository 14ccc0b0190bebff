import type { Readable } from 'node:stream';
import { explanationText } from '@tidemark/rating/explanation';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import type { Rating } from '@tidemark/schemas/records';
import type { Command } from 'commander';
import {
  addClusterOptions,
  CLUSTER_HELP,
  isCluster,
  type ClusterOptions,
} from '../cluster/cluster-options';
import { jobOfCluster } from '../cluster/rate-cluster';
import { EXIT, say, UsageFault } from '../exit';
import { checkApart } from '../files-apart';
import { acceptLine, newJob, passTime, ratingsInOrder, type Job, type JobEvents } from '../job';
import { instantOf } from '../instant';
import { lineBatches, openInput } from '../lines';
import type { AddCommand } from '../main';
import { openMethodology } from '../methodology-file';
import { openOutput } from '../output';
import { progress, type Progress } from '../progress';
import { refusals, type Refusals } from '../refusals';

interface RateOptions extends ClusterOptions {
  readonly methodology?: string;
  readonly events?: string;
  readonly asOf?: string;
  readonly explain?: boolean;
  readonly customer?: string;
  readonly deadLetters?: string;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ tidemark rate --methodology cn-aml-bank --events events.jsonl
  $ tidemark rate --methodology cn-aml-bank --events - --as-of 2026-03-04T12:00:00+08:00 < events.jsonl
  $ tidemark rate --methodology cn-aml-bank --events events.jsonl --customer bank-1:c-1 --explain

Ratings are JSON Lines on stdout, ordered by institution and customer. --explain also writes a
readable explanation of each to stderr. Exit code 1: some records were refused.
${CLUSTER_HELP}
Then the events are all that its input topics hold now, and the methodology, unless one is named, the
published one that is in force at --as-of. Workers are not disturbed.`;

export const addRate: AddCommand = (program, finish) => {
  const command = program
    .command('rate')
    .description('rate every customer at one time, from all events, and print the ratings')
    .option('--methodology <file|name>', 'methodology document, or the name of a shipped one')
    .option('--events <file|->', 'events as JSON Lines (.gz too), - for standard input')
    .option('--as-of <time>', 'instant with offset; default: the latest occurredAt of the events')
    .option('--customer <institution:customer>', 'print this customer only')
    .option('--explain', 'write a readable explanation of each rating to stderr')
    .option('--dead-letters <file>', 'keep refused records there as JSON Lines')
    .option('--quiet', 'no progress on stderr');
  addClusterOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (options: RateOptions, self: Command) => {
      if (!isCluster(self, ['events'])) demand(self, ['methodology', 'events']);
      finish(await rate(options));
    });
};

/** What a cluster would say by itself. */
function demand(command: Command, names: readonly string[]): void {
  const missing = command.options.find(
    (option) =>
      names.includes(option.name()) && command.getOptionValue(option.name()) === undefined,
  );
  if (missing === undefined) return;
  command.error(`error: required option '${missing.flags}' not specified`);
}

async function rate(options: RateOptions): Promise<number> {
  const methodology =
    options.methodology === undefined ? undefined : openMethodology(options.methodology);
  const asOf = options.asOf === undefined ? undefined : instantOf(options.asOf, '--as-of');
  checkApart(options.events ?? '-', { '--dead-letters': options.deadLetters });
  const input = options.events === undefined ? undefined : openLines(options.events);
  const bar = progress({ label: 'events', quiet: options.quiet === true });
  const refused = refusals(options.deadLetters, bar.line);
  const events = { decided: () => undefined, deadLetter: refused.add };
  const job =
    methodology === undefined || input === undefined
      ? await jobOfCluster(options, { methodology, asOf, events, advance: bar.advance })
      : await jobOfFile(input, methodology, asOf, { events, bar, refused });
  bar.done();
  // Until here the clock was event time, as in a run: a confirmation names the rating of its time.
  if (asOf !== undefined) passTime(job, asOf, events);
  await refused.end();
  await print(job, job.methodology, options);
  return job.counts.refused > 0 ? EXIT.refused : EXIT.ok;
}

interface Telling {
  readonly events: JobEvents;
  readonly bar: Progress;
  readonly refused: Refusals;
}

interface Input {
  readonly file: string;
  readonly stream: Readable;
}

const openLines = (file: string): Input => ({ file, stream: openInput(file) });

async function jobOfFile(
  { file, stream }: Input,
  methodology: Methodology,
  asOf: number | undefined,
  { events, bar, refused }: Telling,
): Promise<Job> {
  const job = newJob(methodology);
  const admit = ({ occurredAt }: { readonly occurredAt: number }): boolean => {
    if (asOf === undefined || occurredAt <= asOf) return true;
    job.counts.afterAsOf += 1;
    return false;
  };
  for await (const lines of lineBatches(stream, file)) {
    for (const line of lines) acceptLine(job, line, file, events, admit);
    bar.advance(lines.length);
    await refused.flush();
  }
  return job;
}

async function print(job: Job, methodology: Methodology, options: RateOptions): Promise<void> {
  const output = openOutput('-');
  const counts = { rated: 0, unrated: 0, printed: 0 };
  for (const rating of ratingsInOrder(job, job.partition.clock)) {
    if (rating === undefined) {
      counts.unrated += 1;
      continue;
    }
    counts.rated += 1;
    if (options.customer !== undefined && options.customer !== nameOf(rating)) continue;
    counts.printed += 1;
    output.line(JSON.stringify(rating));
    if (options.explain === true) say(explanationText(methodology.document, rating));
    await output.flush();
    if (output.closed()) break;
  }
  await output.end();
  const { events, duplicates, late, afterAsOf } = job.counts;
  say(
    `rated ${counts.rated} customers from ${events} records` +
      ` (duplicates ${duplicates}, older than the horizon ${late}, after as-of ${afterAsOf})`,
  );
  if (counts.unrated > 0) {
    say(`not rated: ${counts.unrated} customers of unknown kind; state customerKind for them`);
  }
  if (options.customer !== undefined && counts.printed === 0) {
    throw new UsageFault(`no rating of ${options.customer}: check the name, institution:customer`);
  }
}

const nameOf = ({ institution, customer }: Rating): string => `${institution}:${customer}`;
