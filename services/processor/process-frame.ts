import { parseArgs } from 'node:util';

/** What a process was started with; or what it says instead of starting, and the exit code. */
export type Called =
  | { readonly starts: true; readonly file: string | undefined }
  | { readonly starts: false; readonly says: string; readonly code: 0 | 2 };

/**
 * Reads the arguments of a process of a cluster: `--config FILE` and `--help`, nothing else.
 * @param argv without the program itself
 * @param about what the process is, a sentence
 */
export function readArguments(argv: readonly string[], about: string): Called {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      strict: true,
    });
    if (values.help === true) return { starts: false, says: usage(about), code: 0 };
    return { starts: true, file: values.config };
  } catch (error) {
    const says = `${wrongIn(error)}; known are --config FILE and --help\n`;
    return { starts: false, says, code: 2 };
  }
}

/** The first sentence says what is wrong; the others advise what does not apply here. */
const wrongIn = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message).replace(/(?:\.?\s*\n|\. )[^]*$/, '')
    : 'the arguments are wrong';

const usage = (about: string): string => `${about}

  --config FILE   the configuration, YAML or JSON; without it the file that TIDEMARK_CONFIG names
  --help          this text

Each field can also be set in the environment (TIDEMARK_KAFKA_BROKERS for kafka.brokers), which wins over
the file; what is given nowhere has its default. 'npx tidemark config' lists all fields.
`;

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process as if it were killed. */
export const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
