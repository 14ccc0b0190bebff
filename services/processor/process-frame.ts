/** The file that `--config FILE` names; undefined: none is named. */
export function configFile(argv: readonly string[]): string | undefined {
  const at = argv.indexOf('--config');
  return at < 0 ? undefined : argv[at + 1];
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process as if it were killed. */
export const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
