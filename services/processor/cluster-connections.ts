import { hostname } from 'node:os';
import type { Admin, Kafka, Reader } from '@tidemark/engine/adapters/kafka/kafka';
import { connectKafka } from '@tidemark/engine/adapters/kafka/kafkajs/kafka-client';
import { topicNames, type TopicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import { connectRedis, type RedisConnection } from '@tidemark/engine/adapters/redis/connection';
import { connectRegistry } from '@tidemark/engine/adapters/registry/client';
import type { SchemaWait } from '@tidemark/engine/adapters/registry/schema-wait';
import { ClusterFault } from './cluster-fault';
import { dampened, type Log, type LogEvent } from './cluster-log';
import { waitFor, type Attempt } from './cluster-waiting';
import type { Settings } from './configuration';
import { TOPICS } from './topic-settings';
import { GLOBAL_TOPICS, ORDERS } from './topics';
import { openWire, type Wire } from './wire';

/** What a process of a cluster talks to; one of each. */
export interface Connections {
  readonly kafka: Kafka;
  readonly reader: Reader;
  readonly names: TopicNames;
  /** Of every topic that is not global. */
  readonly partitions: number;
  readonly wire: Wire;
  readonly redis: RedisConnection;
  /** Ends every wait; nothing is read any more. */
  readonly hurry: () => void;
  readonly close: () => Promise<void>;
}

export type ConnectionSettings = Pick<
  Settings,
  'application' | 'prefix' | 'kafka' | 'registry' | 'redis'
>;

/** Names of the topics of a cluster, without those that the engine has for itself. */
export const namesOf = (prefix: string): TopicNames =>
  topicNames({
    prefix,
    partitioned: TOPICS.flatMap(({ name, role }) =>
      role === 'input' || role === 'output' ? [name] : [],
    ),
    global: [...GLOBAL_TOPICS, ORDERS],
  });

/**
 * Waits until all servers are there, and fit: brokers with all topics, a registry with our schemas, Redis.
 * @returns undefined: it was asked to stop before
 * @throws ClusterFault when a person has to mend something
 */
export async function openConnections(
  settings: ConnectionSettings,
  log: Log,
  signal: AbortSignal,
): Promise<Connections | undefined> {
  const names = namesOf(settings.prefix);
  const told = dampened(log);
  const kafka = connectKafka({
    ...settings.kafka,
    clientId: `${settings.application}@${hostname()}`,
    log: (level, message) => {
      // that is each single try
      if (level !== 'info') told({ level, event: 'kafka', message });
    },
  });
  const registry = connectRegistry(settings.registry);
  const redis = connectRedis({
    ...settings.redis,
    log: (message) => told({ level: 'info', event: 'redis', message }),
  });
  let wire: Wire | undefined;
  const hurry = (): void => wire?.book.close();
  const close = async (): Promise<void> => {
    hurry();
    registry.close();
    redis.close();
    await kafka.close();
  };
  try {
    const admin = kafka.admin();
    const partitions = await waitFor('topics', () => findTopics(admin, names), log, signal);
    if (partitions !== undefined) {
      wire = await openWireOr(settings, registry, log, signal);
      const isThere = await waitFor('redis', () => found(redis.check()), log, signal);
      if (wire !== undefined && isThere !== undefined) {
        await admin.close();
        return { kafka, reader: kafka.reader(), names, partitions, wire, redis, hurry, close };
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  await close();
  return undefined;
}

async function found(check: Promise<void>): Promise<Attempt<true>> {
  await check;
  return { ok: true, value: true };
}

async function openWireOr(
  { prefix }: ConnectionSettings,
  registry: Parameters<typeof openWire>[0]['registry'],
  log: Log,
  ended: AbortSignal,
): Promise<Wire | undefined> {
  let isTold = false;
  const told = (message: string): void => {
    isTold = true;
    log({ level: 'warn', event: 'registry', message });
  };
  try {
    const waiting = (wait: SchemaWait): void => log(schemaWaitEvent(wait));
    const wire = await openWire({ registry, prefix, ended, log: told, waiting });
    if (isTold) log({ level: 'info', event: 'found', what: 'registry' });
    return wire;
  } catch (error) {
    if (ended.aborted) return undefined;
    throw error;
  }
}

/** The id of a schema names nobody. */
function schemaWaitEvent({ ids, topic, leftMs }: SchemaWait): LogEvent {
  if (leftMs === undefined) return { level: 'info', event: 'found', what: 'schema', ids, topic };
  const why = `the registry does not have it: its records wait for up to ${Math.ceil(leftMs / 1000)} s`;
  return { level: 'warn', event: 'waiting', what: 'schema', ids, topic, why };
}

/** How many partitions there are. @throws ClusterFault when topics differ in it */
async function findTopics(admin: Admin, names: TopicNames): Promise<Attempt<number>> {
  const wanted = names.all.map((logical) => ({ logical, ...names.of(logical) }));
  const there = await admin.topics(wanted.map(({ topic }) => topic));
  const counts = new Map(there.map(({ name, partitions }) => [name, partitions]));
  const missing = wanted.filter(({ topic }) => !counts.has(topic)).map(({ topic }) => topic);
  if (missing.length > 0) {
    const why = `missing: ${missing.join(', ')}; make them with 'tidemark topics apply'`;
    return { ok: false, why };
  }
  const countOf = (isGlobal: boolean): Map<number, string[]> => {
    const byCount = new Map<number, string[]>();
    for (const { topic, global } of wanted) {
      if (global !== isGlobal) continue;
      const count = counts.get(topic) ?? 0;
      byCount.set(count, [...(byCount.get(count) ?? []), topic]);
    }
    return byCount;
  };
  const globals = [...countOf(true)].filter(([count]) => count !== 1);
  if (globals.length > 0) throw new ClusterFault(`${listed(globals)}: must have 1 partition`);
  const [one, ...others] = countOf(false);
  if (one === undefined || others.length > 0) {
    throw new ClusterFault(
      `topics differ in their partitions (${listed([...countOf(false)])}): a customer's records would be in different ones. Make them alike, or begin anew under another prefix`,
    );
  }
  return { ok: true, value: one[0] };
}

const listed = (counts: readonly (readonly [number, readonly string[]])[]): string =>
  counts.map(([count, topics]) => `${topics.join(', ')}: ${count}`).join('; ');
