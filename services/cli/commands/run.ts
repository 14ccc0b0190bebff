import { EXIT, say } from '../exit';
import { checkApart } from '../files-apart';
import { acceptLine, newJob, ratingsInOrder, type Job, type RatingDecision } from '../job';
import { lineBatches, openInput } from '../lines';
import type { AddCommand } from '../main';
import { openMethodology } from '../methodology-file';
import { openOutput, type LineWriter } from '../output';
import { progress } from '../progress';
import { refusals } from '../refusals';

interface RunOptions {
  readonly methodology: string;
  readonly events: string;
  readonly ratings?: string;
  readonly deadLetters?: string;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ tidemark run --methodology cn-aml-bank --events events.jsonl > grade-changes.jsonl
  $ tail -f events.jsonl | tidemark run --methodology cn-aml-bank --events -
  $ tidemark run --methodology cn-aml-bank --events events.jsonl --ratings ratings.jsonl --dead-letters refused.jsonl

Grade changes are JSON Lines on stdout, each as soon as its event has been read. SIGINT and SIGTERM
end it cleanly: what has been read is decided, the ratings are written. Time is event time.
Exit code 1: some records were refused.`;

export const addRun: AddCommand = (program, finish) => {
  program
    .command('run')
    .description('rate customers as events arrive and print every grade change')
    .requiredOption(
      '--methodology <file|name>',
      'methodology document, or the name of a shipped one',
    )
    .requiredOption('--events <file|->', 'events as JSON Lines (.gz too), - for standard input')
    .option('--ratings <file>', "write every customer's rating at the end there, as JSON Lines")
    .option('--dead-letters <file>', 'keep refused records there as JSON Lines')
    .option('--quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES)
    .action(async (options: RunOptions) => {
      finish(await run(options));
    });
};

async function run(options: RunOptions): Promise<number> {
  const job = newJob(openMethodology(options.methodology));
  checkApart(options.events, {
    '--ratings': options.ratings,
    '--dead-letters': options.deadLetters,
  });
  const input = openInput(options.events);
  const output = openOutput('-');
  const ratings = options.ratings === undefined ? undefined : openOutput(options.ratings);
  const bar = progress({ label: 'events', quiet: options.quiet === true });
  // Where the bar and the lines share a terminal, the lines go above the bar.
  const print = process.stdout.isTTY && process.stderr.isTTY ? bar.line : output.line;
  const refused = refusals(options.deadLetters, bar.line);
  let changes = 0;
  const events = {
    decided: ({ outputs }: RatingDecision) => {
      for (const published of outputs) {
        if (published.kind !== 'grade-change') continue;
        changes += 1;
        print(JSON.stringify(published.record));
      }
    },
    deadLetter: refused.add,
  };
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    input.destroy();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    for await (const lines of lineBatches(input, options.events)) {
      for (const line of lines) acceptLine(job, line, options.events, events);
      bar.advance(lines.length);
      await Promise.all([output.flush(), refused.flush()]);
      // Nobody reads the grade changes any more, or a signal came: what was read is decided.
      if (output.closed() || stopped) break;
    }
  } catch (error) {
    if (!stopped) {
      // What was decided before is not lost.
      await Promise.allSettled([output.flush(), refused.end()]);
      throw error;
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    bar.done();
  }
  await output.end();
  await refused.end();
  if (ratings !== undefined) await writeRatings(job, ratings);
  const { counts, partition } = job;
  say(
    `${changes} grade changes of ${partition.states.size} customers from ${counts.events} records` +
      ` (duplicates ${counts.duplicates}, older than the horizon ${counts.late})`,
  );
  return counts.refused > 0 ? EXIT.refused : EXIT.ok;
}

async function writeRatings(job: Job, output: LineWriter): Promise<void> {
  let unrated = 0;
  for (const rating of ratingsInOrder(job, job.partition.clock)) {
    if (rating === undefined) unrated += 1;
    else output.line(JSON.stringify(rating));
    await output.flush();
  }
  await output.end();
  if (unrated > 0)
    say(`not rated: ${unrated} customers of unknown kind; state customerKind for them`);
}
