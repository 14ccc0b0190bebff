import { execFile } from 'node:child_process';

/**
 * The second client, which is not ours: librdkafka. What it reads under `read_committed` is what any
 * subscriber would read.
 */
export interface SecondRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | undefined;
  /** Undefined: a tombstone. */
  readonly value: Buffer | undefined;
}

const READ_MAX_BYTES = 2_000_000_000;

function kcat(args: readonly string[], input?: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { encoding: 'buffer' as const, maxBuffer: READ_MAX_BYTES };
    const child = execFile('kcat', [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`kcat: ${stderr.toString('utf8').slice(-500)}`));
    });
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/**
 * All committed records of a topic, or of one partition of it, up to its last stable offset.
 * @param from as kcat has it; -20: those among the last 20 offsets of each partition
 */
export async function readCommitted(
  bootstrap: string,
  topic: string,
  partition?: number,
  from: number | 'beginning' = 'beginning',
): Promise<SecondRecord[]> {
  const bytes = await kcat([
    ...['-C', '-b', bootstrap, '-t', topic, '-o', String(from), '-e', '-q'],
    ...(partition === undefined ? [] : ['-p', String(partition)]),
    ...['-X', 'isolation.level=read_committed', '-X', 'check.crcs=true'],
    // it ends at an answer without records: of a topic that is written all the time a longer wait has none
    ...['-X', 'fetch.wait.max.ms=10'],
    // lengths go before contents: these are binary
    ...['-f', '%p %o %K %S\n%k%s'],
  ]);
  return parsed(bytes);
}

function parsed(bytes: Buffer): SecondRecord[] {
  const records: SecondRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const line = bytes.indexOf(10, at);
    const [partition = NaN, offset = NaN, keyBytes = NaN, valueBytes = NaN] = bytes
      .toString('latin1', at, line)
      .split(' ')
      .map(Number);
    const key = line + 1;
    const value = key + Math.max(keyBytes, 0);
    at = value + Math.max(valueBytes, 0);
    records.push({
      partition,
      offset,
      key: keyBytes < 0 ? undefined : bytes.subarray(key, value),
      value: valueBytes < 0 ? undefined : bytes.subarray(value, at),
    });
  }
  return records;
}

interface Metadata {
  readonly brokers: readonly { readonly id: number }[];
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions?: readonly {
      readonly partition: number;
      readonly leader: number;
      readonly replicas: readonly unknown[];
      readonly isrs: readonly unknown[];
    }[];
  }[];
}

async function metadataOf(bootstrap: string, args: readonly string[]): Promise<Metadata> {
  const bytes = await kcat(['-L', '-J', '-m', '5', '-b', bootstrap, ...args]);
  return JSON.parse(bytes.toString('utf8')) as Metadata;
}

/** Ids of the brokers that the cluster has just now; none while it cannot be asked. */
export async function brokersSeen(bootstrap: string): Promise<number[]> {
  try {
    return (await metadataOf(bootstrap, [])).brokers.map(({ id }) => id);
  } catch {
    return [];
  }
}

/** Whether no replica of any topic is behind: only then another broker can lead when one is lost. */
export async function isInSync(bootstrap: string): Promise<boolean> {
  const { topics } = await metadataOf(bootstrap, []);
  return topics.every(({ partitions = [] }) =>
    partitions.every(({ replicas, isrs }) => isrs.length === replicas.length),
  );
}

/** The brokers that lead the partitions of a topic, by partition; undefined while there is none. */
export async function leadersOf(
  bootstrap: string,
  topic: string,
): Promise<readonly (number | undefined)[]> {
  const { topics } = await metadataOf(bootstrap, ['-t', topic]);
  const leaders: (number | undefined)[] = [];
  for (const { partition, leader } of topics.find((one) => one.topic === topic)?.partitions ?? []) {
    leaders[partition] = leader < 0 ? undefined : leader;
  }
  return leaders;
}

export const leaderOf = async (
  bootstrap: string,
  topic: string,
  partition: number,
): Promise<number | undefined> => (await leadersOf(bootstrap, topic))[partition];

/** The broker that coordinates a group or a transactional id, given how many partitions its topic has. */
export function coordinatorOf(
  bootstrap: string,
  kind: 'group' | 'transaction',
  id: string,
  partitions: number,
): Promise<number | undefined> {
  // as Java hashes a text
  let hash = 0;
  for (let at = 0; at < id.length; at += 1) hash = (Math.imul(hash, 31) + id.charCodeAt(at)) | 0;
  const topic = kind === 'group' ? '__consumer_offsets' : '__transaction_state';
  return leaderOf(bootstrap, topic, (hash & 0x7fffffff) % partitions);
}

/** Writes lines `key<TAB>value` by librdkafka; `settings` are its own (`topic.partitioner=...`). */
export async function produceLines(
  bootstrap: string,
  topic: string,
  lines: readonly string[],
  settings: readonly string[] = [],
): Promise<void> {
  const options = settings.flatMap((setting) => ['-X', setting]);
  const args = ['-P', '-b', bootstrap, '-t', topic, '-K', '\t', ...options];
  await kcat(args, Buffer.from(lines.map((line) => `${line}\n`).join('')));
}

/** Writes one record with headers by librdkafka. */
export async function produceWith(
  bootstrap: string,
  {
    topic,
    partition,
    key,
  }: { readonly topic: string; readonly partition: number; readonly key: string },
  headers: Readonly<Record<string, string>>,
  value: Uint8Array,
): Promise<void> {
  const beside = Object.entries(headers).flatMap(([name, text]) => ['-H', `${name}=${text}`]);
  // a delimiter that no record holds: all of the input is one
  const whole = ['-D', 'no record holds this', '-k', key, '-p', String(partition)];
  await kcat(['-P', '-b', bootstrap, '-t', topic, ...whole, ...beside], value);
}

/** The headers of all committed records of a topic, as librdkafka writes them: `name=value,name=value`. */
export async function headersIn(bootstrap: string, topic: string): Promise<string[]> {
  const bytes = await kcat([
    ...['-C', '-b', bootstrap, '-t', topic, '-o', 'beginning', '-e', '-q'],
    ...['-X', 'isolation.level=read_committed', '-f', '%h\n'],
  ]);
  return bytes.toString('utf8').split('\n').slice(0, -1);
}
