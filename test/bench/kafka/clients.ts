import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { scratchFolder } from '../../integration/cluster/processes';
import type { Profiled } from '../profile';
import { committedBy, createTopics } from './broker-tools';
import { spawnProgram, together, type Client, type Processes } from './client-process';
import { CHANGE_SCHEMA_FILE, FOLDER, TABLE_FILE } from './scoring-machine';

/** Where a client reads and writes. */
export interface Place {
  readonly brokers: string;
  readonly admin: Admin;
  /** The topic of events. */
  readonly input: string;
  /** The topic of grade changes. */
  readonly output: string;
  /** Names the group, own topics and ids: another one for each run. */
  readonly application: string;
}

const PEER = join(FOLDER, '../peers/kafka-streams');
const INPUT_SCHEMA_FILE = join(FOLDER, '../../../schemas/events/transaction.avsc');

/** Compiles the peer and fetches what it needs. @throws Error with what Maven says */
export function buildPeer(): void {
  const { status, stdout } = spawnSync('mvn', ['-q', '-B', 'package'], {
    cwd: PEER,
    encoding: 'utf8',
  });
  if (status !== 0 || !existsSync(join(PEER, 'target/peer.jar'))) {
    throw new Error(`the Kafka Streams peer cannot be built:\n${stdout.slice(-2_000)}`);
  }
}

export interface PeerSettings {
  readonly threads: number;
  /** Of the record cache before RocksDB; 0: none. */
  readonly cacheBytes: number;
}

/** Each application has a folder of its own in it, found again by the next start. */
let rocksFolder: string | undefined;

/** The same work in Kafka Streams, exactly_once_v2 with RocksDB. */
export function startPeer(place: Place, settings: PeerSettings): Client {
  const { threads, cacheBytes } = settings;
  rocksFolder ??= scratchFolder('bench-rocksdb');
  const options = {
    brokers: place.brokers,
    input: place.input,
    output: place.output,
    application: place.application,
    table: TABLE_FILE,
    'input-schema': INPUT_SCHEMA_FILE,
    'output-schema': CHANGE_SCHEMA_FILE,
    'state-dir': rocksFolder,
    threads: String(threads),
    'cache-bytes': String(cacheBytes),
  };
  const running = spawnProgram({
    name: 'streams',
    command: 'java',
    args: [
      ...['-Xmx2g', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'],
      ...['-cp', `${join(PEER, 'target/peer.jar')}:${join(PEER, 'target/lib/*')}`],
      'io.tidemark.bench.ScoringPeer',
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    ],
  });
  return committing('Kafka Streams', together([running]), place);
}

export interface OurSettings {
  readonly redis: string;
  /** Its main thread is profiled, which slows it down. */
  readonly profile?: boolean;
  /** Among which the partitions are divided; default 1. */
  readonly processes?: number;
}

/** What a running client of ours says of itself. */
export interface OurStatus {
  /** All partitions take new input. */
  readonly live: boolean;
  /** States that are not in the checkpoint yet. */
  readonly dirty: number;
  readonly keys: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** The simple scoring in the engine, over its adapters for Kafka and Redis. */
export async function startOurs(
  place: Place,
  { redis, profile = false, processes = 1 }: OurSettings,
): Promise<Client> {
  const { admin, application, brokers, input } = place;
  const own = (name: string): string => `${application}.${name}.v1`;
  const known = new Set(await admin.listTopics());
  const topics = [
    { name: own('journal'), config: { 'message.timestamp.type': 'LogAppendTime' } },
    { name: own('checkpoints'), config: { 'cleanup.policy': 'compact' } },
    { name: own('dead-letters') },
  ];
  await createTopics(
    admin,
    topics.filter(({ name }) => !known.has(name)),
  );
  const running = Array.from({ length: processes }, (_, number) =>
    spawnProgram({
      name: 'engine',
      command: process.execPath,
      args: [
        join(__dirname, 'scoring-client.js'),
        ...['--brokers', brokers, '--redis', redis, '--input', input, '--application', application],
        ...['--process', String(number), '--processes', String(processes)],
        ...(profile ? ['--profile'] : []),
      ],
    }),
  );
  return committing('Tidemark', together(running), place);
}

/** The last thing that it has said; undefined: nothing yet. */
export function statusOf({ running }: Client): OurStatus | undefined {
  const line = running
    .said()
    .split('\n')
    .findLast((text) => text.startsWith('{"live"'));
  return line === undefined ? undefined : (JSON.parse(line) as OurStatus);
}

/** Of a client that has ended and was profiled. @throws Error when it wrote none */
export function profileOf({ name, running }: Client): Profiled {
  const line = running
    .said()
    .split('\n')
    .findLast((text) => text.startsWith('{"profile"'));
  if (line === undefined) throw new Error(`${name} has written no profile`);
  return (JSON.parse(line) as { readonly profile: Profiled }).profile;
}

/** The ceiling of kafkajs; it says itself how far it is. */
export function startConsumer({ brokers, input, application }: Place): Client {
  const consumer = spawnProgram({
    name: 'consume',
    command: process.execPath,
    args: [
      join(__dirname, 'consume-client.js'),
      ...['--brokers', brokers, '--topic', input, '--group', application],
    ],
  });
  const done = async (): Promise<number> => Number(consumer.said().trim().split('\n').at(-1) ?? 0);
  const running = together([consumer]);
  return { name: 'kafkajs, consume and decode', running, done };
}

/** A client that commits offsets in its transactions: they say what is done for good. */
export function committing(
  name: string,
  running: Processes,
  { admin, application, input }: Place,
): Client {
  return { name, running, done: () => committedBy(admin, application, input) };
}
