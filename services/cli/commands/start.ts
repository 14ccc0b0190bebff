import { InvalidArgumentError, Option, type Command } from 'commander';
import type { AddCommand } from '../main';
import { compiledOf, readMethodology } from '../methodology-file';
import { DEFAULT_PORT, runServer, type ServerSettings } from '../server/run-server';
import type { Language } from '../summary';

interface StartOptions {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  readonly methodology: string;
  readonly partitions?: number;
  readonly sample?: boolean;
  readonly customers: number;
  readonly seed: number;
  readonly cacheCustomers: number;
  readonly acceptClock?: boolean;
  readonly lang: Language;
  readonly quiet?: boolean;
  readonly time: 'wall' | 'event';
}

const CUSTOMERS_MAX = 100_000;
const SEED_MAX = 2 ** 31 - 1;
const PORT_MAX = 65_535;
const PARTITIONS_MAX = 64;
const CACHE_MAX = 10_000_000;

const EXAMPLES = `
Examples:
  $ tidemark start
  $ tidemark start --data ./bank --no-sample --port 9000
  $ tidemark start --data ./try --customers 500 --seed 7 --lang zh

The first start makes the data directory, loads the sample portfolio into it (unless --no-sample), and
makes the token that all requests need: it is kept in DIR/token, and shown once, to a terminal alone. Later
starts go on where the last one ended, also after a crash: what was accepted is there. SIGTERM or Ctrl-C
ends it cleanly, a second Ctrl-C at once.`;

export const addStart: AddCommand = (program, finish) => {
  const command = program
    .command('start')
    .description('run the server: rate customers as events come in over HTTP')
    .option('--data <dir>', 'data directory', './data')
    .option('--port <n>', 'port to listen on, 0 for any', integer(0, PORT_MAX), DEFAULT_PORT)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--methodology <file|name>', 'methodology document or name', 'cn-aml-bank')
    .option(
      '--partitions <n>',
      'partitions of a new data directory (default: 2)',
      integer(1, PARTITIONS_MAX),
    );
  addSampleOptions(command)
    .option(
      '--cache-customers <n>',
      'customers kept in memory, by partition',
      integer(1, CACHE_MAX),
      100_000,
    )
    .option('--accept-clock', 'go on although the clock has moved on by more than a week')
    .addOption(
      new Option('--lang <language>', 'language of grades and titles')
        .choices(['zh', 'en'])
        .default('en'),
    )
    .option('--quiet', 'no progress and no summary of the sample')
    .addOption(
      new Option('--time <kind>', 'wall, or event: the clock follows the events')
        .choices(['wall', 'event'])
        .default('wall')
        .hideHelp(),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: StartOptions) => {
      finish(await runServer(settingsOf(options)));
    });
};

const addSampleOptions = (command: Command): Command =>
  command
    .option('--sample', 'load the sample portfolio into a new data directory (default)')
    .option('--no-sample', 'begin with nothing')
    .option('--customers <n>', 'customers of the sample', integer(1, CUSTOMERS_MAX), 2000)
    .option('--seed <n>', 'seed of the sample', integer(0, SEED_MAX), 1);

function settingsOf(options: StartOptions): ServerSettings {
  const { methodology, partitions, sample, acceptClock = false, quiet = false } = options;
  // Faults are told with their places before anything is begun.
  const source = readMethodology(methodology);
  compiledOf(source);
  const { document, framework } = source;
  return {
    ...options,
    methodology: { document, ...(framework === undefined ? {} : { framework }) },
    partitions,
    wantsSample: sample,
    acceptClock,
    quiet,
  };
}

/** Reads an option that is a whole number from `low` to `high`. */
const integer =
  (low: number, high: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`write a whole number from ${low} to ${high}.`);
  };
