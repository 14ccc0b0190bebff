import type { Producer } from '@tidemark/engine/adapters/kafka/kafka';
import type { TopicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import type { LogRecord, TopicLog, TopicWriter } from '@tidemark/engine/ports';
import { TOPICS } from '@tidemark/processor/topic-settings';
import type { Wire } from '@tidemark/processor/wire';
import { wireLog } from '@tidemark/processor/wire-log';
import type { RecordKind } from '@tidemark/schemas/avro';
import type { MethodologyVersion } from '@tidemark/schemas/records';

const KINDS = new Map(TOPICS.map(({ name, kind }) => [name, kind]));

/**
 * A log of a cluster with its records as JSON, as the topics of a data directory hold them. What cannot
 * be decoded is given as it is: it is no JSON either, and refused as that.
 */
export function jsonLog(log: TopicLog, wire: Wire): TopicLog {
  const settled = wireLog(log, wire.book);
  return {
    ...settled,
    read: async (topic, from, limit) => {
      const kind = KINDS.get(topic);
      const { records, next } = await settled.read(topic, from, limit);
      if (kind === undefined) return { records, next };
      return { records: records.map((record) => inJson(record, kind, wire)), next };
    },
  };
}

function inJson(record: LogRecord, kind: RecordKind, wire: Wire): LogRecord {
  const read = wire.read(kind, record.value);
  return read.ok ? { ...record, value: Buffer.from(JSON.stringify(read.value)) } : record;
}

/** Writes what is in JSON to the topic of methodologies, under their names. */
export function methodologyWriter(producer: Producer, names: TopicNames, wire: Wire): TopicWriter {
  return {
    append: async (logical, values) => {
      const { topic } = names.of(logical);
      const records = values.map((value) => {
        const version: MethodologyVersion = JSON.parse(Buffer.from(value).toString('utf8'));
        const key = `${version.id}@${version.version}`;
        return { topic, partition: 0, key, value: wire.encode('methodology', version) };
      });
      const written = await producer.send(records);
      return written.get(`${topic}/0`) ?? 0;
    },
  };
}
