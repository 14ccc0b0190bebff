import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { connectKafka } from '@tidemark/engine/adapters/kafka/kafkajs/kafka-client';
import { kafkaPartition } from '@tidemark/engine/adapters/kafka/kafka-ports';
import type { JournalFrame } from '@tidemark/engine/adapters/kafka/ledger';
import { topicNames, type TopicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import { connectRedis } from '@tidemark/engine/adapters/redis/connection';
import { redisStates } from '@tidemark/engine/adapters/redis/states';
import { DEFAULTS, type PartitionOptions } from '@tidemark/engine/options';
import type { Clock } from '@tidemark/engine/ports';
import { runPartition, type PartitionStatus } from '@tidemark/engine/runner';
import { sharesOf, startProfile } from '../profile';
import { PARTITIONS } from './broker-tools';
import { framed, unframed } from './events';
import { clientOwner } from './profiling';
import { scoringMachine } from './scoring-machine';

/**
 * The simple scoring in the engine, one process or one of several among which the partitions are divided:
 * the real runner over the real adapters.
 * Partitions are assigned by hand and nothing asks a registry, as in the peer. Writes its status, a line
 * of JSON now and then; SIGTERM ends it cleanly.
 */
const STATUS_MS = 100;
const INPUT = 'transactions';
const JOURNAL_SCHEMA_ID = 2;

const clock: Clock = { now: Date.now, pause: (ms) => pause(ms) };

const frame: JournalFrame = {
  wrap: (bytes) => framed(JOURNAL_SCHEMA_ID, bytes),
  open: (value) => Promise.resolve(unframed(value)),
};

/** The names of one run, but for the input, which all runs share. */
function namesOf(application: string, input: string): TopicNames {
  const partitioned = [INPUT, 'grade-changes', 'dead-letters'];
  const names = topicNames({ prefix: application, partitioned, global: [] });
  const of: TopicNames['of'] = (logical) =>
    logical === INPUT ? { topic: input, global: false } : names.of(logical);
  return { ...names, of };
}

interface Arguments {
  readonly brokers: string;
  readonly redis: string;
  readonly input: string;
  readonly application: string;
  /** Number of this process, and of all. */
  readonly process: string;
  readonly processes: string;
  /** Profiles the main thread, and writes the shares at the end. */
  readonly profile: boolean;
}

async function run(arguments_: Arguments): Promise<void> {
  const { brokers, redis, input, application, profile } = arguments_;
  const log = (...words: readonly string[]): void =>
    void process.stderr.write(`${words.join(' ')}\n`);
  const kafka = connectKafka({ brokers: brokers.split(','), clientId: application, log });
  const connection = connectRedis({ urls: [redis], log });
  const reader = kafka.reader();
  const names = namesOf(application, input);
  const { generation } = DEFAULTS;
  const machine = scoringMachine();
  const running = partitionsOf(arguments_).map((partition) => {
    const place = { application, generation, partition };
    const own = kafkaPartition({ ...place, kafka, reader, names, group: application, frame });
    const states = redisStates({ ...place, connection });
    const { topics: inputs, ledger, checkpoints } = own;
    const ports = { inputs, ledger, checkpoints, states, clock };
    return { own, handle: runPartition(machine, ports, optionsOf(application, partition)) };
  });
  const statuses = (): readonly PartitionStatus[] => running.map(({ handle }) => handle.status());
  const timer = setInterval(() => tell(statuses()), STATUS_MS);
  const stopProfile = profile ? startProfile() : undefined;
  const stop = async (): Promise<void> => {
    const found = stopProfile?.();
    if (found !== undefined) {
      process.stdout.write(`${JSON.stringify({ profile: sharesOf(found, clientOwner) })}\n`);
    }
    await Promise.all(running.map(({ handle }) => handle.stop()));
    clearInterval(timer);
    await Promise.all(running.map(({ own }) => own.close()));
    await kafka.close();
    connection.close();
  };
  process.once('SIGTERM', () => void stop());
  await Promise.all(running.map(({ handle }) => handle.done)).catch((error: unknown) => {
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  });
}

const partitionsOf = ({ process: own, processes }: Arguments): number[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => partition).filter(
    (partition) => partition % Number(processes) === Number(own),
  );

const optionsOf = (application: string, partition: number): PartitionOptions => ({
  ...DEFAULTS,
  application,
  partition,
  partitions: PARTITIONS,
  owner: `bench ${process.pid}`,
  inputTopics: [INPUT],
  globalTopics: [],
});

function tell(statuses: readonly PartitionStatus[]): void {
  const counts: Record<string, number> = {};
  for (const status of statuses) {
    for (const [name, n] of Object.entries(status.counts)) counts[name] = (counts[name] ?? 0) + n;
  }
  const sum = (of: (status: PartitionStatus) => number): number =>
    statuses.reduce((total, status) => total + of(status), 0);
  const status = {
    live: statuses.every(({ phase }) => phase === 'live'),
    dirty: sum(({ dirty }) => dirty),
    keys: sum(({ keys }) => keys),
    counts,
  };
  process.stdout.write(`${JSON.stringify(status)}\n`);
}

const text = { type: 'string', default: '' } as const;
const { values } = parseArgs({
  options: {
    ...{ brokers: text, redis: text, input: text, application: text },
    process: { type: 'string', default: '0' },
    processes: { type: 'string', default: '1' },
    profile: { type: 'boolean', default: false },
  },
});
void run(values);
