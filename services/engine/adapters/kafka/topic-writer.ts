import { partitionOf } from '../../partitioner';
import type { TopicWriter } from '../../ports';
import type { Producer, Reader } from './kafka';
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

/** Writes records to the partitions of their keys, as Java producers do by default. */
export interface KeyedWriter {
  /** Resolves when all are durable; those of one key in their order. */
  readonly send: (records: readonly KeyedRecord[]) => Promise<void>;
}

/** @param partitions of every topic that is not global */
export function keyedWriter(
  producer: Producer,
  names: TopicNames,
  partitions: number,
): KeyedWriter {
  return {
    send: async (records) => {
      await producer.send(
        records.map(({ topic: logical, key, value }) => {
          const { topic, global } = names.of(logical);
          return { topic, partition: global ? 0 : partitionOf(key, partitions), key, value };
        }),
      );
    },
  };
}
