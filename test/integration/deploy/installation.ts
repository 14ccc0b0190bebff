import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { digest, type Json } from '@tidemark/rating/canonical';
import type { GradeChange, Journal, Rating } from '@tidemark/schemas/records';
import {
  until,
  type KafkaCluster,
  type RedisServer,
  type RegistryServer,
} from '../cluster/servers';
import { WIRE_FORM } from '../faults/forms';
import { readTopics, type Installed } from '../faults/left';
import { end, run, scratchFolder, whenDone, type Running } from '../cluster/processes';
import { workerOf, type Worker } from '../faults/workers';
import type { Kept } from '../faults/evidence';

const BIN = join(__dirname, '../../../services/cli/bin/tidemark.js');
const SECONDS_TO_JOIN = 6;

export interface Servers {
  readonly kafka: KafkaCluster;
  readonly registry: RegistryServer;
  readonly redis: RedisServer;
}

/** Topics of a cluster with a prefix, and what runs on them. */
export interface Installation extends Installed, Servers {
  readonly prefix: string;
  /** What tells a command where it is. */
  readonly where: readonly string[];
  /** A processor, that is not started. @param main of the build that runs; default: ours */
  readonly processor: (name: string, main?: string) => Promise<Worker>;
}

/** With its topics and schemas, without a methodology. @param prefix also the name of its application */
export async function install(
  prefix: string,
  partitions: number,
  servers: Servers,
): Promise<Installation> {
  const { kafka, registry, redis } = servers;
  const at = ['--brokers', kafka.bootstrap, '--registry', registry.url, '--prefix', prefix];
  await done(tidemark(['topics', 'apply', ...at, '--partitions', String(partitions)]));
  const environment = {
    TIDEMARK_KAFKA_BROKERS: kafka.bootstrap,
    TIDEMARK_REGISTRY_URL: registry.url,
    TIDEMARK_REDIS_URL: redis.url,
    TIDEMARK_PREFIX: prefix,
    TIDEMARK_APPLICATION: prefix,
    TIDEMARK_GROUP_SESSION_TIMEOUT_MS: String(SECONDS_TO_JOIN * 1_000),
    TIDEMARK_GROUP_HEARTBEAT_MS: '500',
    TIDEMARK_CHECKPOINT_INTERVAL_MS: '2000',
  };
  return {
    ...servers,
    ...{ prefix, partitions, application: prefix },
    topicOf: (topic) => `${prefix}.${topic}.v1`,
    where: [...at, '--application', prefix],
    processor: (name, main) => workerOf(name, environment, main),
  };
}

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command as people give it, to the end. @param bin of the build that runs; default: ours */
export const tidemark = (args: readonly string[], bin = BIN): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { maxBuffer: 1 << 28 };
    const child = execFile(process.execPath, [bin, ...args], options, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });

/** @throws Error with what it said, when it did not end well */
export async function done(ended: Promise<Ended>): Promise<string> {
  const { code, out, err } = await ended;
  if (code !== 0) throw new Error(`a command ended with ${code}: ${out}${err}`);
  return out;
}

/** A command that goes on until it is ended. Its output goes into a file. */
export function begin(args: readonly string[]): Running {
  const cwd = scratchFolder('command');
  const program = { command: process.execPath, args: [BIN, ...args], cwd, log: join(cwd, 'log') };
  const running = run(program);
  whenDone(() => end(running));
  return running;
}

/** Starts processors of our build, and waits until all of their partitions are live. */
export async function startAll(of: Installation, names: readonly string[]): Promise<Worker[]> {
  const all = await Promise.all(names.map((name) => of.processor(name)));
  await Promise.all(all.map((processor) => processor.start()));
  await until('all are ready', async () =>
    (await Promise.all(all.map(({ isReady }) => isReady()))).every(Boolean),
  );
  return all;
}

export const stopAll = (processors: readonly Worker[]): Promise<(number | null)[]> =>
  Promise.all(processors.map((processor) => processor.stop()));

export const metricsOf = async ({ url }: Worker): Promise<string> =>
  (await fetch(`${url}/metrics`)).text();

/** Records of a topic of all partitions; those of a key in their order. */
async function recordsOf(of: Installation, topic: string): Promise<readonly Kept[]> {
  const read = await readTopics(of, [topic]);
  return [...(read.get(topic)?.values() ?? [])].flat();
}

/** The newest of each customer in the topic of ratings. */
export async function ratingsOf(of: Installation): Promise<ReadonlyMap<string, Rating>> {
  const ratings = new Map<string, Rating>();
  for (const { key, value } of await recordsOf(of, 'ratings')) {
    ratings.set(key, WIRE_FORM.published('ratings', value) as unknown as Rating);
  }
  return ratings;
}

/** What is the same in every installation that has the same facts. */
export const gradesOf = async (of: Installation): Promise<ReadonlyMap<string, string>> =>
  new Map(
    [...(await ratingsOf(of))].map(([key, { grade, basis, rule }]) => [
      key,
      `${grade} ${basis} ${rule}`,
    ]),
  );

/** All grade changes, by customer. */
export async function changesOf(
  of: Installation,
): Promise<ReadonlyMap<string, readonly GradeChange[]>> {
  const changes = new Map<string, GradeChange[]>();
  for (const { key, value } of await recordsOf(of, 'grade-changes')) {
    const change = WIRE_FORM.published('grade-changes', value) as unknown as GradeChange;
    changes.set(key, [...(changes.get(key) ?? []), change]);
  }
  return changes;
}

/** How many changes do not follow on the one before them, by sequence or by hash. */
export function brokenIn(changes: ReadonlyMap<string, readonly GradeChange[]>): number {
  let broken = 0;
  for (const own of changes.values()) {
    own.forEach(({ hash, ...content }, i) => {
      const isNext = content.sequence === i + 1;
      const isAfter = content.previousHash === (own[i - 1]?.hash ?? null);
      const isWhole = hash === digest(content as unknown as Json);
      const isChange = content.previousGrade !== content.grade;
      if (!isNext || !isAfter || !isWhole || !isChange) broken += 1;
    });
  }
  return broken;
}

/** The journal of each partition. */
export async function journalsOf(of: Installation): Promise<readonly (readonly Journal[])[]> {
  const read = (await readTopics(of, ['journal'])).get('journal');
  return Array.from({ length: of.partitions }, (_, partition) =>
    (read?.get(partition) ?? []).map(({ value }) => WIRE_FORM.journal(value)),
  );
}

/**
 * Whether a build has decided about all customers once more: its first record begins a sweep, which is noted
 * until it is done.
 */
export function isSettled(journal: readonly Journal[], build: string): boolean {
  const last = journal.at(-1);
  return last?.build === build && (last.sweep ?? null) === null;
}
