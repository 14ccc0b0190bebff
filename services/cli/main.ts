import { readFileSync } from 'node:fs';
import { Failure } from '@tidemark/engine/errors';
import { Command, CommanderError } from 'commander';
import { EXIT, InternalFault, say, UsageFault } from './exit';

/** Tells with which code the command ends; without a call it is EXIT.ok. */
export type Finish = (code: number) => void;

/** What adds a command to the program; one file a command under commands/. */
export type AddCommand = (program: Command, finish: Finish) => void;

/** In the order of the help. Each is loaded when it is wanted: one does not wait for what the others need. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  rate: async () => (await import('./commands/rate.js')).addRate,
  run: async () => (await import('./commands/run.js')).addRun,
  methodology: async () => (await import('./commands/methodology.js')).addMethodology,
  import: async () => (await import('./commands/import.js')).addImport,
  start: async () => (await import('./commands/start.js')).addStart,
  send: async () => (await import('./commands/send.js')).addSend,
  watch: async () => (await import('./commands/watch.js')).addWatch,
  verify: async () => (await import('./commands/verify.js')).addVerify,
  replay: async () => (await import('./commands/replay.js')).addReplay,
  'dead-letters': async () => (await import('./commands/dead-letters.js')).addDeadLetters,
  skip: async () => (await import('./commands/skip.js')).addSkipCommand,
  config: async () => (await import('./commands/config.js')).addConfig,
  topics: async () => (await import('./commands/topics.js')).addTopics,
};

/**
 * The program; nothing has run yet.
 * @param wanted the command that will run; where there is no such one: all, for the help and for what is meant;
 *   for the version none
 */
export async function program(finish: Finish, wanted?: string): Promise<Command> {
  const root = new Command('tidemark')
    .description(
      'Keeps the money-laundering risk grade of every customer up to date, event by event',
    )
    .version(version())
    .showHelpAfterError('(see tidemark --help)')
    .exitOverride();
  if (wanted === '--version' || wanted === '-V') return root;
  const load = Object.entries(COMMANDS).find(([name]) => name === wanted)?.[1];
  for (const loaded of load === undefined ? Object.values(COMMANDS) : [load]) {
    (await loaded())(root, finish);
  }
  return root;
}

/** Runs one command line (without node and script name) and answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  try {
    const finish: Finish = (result) => {
      code = result;
    };
    await (await program(finish, args[0])).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    // a server that does not answer is for the user to mend as well
    if (error instanceof UsageFault || error instanceof Failure) {
      say(error.message);
      return EXIT.usage;
    }
    if (!(error instanceof InternalFault)) throw error;
    say(
      `${error.message}\nThis is a fault of tidemark, not of your input. Please report it, with:`,
    );
    say(stackOf(error.cause));
    return EXIT.internal;
  }
}

/** Where it happened, without the message: that may hold what the record says. */
const stackOf = (cause: unknown): string =>
  cause instanceof Error
    ? `${cause.name}\n${(cause.stack ?? '')
        .split('\n')
        .filter((line) => /^ +at /.test(line))
        .join('\n')}`
    : typeof cause;

function version(): string {
  const file = require.resolve('@tidemark/cli/package.json');
  const manifest: { readonly version: string } = JSON.parse(readFileSync(file, 'utf8'));
  return manifest.version;
}
