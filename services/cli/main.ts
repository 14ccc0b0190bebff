import { readFileSync } from 'node:fs';
import { Failure } from '@tidemark/engine/errors';
import { Command, CommanderError } from 'commander';
import { addConfig } from './commands/config';
import { addDeadLetters } from './commands/dead-letters';
import { addImport } from './commands/import';
import { addMethodology } from './commands/methodology';
import { addRate } from './commands/rate';
import { addRun } from './commands/run';
import { addReplay } from './commands/replay';
import { addSend } from './commands/send';
import { addSkipCommand } from './commands/skip';
import { addStart } from './commands/start';
import { addTopics } from './commands/topics';
import { addVerify } from './commands/verify';
import { addWatch } from './commands/watch';
import { EXIT, InternalFault, say, UsageFault } from './exit';

/** Tells with which code the command ends; without a call it is EXIT.ok. */
export type Finish = (code: number) => void;

/** What adds a command to the program; one file a command under commands/. */
export type AddCommand = (program: Command, finish: Finish) => void;

const COMMANDS: readonly AddCommand[] = [
  addRate,
  addRun,
  addMethodology,
  addImport,
  addStart,
  addSend,
  addWatch,
  addVerify,
  addReplay,
  addDeadLetters,
  addSkipCommand,
  addConfig,
  addTopics,
];

/** All commands; none has run yet. */
export function program(finish: Finish): Command {
  const root = new Command('tidemark')
    .description(
      'Keeps the money-laundering risk grade of every customer up to date, event by event',
    )
    .version(version())
    .showHelpAfterError('(see tidemark --help)')
    .exitOverride();
  for (const add of COMMANDS) add(root, finish);
  return root;
}

/** Runs one command line (without node and script name) and answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  try {
    await program((result) => {
      code = result;
    }).parseAsync(args, { from: 'user' });
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
