import { configurationReference } from '@tidemark/processor/configuration';
import type { AddCommand } from '../main';
import { openOutput } from '../output';

const EXAMPLES = `
Examples:
  $ tidemark config
  $ tidemark config > fields.txt`;

export const addConfig: AddCommand = (program) => {
  program
    .command('config')
    .description("print every field of the configuration of a cluster's processes")
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      const output = openOutput('-');
      output.line(configurationReference().join('\n'));
      await output.end();
    });
};
