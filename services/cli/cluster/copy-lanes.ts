import type {
  Kafka,
  KafkaRecord,
  ProducedRecord,
  TopicInfo,
  TopicPartition,
} from '@tidemark/engine/adapters/kafka/kafka';
import { kafkaName } from '@tidemark/engine/adapters/kafka/topic-names';
import { partitionOf } from '@tidemark/engine/partitioner';
import { GLOBAL_TOPICS, INPUT_TOPICS } from '@tidemark/processor/topics';
import { UsageFault } from '../exit';

/** An installation: topics of a cluster that begin with a prefix. */
export interface Installation {
  readonly kafka: Kafka;
  readonly prefix: string;
}

/** One partition of the source, and where its records go. */
export interface Lane {
  /** Of its topic, without prefix. */
  readonly logical: string;
  readonly global: boolean;
  readonly from: TopicPartition;
  readonly to: { readonly topic: string; readonly partitions: number };
  /** All before it is in the target. */
  next: number;
}

/**
 * What a new installation is filled from. Orders are not among them: they name places in the source, where
 * the target has other records.
 */
const COPIED_TOPICS: readonly string[] = [...GLOBAL_TOPICS, ...INPUT_TOPICS];

export interface Way {
  readonly lanes: readonly Lane[];
  /** Id of the cluster of the source. */
  readonly cluster: string;
}

/**
 * All lanes from one installation to another, those of global topics first.
 * @throws UsageFault when one of them lacks topics, both are the same, or the target has fewer partitions
 */
export async function lanesBetween(source: Installation, target: Installation): Promise<Way> {
  const [from, to] = await Promise.all([lookAt(source), lookAt(target)]);
  if (from.cluster === to.cluster && source.prefix === target.prefix) {
    throw new UsageFault(
      `source and target are the same topics, ${source.prefix}.*: name others with --to-prefix or --to-brokers`,
    );
  }
  const lanes = COPIED_TOPICS.flatMap((logical) => {
    const read = topicOf(from.topics, source.prefix, logical);
    const written = topicOf(to.topics, target.prefix, logical);
    if (written.partitions < read.partitions) {
      throw new UsageFault(
        `${written.name} has ${written.partitions} partitions, ${read.name} has ${read.partitions}: the target needs at least as many`,
      );
    }
    return Array.from({ length: read.partitions }, (_, partition): Lane => ({
      ...{ logical, global: GLOBAL_TOPICS.includes(logical), next: 0 },
      from: { topic: read.name, partition },
      to: { topic: written.name, partitions: written.partitions },
    }));
  });
  return { lanes, cluster: from.cluster };
}

async function lookAt({
  kafka,
  prefix,
}: Installation): Promise<{ readonly cluster: string; readonly topics: readonly TopicInfo[] }> {
  const admin = kafka.admin();
  try {
    const { id } = await admin.cluster();
    const names = COPIED_TOPICS.map((logical) => kafkaName(prefix, logical));
    return { cluster: id, topics: await admin.topics(names) };
  } finally {
    await admin.close();
  }
}

function topicOf(topics: readonly TopicInfo[], prefix: string, logical: string): TopicInfo {
  const name = kafkaName(prefix, logical);
  const found = topics.find((topic) => topic.name === name);
  if (found !== undefined) return found;
  throw new UsageFault(
    `there is no topic ${name}: create it with 'tidemark topics apply --prefix ${prefix}', or check the prefix`,
  );
}

/**
 * A record as it goes to the target: all of it as it was, in the partition that its key has there. One
 * without a key keeps the number of its partition.
 */
export function copyOf({ from, to }: Lane, record: KafkaRecord): ProducedRecord {
  const { key, value, headers, timestamp } = record;
  return {
    topic: to.topic,
    partition: key === undefined ? from.partition : partitionOf(key, to.partitions),
    key: key ?? null,
    // no value and an empty one are the same to a reader, and only the former is ever written
    value: value.byteLength === 0 ? null : value,
    ...(headers === undefined || headers.length === 0 ? {} : { headers }),
    timestamp,
  };
}

/** Where the target's group of the copy notes how far a lane is. */
export const noteOf = ({ from, to }: Lane): TopicPartition => ({
  topic: to.topic,
  partition: from.partition,
});
