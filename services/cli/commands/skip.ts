import { StoreRefused } from '@tidemark/engine/adapters/local/lock';
import { addSkip, partitionsIn } from '@tidemark/processor/data-directory';
import { EVENTS } from '@tidemark/processor/topics';
import { EXIT, say, UsageFault } from '../exit';
import type { AddCommand } from '../main';

interface SkipOptions {
  readonly data: string;
  readonly topic: string;
  readonly partition: string;
  readonly offset: string;
  readonly reason: string;
}

const EXAMPLES = `
Examples:
  $ tidemark skip --topic events --partition 1 --offset 5021 --reason "fault 1234, see the ticket"

For a partition that has stopped at an event which the program cannot take: its message names topic,
partition and offset. The order is carried out at the next start. The event goes to the dead letters, the
reason into the journal for good.

In a cluster the order is a setting of the processors: TIDEMARK_SKIPS=TOPIC/PARTITION/OFFSET/REASON, the
topic without prefix; start the one that has stopped with it, and take it away when it runs.`;

export const addSkipCommand: AddCommand = (program, finish) => {
  program
    .command('skip')
    .description('order that an event which stops a partition is passed over')
    .requiredOption('--partition <n>', 'partition')
    .requiredOption('--offset <n>', 'offset of the event')
    .requiredOption('--reason <text>', 'why; kept in the journal')
    .option('--topic <name>', 'topic', EVENTS)
    .option('--data <dir>', 'data directory', './data')
    .addHelpText('after', EXAMPLES)
    .action(async (options: SkipOptions) => {
      finish(await skip(options));
    });
};

async function skip(options: SkipOptions): Promise<number> {
  const { data, topic, partition, offset, reason } = options;
  const partitions = partitionsIn(data);
  if (partitions === undefined) {
    throw new UsageFault(`${data} is no data directory; name one with --data DIR`);
  }
  if (topic !== EVENTS) {
    throw new UsageFault(
      `--topic: only an event can be passed over (${EVENTS}); what stops a partition in ${topic} takes a build that can load it: start that one`,
    );
  }
  if (!/^\d{1,3}$/.test(partition) || Number(partition) >= partitions) {
    throw new UsageFault(`no partition ${partition}: there are 0 to ${partitions - 1}`);
  }
  if (!/^\d{1,15}$/.test(offset)) throw new UsageFault(`--offset: '${offset}' is no offset`);
  if (reason.trim() === '') throw new UsageFault('--reason: say why, for those who will ask');
  try {
    await addSkip(data, Number(partition), { topic, offset: Number(offset), reason });
  } catch (error) {
    throw error instanceof StoreRefused ? new UsageFault(error.message) : error;
  }
  say(`noted: ${topic}/${partition}@${offset} is passed over at the next start`);
  return EXIT.ok;
}
