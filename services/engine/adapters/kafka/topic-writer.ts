import { partitionOf } from '../../partitioner';
import type { TopicWriter } from '../../ports';
import type { ProducedRecord, Producer, Reader } from './kafka';
import type { TopicNames } from './topic-names';

/**
 * Writes to the topics of one partition, without keys.
 * @param reader tells where a topic ends when nothing is appended
 */
export function kafkaTopicWriter(
  producer: Producer,
  reader: Reader,
  names: TopicNames,
  partition: number,
): TopicWriter {
  return {
    append: async (logical, values) => {
      const { topic, global } = names.of(logical);
      const at = { topic, partition: global ? 0 : partition };
      if (values.length === 0) return (await reader.bounds(at)).next;
      // who appends may use its buffers again before its turn has come
      const records = values.map((value) => ({ ...at, key: null, value: new Uint8Array(value) }));
      const first = (await producer.send(records)).get(`${topic}/${at.partition}`);
      if (first === undefined) throw new Error(`nothing was written to ${topic}`);
      reader.expect(at, first + values.length);
      return first;
    },
  };
}

export interface KeyedRecord {
  /** The logical name of a topic. */
  readonly topic: string;
  /** `institution:customer`. */
  readonly key: string;
  readonly value: Uint8Array;
}

/**
 * A record on its way to the partition of its key, as Java producers choose it by default.
 * @param partitions of every topic that is not global
 */
export function keyedRecord(
  names: TopicNames,
  partitions: number,
  { topic: logical, key, value }: KeyedRecord,
): ProducedRecord {
  const { topic, global } = names.of(logical);
  return { topic, partition: global ? 0 : partitionOf(key, partitions), key, value };
}
