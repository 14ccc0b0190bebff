import type { Headers, LogRecord, TopicLog } from '../../ports';
import type { Header, KafkaRecord, Reader, TopicPartition } from './kafka';
import type { TopicNames } from './topic-names';

/** A log that gives back the buffers of its topics. The reader stays open. */
export type KafkaTopicLog = TopicLog & { readonly close: () => Promise<void> };

/**
 * The topics of one partition, by their logical names; of global topics, partition 0. Values are parts of
 * larger buffers: whoever keeps one for long copies it.
 * @param headers names of those that records are given with
 */
export function kafkaTopicLog(
  reader: Reader,
  names: TopicNames,
  partition: number,
  headers: readonly string[] = [],
): KafkaTopicLog {
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
      const some = { ...limit, keys: false, headers: headers.length > 0 };
      const { records, next } = await view.read(placeOf(topic), from, some);
      return { next, records: records.map((record) => logRecordOf(record, headers)) };
    },
    changed: (positions, waitMs) =>
      view.changed(
        [...positions].map(([topic, from]) => ({ ...placeOf(topic), from })),
        waitMs,
      ),
    close: view.close,
  };
}

function logRecordOf(
  { offset, value, timestamp, headers }: KafkaRecord,
  wanted: readonly string[],
): LogRecord {
  const record = { offset, value, appendedAt: timestamp };
  if (headers === undefined) return record;
  const found = headers.filter(({ name }) => wanted.includes(name));
  return found.length === 0 ? record : { ...record, headers: textsOf(found) };
}

/** Of several of one name the last counts. */
const textsOf = (headers: readonly Header[]): Headers =>
  Object.fromEntries(
    headers.map(({ name, value }) => [name, Buffer.from(value ?? EMPTY).toString('utf8')]),
  );

const EMPTY = new Uint8Array(0);
