import { hasCommand } from '../integration/cluster/downloads';

/**
 * A suite that runs programs of others. Skipped, and counted so, where they are not installed; with
 * TIDEMARK_TEST_SERVERS=required that is a failure.
 */
export function describeWithCommands(
  name: string,
  commands: readonly string[],
  suite: () => void,
): void {
  const missing = commands.filter((command) => !hasCommand(command));
  if (missing.length === 0) {
    describe(name, suite);
  } else if (process.env['TIDEMARK_TEST_SERVERS'] === 'required') {
    it(`${name}: has its programs`, () => {
      throw new Error(`there is no ${missing.join(', ')} here`);
    });
  } else {
    describe.skip(`${name} (there is no ${missing.join(', ')} here)`, suite);
  }
}
