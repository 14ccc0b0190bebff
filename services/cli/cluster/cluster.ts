import type { Kafka, Reader } from '@tidemark/engine/adapters/kafka/kafka';
import { kafkaTopicLog } from '@tidemark/engine/adapters/kafka/topic-log';
import type { TopicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import type { Registry } from '@tidemark/engine/adapters/registry/registry';
import { PartitionStopped, PositionGone } from '@tidemark/engine/errors';
import type { TopicLog } from '@tidemark/engine/ports';
import type { Settings } from '@tidemark/processor/configuration';
import { openWire, type Wire } from '@tidemark/processor/wire';
import { say, UsageFault } from '../exit';
import { loadClients } from './clients';
import { settingsOf, type ClusterOptions } from './cluster-options';

/** A cluster as commands use it: they read, and send as any producer does; they own nothing. */
export interface Cluster {
  readonly settings: Settings;
  readonly kafka: Kafka;
  readonly reader: Reader;
  readonly names: TopicNames;
  /** Of all topics but the global ones. */
  readonly partitions: number;
  readonly wire: Wire;
  /** The topics of a partition, as they are; of global topics the only one. */
  readonly log: (partition: number) => TopicLog;
}

/** How long to try what does not answer, milliseconds, where the command line does not say. */
const PATIENCE_MS = { brokers: 30_000, registry: 10_000 };
/** Time for one try, whatever the command line says, milliseconds. */
const PATIENCE_LEAST_MS = 1_000;

/**
 * Opens a cluster for as long as `use` takes.
 * @param topics that must be there, by their logical names
 * @param waitMs how long brokers and registry may give no answer
 * @throws UsageFault when the brokers or the registry do not answer, or `tidemark topics apply` is due
 */
export async function withCluster<T>(
  options: ClusterOptions,
  topics: readonly string[],
  use: (cluster: Cluster) => Promise<T>,
  waitMs?: number,
): Promise<T> {
  const settings = settingsOf(options);
  const begun = Date.now();
  const patienceMs = (spent: number, otherwise: number): number =>
    waitMs === undefined ? otherwise : Math.max(PATIENCE_LEAST_MS, waitMs - spent);
  const tell = once();
  const clientId = `${settings.application}-cli`;
  const { connectKafka, connectRegistry, namesOf } = await loadClients();
  const kafka = connectKafka({
    ...settings.kafka,
    clientId,
    patienceMs: patienceMs(0, PATIENCE_MS.brokers),
    log: (_level, text) => tell(text),
  });
  const registry = connectRegistry(settings.registry);
  let wire: Wire | undefined;
  try {
    const names = namesOf(settings.prefix);
    const partitions = await partitionsOf(kafka, settings, topics, names);
    wire = await wireOf(
      registry,
      settings,
      tell,
      patienceMs(Date.now() - begun, PATIENCE_MS.registry),
    );
    const reader = kafka.reader();
    const log = (partition: number): TopicLog => kafkaTopicLog(reader, names, partition);
    return await use({ settings, kafka, reader, names, partitions, wire, log });
  } catch (error) {
    const isKnown = error instanceof PartitionStopped || error instanceof PositionGone;
    throw isKnown ? new UsageFault(error.message) : error;
  } finally {
    wire?.book.close();
    registry.close();
    await kafka.close();
  }
}

/** An answer of a broker to a request that is sent again, as the client tells it. */
const ANSWER = /^Response /;

/** Says each text once: a client tells again and again that nobody answers. */
export function once(): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (!told.has(text) && !ANSWER.test(text)) say(text);
    told.add(text);
  };
}

async function partitionsOf(
  kafka: Kafka,
  { kafka: { brokers } }: Settings,
  wanted: readonly string[],
  names: TopicNames,
): Promise<number> {
  const found = await infoOf(
    kafka,
    wanted.map((topic) => names.of(topic).topic),
    brokers,
  );
  const counts = new Map<number, string>();
  for (const logical of wanted) {
    const { topic, global } = names.of(logical);
    const count = found.get(topic);
    if (count === undefined) {
      throw new UsageFault(
        `the cluster has no topic ${topic}: create it with 'tidemark topics apply', or check --prefix`,
      );
    }
    if (!global) counts.set(count, topic);
  }
  const [first = 0, ...others] = counts.keys();
  if (others.length > 0) {
    const each = [...counts].map(([count, topic]) => `${topic} has ${count}`).join(', ');
    throw new UsageFault(`the topics differ in partitions (${each}): see 'tidemark topics check'`);
  }
  return first;
}

async function infoOf(
  kafka: Kafka,
  topics: readonly string[],
  brokers: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const admin = kafka.admin();
  try {
    const found = await admin.topics(topics);
    return new Map(found.map(({ name, partitions }) => [name, partitions]));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'no connection';
    throw new UsageFault(`brokers ${brokers.join(', ')}: ${why}`);
  } finally {
    await admin.close();
  }
}

/** Looks the schemas up and never registers one. */
async function wireOf(
  registry: Registry,
  { prefix, registry: { url } }: Settings,
  tell: (text: string) => void,
  patienceMs: number,
): Promise<Wire> {
  const ended = AbortSignal.timeout(patienceMs);
  try {
    return await openWire({ registry, prefix, log: tell, ended });
  } catch (error) {
    if (!ended.aborted) throw error;
    throw new UsageFault(
      `the schema registry ${url} does not answer, or lacks schemas: check --registry, and 'tidemark topics check'`,
    );
  }
}
