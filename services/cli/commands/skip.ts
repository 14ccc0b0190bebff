import { StoreRefused } from '@tidemark/engine/adapters/local/lock';
import {
  lookAtPartition,
  partitionsIn,
  type DataDirectory,
} from '@tidemark/processor/data-directory';
import { withOrders } from '@tidemark/processor/data-orders';
import type { Place } from '@tidemark/processor/orders';
import { EVENTS } from '@tidemark/processor/topics';
import { InvalidArgumentError, type Command } from 'commander';
import { addClusterOptions, isCluster, type ClusterOptions } from '../cluster/cluster-options';
import { skipInCluster } from '../cluster/skip-cluster';
import { EXIT, UsageFault } from '../exit';
import type { AddCommand } from '../main';
import {
  addAuthor,
  checkPartition,
  checkStands,
  orderSkip,
  word,
  type OrderNote,
  type OrderOptions,
} from '../orders';

interface SkipOptions extends OrderOptions, ClusterOptions {
  readonly data: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

const EXAMPLES = `
Examples:
  $ tidemark skip --topic events --partition 1 --offset 5021 --reason "fault 1234, see the ticket"
  $ tidemark skip --brokers kafka:9092 --topic transactions --partition 3 --offset 4711 --reason "T-12"

For a partition that has stopped at a record which the program cannot take: its message names topic,
partition and offset, and no other record is passed over. The record goes to the dead letters; reason and
author go into the journal and into the record of orders, for good. Said twice it changes nothing.

In a data directory the order is carried out at the next start of the server. In a cluster (--brokers or
--config) the processor that has the partition looks for orders every second, and goes on by itself: no
restart. Once the program can take the record, 'tidemark dead-letters replay' sends it again.`;

export const addSkipCommand: AddCommand = (program, finish) => {
  const command = program
    .command('skip')
    .description('order that a record which stops a partition is passed over')
    .requiredOption('--partition <n>', 'partition', whole)
    .requiredOption('--offset <n>', 'offset of the record', whole)
    .requiredOption('--reason <text>', 'why; kept in the journal', word)
    .option('--topic <name>', 'topic', EVENTS)
    .option('--data <dir>', 'data directory', './data');
  addClusterOptions(addAuthor(command))
    .addHelpText('after', EXAMPLES)
    .action(async (options: SkipOptions, self: Command) => {
      const { topic, partition, offset, by, reason } = options;
      const place = { topic, partition, offset };
      const note = { reason, by, at: Date.now() };
      if (isCluster(self, ['data'])) {
        await skipInCluster(options, place, note);
      } else await skipInDirectory(options.data, place, note);
      finish(EXIT.ok);
    });
};

const whole = (text: string): number => {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('write a whole number from 0.');
};

async function skipInDirectory(data: string, place: Place, note: OrderNote): Promise<void> {
  const partitions = partitionsIn(data);
  if (partitions === undefined) {
    throw new UsageFault(
      `${data} is no data directory; name one with --data DIR, or a cluster with --brokers`,
    );
  }
  const { topic, partition } = place;
  if (topic !== EVENTS) {
    throw new UsageFault(
      `--topic: only an event can be passed over (${EVENTS}); what stops a partition in ${topic} takes a build that can load it: start that one`,
    );
  }
  checkPartition(partition, partitions);
  try {
    await checkStandsIn({ directory: data, partitions }, place);
    await withOrders(data, ({ orders, add }) =>
      orderSkip(orders, place, note, (order) => add([order]), 'at the next start'),
    );
  } catch (error) {
    throw error instanceof StoreRefused ? new UsageFault(error.message) : error;
  }
}

/** A server may run on it meanwhile. */
async function checkStandsIn(directory: DataDirectory, place: Place): Promise<void> {
  const store = await lookAtPartition(directory, place.partition);
  try {
    await checkStands(store.partition(place.partition).ports, place);
  } finally {
    await store.close();
  }
}
