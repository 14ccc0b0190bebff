import { schemaIdOf } from '@tidemark/engine/adapters/registry/frame';
import type { SchemaBook } from '@tidemark/engine/adapters/registry/schema-book';
import type { LogRecord, TopicLog, WriterSchema } from '@tidemark/engine/ports';

/**
 * A log whose records can be decoded at once: it gives them when their schemas are known, or the registry
 * has said for long enough that it does not have them. Their fingerprints go into the journal (design,
 * rule 6).
 */
export function wireLog(log: TopicLog, book: SchemaBook): TopicLog {
  return {
    bounds: log.bounds,
    changed: log.changed,
    read: async (topic, from, limit) => {
      const slice = await log.read(topic, from, limit);
      const ids = idsIn(slice.records);
      if (!ids.every(book.isSettled)) await book.settle(ids);
      return { ...slice, schemas: schemasOf(ids, book) };
    },
  };
}

/** The schema ids that records name, in order of first appearance. */
function idsIn(records: readonly LogRecord[]): readonly number[] {
  const ids: number[] = [];
  let last: number | undefined;
  for (const { value } of records) {
    const id = schemaIdOf(value);
    // records of one batch have one producer, and it has one schema
    if (id === last || id === undefined) continue;
    last = id;
    if (!ids.includes(id)) ids.push(id);
  }
  return ids;
}

function schemasOf(ids: readonly number[], book: SchemaBook): readonly WriterSchema[] {
  return ids.flatMap((id) => {
    const entry = book.get(id);
    return entry?.kind === 'schema' ? [{ id, fingerprint: entry.fingerprint }] : [];
  });
}
