import type { Command } from 'commander';
import { loadClients } from '../cluster/clients';
import { once } from '../cluster/cluster';
import { addClusterOptions, settingsOf, type ClusterOptions } from '../cluster/cluster-options';
import { copyTopics, type Copied } from '../cluster/copy-topics';
import { EXIT, say } from '../exit';
import type { Finish } from '../main';
import { grouped, progress } from '../progress';
import { stopSignal } from '../server/stop-signal';

interface CopyOptions extends ClusterOptions {
  readonly toPrefix?: string;
  readonly toBrokers?: string;
  readonly toConfig?: string;
  readonly follow?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ tidemark topics apply --prefix tidemark2 --partitions 24
  $ tidemark topics copy --to-prefix tidemark2 --follow
  $ tidemark topics copy --config old.yaml --to-config new.yaml

Inputs, methodologies and reference lists, each record with key, value, headers and time, in the partition
that its key has there; the target has at least as many partitions. Topics with the time of the broker
(as 'topics apply' makes them) give records the time of the copy. Values name their schemas by id: the
target's processors use the same registry, or one restored with its ids.

Said again it goes on where it was: nothing is copied twice. The target notes how far it is, as offsets of a
group APPLICATION-copy-...; Kafka forgets them a week after a copy has ended. Orders, outputs and journal
are not copied: the target decides anew. Exit code 1: something is left.`;

/** More partitions, or another cluster: a new installation is filled from the inputs of the old one. */
export function addTopicsCopy(topics: Command, finish: Finish): void {
  const command = topics
    .command('copy')
    .description('copy inputs and methodologies to another installation, also to more partitions');
  addClusterOptions(command)
    .option('--to-prefix <prefix>', 'prefix of the target; default: as of the source')
    .option('--to-brokers <host:port,...>', 'another cluster; default: the same')
    .option('--to-config <file>', 'configuration file of the target; default: as of the source')
    .option('--follow', 'go on with what comes, until it is stopped')
    .option('--quiet', 'no progress')
    .addHelpText('after', EXAMPLES)
    .action(async (options: CopyOptions) => {
      const copied = await copy(options);
      report(copied);
      finish(copied.topics.every(({ left }) => left === 0) ? EXIT.ok : EXIT.refused);
    });
}

async function copy(options: CopyOptions): Promise<Copied> {
  const source = settingsOf(options);
  const target = settingsOf(targetOf(options));
  const { connectKafka } = await loadClients();
  const tell = once();
  const client = {
    clientId: `${target.application}-copy`,
    log: (_: string, text: string) => tell(text),
  };
  const from = connectKafka({ ...source.kafka, ...client });
  const to = connectKafka({ ...target.kafka, ...client });
  const bar = progress({ label: 'records', quiet: options.quiet === true });
  const stop = stopSignal();
  try {
    return await copyTopics({
      source: { kafka: from, prefix: source.prefix },
      target: { kafka: to, prefix: target.prefix, application: target.application },
      follow: options.follow === true,
      signal: stop.signal,
      advance: (records) => bar.advance(records),
    });
  } finally {
    stop.dispose();
    bar.done();
    await Promise.all([from.close(), to.close()]);
  }
}

/** What is not said of the target is as of the source. */
const targetOf = ({ toPrefix, toBrokers, toConfig, ...source }: CopyOptions): ClusterOptions => ({
  ...source,
  ...(toPrefix === undefined ? {} : { prefix: toPrefix }),
  ...(toBrokers === undefined ? {} : { brokers: toBrokers }),
  ...(toConfig === undefined ? {} : { config: toConfig }),
});

function report({ topics, withoutKey }: Copied): void {
  for (const { topic, copied, left } of topics) {
    const rest = left === undefined ? 'what is left is not known' : `${grouped(left)} left`;
    process.stdout.write(`${topic}: ${grouped(copied)} copied, ${rest}\n`);
  }
  if (withoutKey === 0) return;
  say(
    `${grouped(withoutKey)} records have no key: they are in the partition of the number that they had`,
  );
}
