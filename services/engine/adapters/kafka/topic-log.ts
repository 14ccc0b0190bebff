import type { TopicLog } from '../../ports';
import type { Reader, TopicPartition } from './kafka';
import type { TopicNames } from './topic-names';

/** A log that gives back the buffers of its topics. The reader stays open. */
export type KafkaTopicLog = TopicLog & { readonly close: () => Promise<void> };

/**
 * The topics of one partition, by their logical names; of global topics, partition 0. Values are parts of
 * larger buffers: whoever keeps one for long copies it.
 */
export function kafkaTopicLog(reader: Reader, names: TopicNames, partition: number): KafkaTopicLog {
  // partitions of one process read the global topics from different places
  const view = reader.view();
  const places = new Map<string, TopicPartition>();

  function placeOf(logical: string): TopicPartition {
    const known = places.get(logical);
    if (known !== undefined) return known;
    const { topic, global } = names.of(logical);
    const place = { topic, partition: global ? 0 : partition };
    places.set(logical, place);
    return place;
  }

  return {
    bounds: async (topic) => view.bounds(placeOf(topic)),
    read: async (topic, from, limit) => {
      const { records, next } = await view.read(placeOf(topic), from, { ...limit, keys: false });
      return {
        next,
        records: records.map(({ offset, value, timestamp }) => ({
          offset,
          value,
          appendedAt: timestamp,
        })),
      };
    },
    changed: (positions, waitMs) =>
      view.changed(
        [...positions].map(([topic, from]) => ({ ...placeOf(topic), from })),
        waitMs,
      ),
    close: view.close,
  };
}
