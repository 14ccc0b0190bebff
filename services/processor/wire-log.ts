import type { Allowance } from '@tidemark/engine/adapters/registry/allowance';
import { schemaIdOf } from '@tidemark/engine/adapters/registry/frame';
import type { SchemaBook } from '@tidemark/engine/adapters/registry/schema-book';
import type { LogRecord, LogSlice, TopicLog, WriterSchema } from '@tidemark/engine/ports';
import { readerOf, type Writer } from '@tidemark/schemas/avro-reader';
import { TOPICS } from './topic-settings';

/**
 * A log whose records can be decoded at once: it gives them when their schemas are known, or the registry
 * has said for long enough that it does not have them. Their fingerprints go into the journal (design,
 * rule 6). While one topic waits for the registry the others can be read (`onlyReady`).
 * @param allowance how long it may wait for schemas that the registry does not have
 */
export function wireLog(log: TopicLog, book: SchemaBook, allowance = book.allowance()): TopicLog {
  const held = new Map<string, Held>();
  const schemas = schemasFrom(book);
  const withSchemas = (topic: string, slice: LogSlice): LogSlice => {
    const ids = idsIn(slice.records);
    const missing = ids.filter((id) => book.get(id)?.kind !== 'schema');
    return { ...slice, schemas: schemas(topic, ids), ...(missing.length > 0 ? { missing } : {}) };
  };

  async function readReady(
    topic: string,
    from: number,
    read: () => Promise<LogSlice>,
  ): Promise<LogSlice> {
    const before = held.get(topic);
    if (before?.state instanceof Error) {
      held.delete(topic);
      throw before.state;
    }
    if (before?.state === 'asked' && before.from === from) return { records: [], next: from };
    const slice = await read();
    // what was just asked for counts as settled however long the asking took
    const answered = before?.state === 'answered' && from < before.end ? before.ids : NONE;
    const isOpen = (id: number): boolean => !answered.has(id) && !book.isSettled(id, allowance);
    const open = new Set(idsIn(slice.records).filter(isOpen));
    if (open.size === 0) return withSchemas(topic, slice);
    const ready = upTo(slice, from, open);
    if (before?.state !== 'asked') {
      held.set(
        topic,
        hold(book, allowance, { topic, from: ready.next, end: slice.next, ids: open }),
      );
    }
    return withSchemas(topic, ready);
  }

  return {
    bounds: log.bounds,
    changed: (positions, waitMs) => {
      const waits: Held[] = [];
      const free = new Map<string, number>();
      for (const [topic, from] of positions) {
        const it = held.get(topic);
        if (it?.state === 'asked' && it.from === from) waits.push(it);
        else free.set(topic, from);
      }
      const changed = log.changed(free, waitMs);
      return waits.length === 0 ? changed : Promise.race([changed, anyOf(waits)]);
    },
    read: async (topic, from, limit) => {
      const read = (): Promise<LogSlice> => log.read(topic, from, limit);
      if (limit.onlyReady === true) return readReady(topic, from, read);
      const slice = await read();
      const ids = idsIn(slice.records);
      if (!ids.every((id) => book.isSettled(id, allowance))) {
        await book.settle(ids, allowance, topic);
      }
      return withSchemas(topic, slice);
    },
  };
}

const NONE: ReadonlySet<number> = new Set();

/** What a topic waits for: its next record has a schema that nobody knows yet. */
interface Wanted {
  readonly topic: string;
  /** Where that record stands. */
  readonly from: number;
  /** To where its records were looked at. */
  readonly end: number;
  readonly ids: ReadonlySet<number>;
}

interface Held extends Wanted {
  state: 'asked' | 'answered' | Error;
  /** Wakes who waits now: a promise that lives on would keep all who have ever waited for it. */
  wake: () => void;
}

function hold(book: SchemaBook, allowance: Allowance, wanted: Wanted): Held {
  const it: Held = { ...wanted, state: 'asked', wake: () => undefined };
  const over = (state: Held['state']): void => {
    it.state = state;
    it.wake();
  };
  book.settle(wanted.ids, allowance, wanted.topic).then(
    () => over('answered'),
    (error: unknown) => over(error instanceof Error ? error : new Error(String(error))),
  );
  return it;
}

const anyOf = (waits: readonly Held[]): Promise<void> =>
  new Promise((resolve) => {
    for (const it of waits) it.wake = resolve;
  });

/** The records before the first of an id that is open. */
function upTo(slice: LogSlice, from: number, open: ReadonlySet<number>): LogSlice {
  const at = slice.records.findIndex(({ value }) => open.has(schemaIdOf(value) ?? -1));
  const first = slice.records[at];
  if (first === undefined) return slice;
  return { records: slice.records.slice(0, at), next: at === 0 ? from : first.offset };
}

/** The schema ids that records name, in order of first appearance. */
function idsIn(records: readonly LogRecord[]): readonly number[] {
  const ids = new Set<number>();
  let last: number | undefined;
  for (const { value } of records) {
    const id = schemaIdOf(value);
    // records of one batch have one producer, and it has one schema
    if (id === last || id === undefined) continue;
    last = id;
    ids.add(id);
  }
  return [...ids];
}

const KINDS = new Map(TOPICS.map(({ name, kind }) => [name, kind]));

/** What the journal is told of schemas; whether a record of a topic can be of one is found out once. */
function schemasFrom(
  book: SchemaBook,
): (topic: string, ids: readonly number[]) => readonly WriterSchema[] {
  const found = new Map<string, boolean>();

  function isForeign(topic: string, id: number, writer: Writer | undefined): boolean {
    const name = `${topic}:${id}`;
    const known = found.get(name);
    if (known !== undefined) return known;
    const kind = KINDS.get(topic);
    const is = kind === undefined || writer === undefined || readerOf(kind, writer) === undefined;
    found.set(name, is);
    return is;
  }

  return (topic, ids) =>
    ids.flatMap((id) => {
      const entry = book.get(id);
      if (entry?.kind !== 'schema') return [];
      const { fingerprint, writer } = entry;
      return [{ id, fingerprint, ...(isForeign(topic, id, writer) ? { foreign: true } : {}) }];
    });
}
