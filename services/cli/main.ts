import { Command, CommanderError } from 'commander';

/** All went well. */
const EXIT_OK = 0;
/** Wrong usage, a configuration or a methodology with faults. */
const EXIT_USAGE = 2;

function program(): Command {
  return new Command('tidemark')
    .description(
      'Keeps the money-laundering risk grade of every customer up to date, event by event',
    )
    .showHelpAfterError('(see tidemark --help)')
    .exitOverride();
}

/** Runs one command line (without node and script name) and answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(args, { from: 'user' });
    return EXIT_OK;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    throw error;
  }
}
