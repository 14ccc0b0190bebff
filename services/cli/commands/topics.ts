import type { Kafka } from '@tidemark/engine/adapters/kafka/kafka';
import { kafkaName } from '@tidemark/engine/adapters/kafka/topic-names';
import { untilAnswered } from '@tidemark/engine/adapters/registry/patience';
import { RegistryDown, type Registry } from '@tidemark/engine/adapters/registry/registry';
import { schemaBook } from '@tidemark/engine/adapters/registry/schema-book';
import { JOURNAL } from '@tidemark/processor/topics';
import { PartitionStopped } from '@tidemark/engine/errors';
import { applyDifferences } from '@tidemark/processor/topics-apply';
import {
  differences,
  inWords,
  notesOn,
  type Difference,
  type Layout,
} from '@tidemark/processor/topics-check';
import { observe } from '@tidemark/processor/topics-check-observe';
import { reachOf, type Reach } from '@tidemark/processor/topics-check-reach';
import { journalFrame } from '@tidemark/processor/wire-frame';
import type { Command } from 'commander';
import { loadClients } from '../cluster/clients';
import { addClusterOptions, settingsOf, type ClusterOptions } from '../cluster/cluster-options';
import { EXIT, say, UsageFault } from '../exit';
import type { AddCommand } from '../main';
import { addTopicsCopy } from './topics-copy';

interface TopicsOptions extends ClusterOptions {
  readonly partitions?: string;
  readonly replicas?: string;
  readonly retentionDays?: string;
}

const EXAMPLES = `
Examples:
  $ tidemark topics apply --brokers kafka:9092 --registry http://registry:8081/apis/ccompat/v7
  $ tidemark topics apply --partitions 12 --replicas 3
  $ tidemark topics check --config tidemark.yaml

Certificates, passwords and all that is left out come from the configuration (tidemark config). Neither
deletes anything, nor gives a topic other partitions, nor keeps anything for a shorter time than before.
Exit code 1: something is not as it should be; each is named, with what mends it.`;

export const addTopics: AddCommand = (program, finish) => {
  const topics = program
    .command('topics')
    .description('topics and schemas of a cluster')
    .addHelpText('after', EXAMPLES);
  withOptions(topics.command('apply').description('make what is missing, change what differs'))
    .option('--partitions <n>', 'of new topics; default: as those that exist, otherwise 8')
    .action(async (options: TopicsOptions) => {
      finish(await withServers(options, apply));
    });
  withOptions(topics.command('check').description('say what differs, and how far verify reaches'))
    .option('--partitions <n>', 'that there should be')
    .action(async (options: TopicsOptions) => {
      finish(await withServers(options, check));
    });
  addTopicsCopy(topics, finish);
};

const withOptions = (command: Command): Command =>
  addClusterOptions(command)
    .option('--replicas <n>', 'copies of each topic; default: 3, or one on each broker')
    .option(
      '--retention-days <n>',
      'inputs and journal are kept at least so long; default: for good',
    )
    .addHelpText('after', EXAMPLES);

interface Servers {
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly layout: Layout;
}

type Task = (servers: Servers) => Promise<number>;

async function withServers(options: TopicsOptions, task: Task): Promise<number> {
  const layout = layoutOf(options);
  const { prefix, kafka: brokers, registry: at } = settingsOf(options);
  const { connectKafka, connectRegistry } = await loadClients();
  const kafka = connectKafka({ ...brokers, clientId: 'tidemark-topics' });
  const registry = connectRegistry(at);
  try {
    return await task({ kafka, registry, layout: { ...layout, prefix } });
  } catch (error) {
    if (error instanceof RegistryDown) {
      throw new UsageFault(`the schema registry does not answer: ${error.message}`);
    }
    throw error;
  } finally {
    registry.close();
    await kafka.close();
  }
}

const DAY_MS = 86_400_000;

function layoutOf(options: TopicsOptions): Omit<Layout, 'prefix'> {
  const days = countOf('--retention-days', options.retentionDays);
  return {
    partitions: countOf('--partitions', options.partitions),
    replicas: countOf('--replicas', options.replicas),
    retentionMs: days === undefined ? undefined : days * DAY_MS,
  };
}

function countOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new UsageFault(`${option}: expected a number from 1`);
  return Number(text);
}

/** How long a registry that is not there yet is waited for, milliseconds. */
const WAIT_MS = 60_000;

async function found({ kafka, registry, layout }: Servers): Promise<readonly Difference[]> {
  const admin = kafka.admin();
  const ended = AbortSignal.timeout(WAIT_MS);
  const look = () => observe(admin, registry, layout.prefix);
  try {
    const observed = await untilAnswered(look, { log: say, ended });
    for (const note of notesOn(observed, layout)) print(note);
    return differences(observed, layout);
  } catch (error) {
    if (!ended.aborted) throw error;
    throw new UsageFault(`the schema registry did not answer within ${WAIT_MS / 1000} s`);
  } finally {
    await admin.close();
  }
}

async function apply(servers: Servers): Promise<number> {
  const admin = servers.kafka.admin();
  const { registry } = servers;
  const left = await applyDifferences(await found(servers), { admin, registry, tell: print });
  if (left.length === 0) print('topics and schemas are as they should be');
  return report(left);
}

async function check(servers: Servers): Promise<number> {
  const code = report(await found(servers));
  if (code === EXIT.ok) print('topics and schemas are as they should be');
  try {
    print(reachInWords(await reach(servers)));
    return code;
  } catch (error) {
    if (!(error instanceof PartitionStopped)) throw error;
    print(error.message);
    return EXIT.refused;
  }
}

async function reach({ kafka, registry, layout: { prefix } }: Servers): Promise<Reach> {
  const book = schemaBook({ registry, log: say });
  const reader = kafka.reader();
  const admin = kafka.admin();
  try {
    const [journal] = await admin.topics([kafkaName(prefix, JOURNAL)]);
    const partitions = journal?.partitions ?? 0;
    return await reachOf({ reader, frame: journalFrame(book, undefined), prefix, partitions });
  } finally {
    book.close();
    await Promise.all([reader.close(), admin.close()]);
  }
}

function reachInWords(reach: Reach): string {
  switch (reach.kind) {
    case 'empty':
      return 'nothing has been decided yet';
    case 'whole':
      return `verify and as-of reach back to the first step, ${dateOf(reach.from)}`;
    case 'cut':
      return `verify and as-of need all from the first step on, and cannot run: ${reach.because} is kept only from ${dateOf(reach.from)} on`;
    default:
      return reach satisfies never;
  }
}

const dateOf = (instant: number): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;

function report(list: readonly Difference[]): number {
  for (const difference of list) {
    const { what, mend } = inWords(difference);
    print(`${what}\n  to mend it: ${mend}`);
  }
  return list.length === 0 ? EXIT.ok : EXIT.refused;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
