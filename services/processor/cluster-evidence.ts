import { DEAD_LETTERS } from '@tidemark/engine/dead-letter';
import type { Reader } from '@tidemark/engine/adapters/kafka/kafka';
import { readOnlyPartition } from '@tidemark/engine/adapters/kafka/kafka-ports';
import type { TopicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import { newAllowance } from '@tidemark/engine/adapters/registry/allowance';
import { schemaIdOf } from '@tidemark/engine/adapters/registry/frame';
import { replayAsOf } from '@tidemark/engine/as-of';
import { sha256 } from '@tidemark/engine/journal';
import { partitionOf } from '@tidemark/engine/partitioner';
import type { TopicLog } from '@tidemark/engine/ports';
import type { Identity, PublishedOptions, PublishedTopic } from '@tidemark/engine/published';
import { verify, type Evidence, type Verification } from '@tidemark/engine/verify';
import { described, type PublishedRecord } from '@tidemark/rating/customer-machine';
import type { RecordKind } from '@tidemark/schemas/avro';
import type {
  DeadLetter,
  GradeChange,
  Rating,
  Restricted,
  ReviewTask,
} from '@tidemark/schemas/records';
import type { CustomerAsOf } from './evidence';
import { TOPICS } from './topic-settings';
import type { Wire } from './wire';
import { wireLog } from './wire-log';
import { overWire } from './wire-machine';

/** What is looked at: nothing is written, no group is joined, no owner is disturbed. */
export interface ClusterLook {
  readonly reader: Reader;
  readonly names: TopicNames;
  readonly partitions: number;
  readonly wire: Wire;
}

const CACHE_KEYS = 50_000;
const FAULTS_MAX = 100;
/**
 * Who decided about these records has waited for their schemas already: what the registry had then it has
 * now, but for a node of it that comes a moment later.
 */
const MISSING_MS = 1_000;
/** The markers of a transaction reach its partitions one after the other. */
const LAG_MS = 2_000;

const OUTPUTS = TOPICS.filter(({ role }) => role === 'output');

async function withEvidence<T>(
  { reader, names, wire }: ClusterLook,
  partition: number,
  look: (evidence: Evidence) => Promise<T>,
): Promise<T> {
  const { frame } = wire;
  const { topics, ledger, close } = readOnlyPartition({ reader, names, partition, frame });
  try {
    const inputs = wireLog(topics, wire.book, newAllowance(MISSING_MS));
    // outputs are read through it too: what another build has published is decoded
    return await look({ inputs, ledger, outputs: inputs });
  } finally {
    await close();
  }
}

/**
 * Runs the whole journal of one partition again and compares it with what was published; workers may go
 * on meanwhile.
 * @throws PositionGone, PartitionStopped when what a replay needs is not there any more
 */
export const verifyClusterPartition = (
  cluster: ClusterLook,
  partition: number,
  progress: (records: number) => void,
): Promise<Verification> =>
  withEvidence(cluster, partition, async (evidence) => {
    const topics = await publishedTopics(evidence.outputs);
    const identify: PublishedOptions['identify'] = (topic, value) =>
      identityIn(cluster, topic, value);
    return verify(overWire(cluster.wire), evidence, {
      partition,
      cacheKeys: CACHE_KEYS,
      progress,
      faultsMax: FAULTS_MAX,
      published: { topics, identify, lagMs: LAG_MS },
    });
  });

/** As they stand before the journal is read: it names all that stands there now. */
async function publishedTopics(outputs: TopicLog): Promise<ReadonlyMap<string, PublishedTopic>> {
  const found = new Map<string, PublishedTopic>();
  for (const { name, compacted = false } of OUTPUTS) {
    const { next: end } = await outputs.bounds(name);
    // what is refused at the door of the HTTP interface goes to the dead letters too
    found.set(name, { compacted, shared: name === DEAD_LETTERS, end });
  }
  return found;
}

const KINDS = new Map(OUTPUTS.map(({ name, kind }) => [name, kind]));

function identityIn(
  { wire, names }: ClusterLook,
  topic: string,
  value: Uint8Array,
): Identity | undefined {
  const kind = KINDS.get(topic);
  const id = schemaIdOf(value);
  // one that the log has not settled is no record of ours
  if (kind === undefined || id === undefined || wire.book.get(id) === undefined) return undefined;
  const read = wire.read(kind, value);
  return read.ok ? identityOf(kind, read.value, names) : undefined;
}

/** @param record in JSON form, by its schema */
function identityOf(kind: RecordKind, record: unknown, names: TopicNames): Identity | undefined {
  const text = JSON.stringify(record);
  switch (kind) {
    case 'dead-letter': {
      const { source, code }: DeadLetter = JSON.parse(text);
      if (!('topic' in source)) return undefined;
      const topic = names.logical(source.topic) ?? source.topic;
      return { digest: sha256(`${topic}@${source.offset}:${code}`) };
    }
    case 'grade-change': {
      const change: GradeChange = JSON.parse(text);
      return identityAs({ kind, record: change });
    }
    case 'rating': {
      const rating: Rating = JSON.parse(text);
      return identityAs({ kind, record: rating });
    }
    case 'review-task': {
      const task: ReviewTask = JSON.parse(text);
      return identityAs({ kind, record: task });
    }
    case 'restricted': {
      const full: Restricted = JSON.parse(text);
      return identityAs({ kind, record: full });
    }
    default:
      return undefined;
  }
}

function identityAs(published: PublishedRecord): Identity {
  const { institution, customer } = published.record;
  return { key: `${institution}:${customer}`, digest: sha256(described(published).named) };
}

/**
 * What was known of a customer at a time, and what had been published.
 * @param asOf UTC milliseconds
 */
export function clusterCustomerAsOf(
  cluster: ClusterLook,
  customer: { readonly institution: string; readonly customer: string },
  asOf: number,
  progress: (records: number) => void,
): Promise<CustomerAsOf> {
  const key = `${customer.institution}:${customer.customer}`;
  const partition = partitionOf(key, cluster.partitions);
  return withEvidence(cluster, partition, (evidence) =>
    replayAsOf(overWire(cluster.wire), evidence, { partition, key, asOf }, progress),
  );
}
