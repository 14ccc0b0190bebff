import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encode } from '@tidemark/schemas/avro';
import { shippedDocument, shippedFramework } from '../../support/methodologies';
import type { KafkaCluster } from '../cluster/kafka-server';
import { startKafka, startRedis, startRegistry, proxyTo, uniqueName } from '../cluster/servers';
import type { Proxy, RedisServer, RegistryServer } from '../cluster/servers';
import { onWire, TOPIC_OF_INPUT } from './forms';
import { producersFor, type Producers } from './producers';
import { followJournal, type Progress } from './progress';
import { workerOf, type Environment, type Worker } from './workers';

/** Servers and workers, each worker with a network of its own that can be made to fail. */
export interface World {
  readonly partitions: number;
  readonly application: string;
  readonly topicOf: (topic: string) => string;
  readonly kafka: KafkaCluster;
  readonly registry: RegistryServer;
  readonly redis: RedisServer;
  readonly nodes: readonly Node[];
  /** A worker that is not started: it joins later. */
  readonly guest: Node;
  readonly producers: Producers;
  readonly schemas: ReadonlyMap<string, number>;
  readonly progress: Progress;
}

export interface Node {
  readonly worker: Worker;
  /** To each of the brokers. */
  readonly toKafka: readonly Proxy[];
  readonly toRedis: Proxy;
  readonly toRegistry: Proxy;
}

export const PARTITIONS = 6;
export const WORKERS = 3;
/** A worker that is not heard of for so long loses its partitions. */
export const SESSION_MS = 6_000;
const BIN = join(__dirname, '../../../services/cli/bin/tidemark.js');
const METHODOLOGY = 'cn-aml-bank';

/** @param environment of the workers, besides what the world gives them */
export async function startWorld(environment: Environment = {}): Promise<World> {
  const [kafka, registry, redis] = await Promise.all([
    startKafka({ brokers: 3, own: true, routes: WORKERS + 1 }),
    startRegistry({ own: true }),
    startRedis({ own: true }),
  ]);
  const prefix = uniqueName('faults');
  const topicOf = (topic: string): string => `${prefix}.${topic}.v1`;
  await applyTopics(kafka.bootstrap, registry.url, prefix);
  const schemas = await schemaIds(registry.url, topicOf);
  const producers = producersFor(kafka.bootstrap, topicOf, 'feeds');
  await publishMethodology(producers, schemas);
  const nodes = await Promise.all(
    kafka.routes.map(async ({ bootstrap, proxies }, at): Promise<Node> => {
      const toRedis = await proxyTo('127.0.0.1', redis.port);
      const toRegistry = await proxyTo('127.0.0.1', registry.port);
      const registryPath = new URL(registry.url).pathname;
      const worker = await workerOf(`worker-${at + 1}`, {
        TIDEMARK_KAFKA_BROKERS: bootstrap,
        TIDEMARK_REGISTRY_URL: `http://127.0.0.1:${toRegistry.port}${registryPath}`,
        TIDEMARK_REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
        TIDEMARK_PREFIX: prefix,
        TIDEMARK_APPLICATION: prefix,
        TIDEMARK_GROUP_SESSION_TIMEOUT_MS: String(SESSION_MS),
        TIDEMARK_GROUP_HEARTBEAT_MS: '500',
        TIDEMARK_CHECKPOINT_INTERVAL_MS: '5000',
        // few: most states are read back from Redis when they are wanted
        TIDEMARK_CACHE_CUSTOMERS: '200',
        ...environment,
      });
      return { worker, toKafka: proxies, toRedis, toRegistry };
    }),
  );
  const own = nodes.slice(0, WORKERS);
  const [guest] = nodes.slice(WORKERS);
  if (guest === undefined) throw new Error('there is no guest');
  await Promise.all(own.map(({ worker }) => worker.start()));
  const progress = followJournal(kafka.bootstrap, topicOf('journal'), PARTITIONS);
  await progress.allMoveAfter(0, 120_000);
  return {
    ...{ partitions: PARTITIONS, application: prefix, topicOf, kafka, registry, redis },
    ...{ nodes: own, guest, producers, schemas, progress },
  };
}

export const tidemark = (args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, [BIN, ...args]);

async function applyTopics(brokers: string, registry: string, prefix: string): Promise<void> {
  await tidemark([
    ...['topics', 'apply', '--brokers', brokers, '--registry', registry, '--prefix', prefix],
    ...['--partitions', String(PARTITIONS), '--replicas', '3'],
  ]);
}

/** Ids of the schemas that are written with, by topic. */
export async function schemaIds(
  registry: string,
  topicOf: (topic: string) => string,
): Promise<ReadonlyMap<string, number>> {
  const topics = [...Object.values(TOPIC_OF_INPUT), 'methodologies'];
  return new Map(
    await Promise.all(
      topics.map(async (topic): Promise<[string, number]> => {
        const answer = await fetch(`${registry}/subjects/${topicOf(topic)}-value/versions/latest`);
        const { id } = (await answer.json()) as { readonly id: number };
        return [topic, id];
      }),
    ),
  );
}

async function publishMethodology(
  { send }: Producers,
  schemas: ReadonlyMap<string, number>,
): Promise<void> {
  const document = shippedDocument(METHODOLOGY);
  const { id, version, framework } = document;
  const bytes = encode('methodology', {
    ...{ id, version, activateAt: 0, document: JSON.stringify(document) },
    ...(framework === undefined ? {} : { framework: JSON.stringify(shippedFramework(framework)) }),
  });
  const value = onWire(schemas.get('methodologies') ?? 0, bytes);
  await send([{ topic: 'methodologies', partition: 0, key: `${id}@${version}`, value }]);
}
