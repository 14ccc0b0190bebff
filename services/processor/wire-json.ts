import type { LogRecord, TopicLog } from '@tidemark/engine/ports';
import type { RecordKind } from '@tidemark/schemas/avro';
import { TOPICS } from './topic-settings';
import type { Wire } from './wire';
import { wireLog } from './wire-log';

const KINDS = new Map(TOPICS.map(({ name, kind }) => [name, kind]));

/**
 * A log of a cluster with its records as JSON, as the topics of a data directory hold them. What cannot
 * be decoded is given as it is: it is no JSON either, and refused as that.
 */
export function wireJsonLog(log: TopicLog, wire: Wire): TopicLog {
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
