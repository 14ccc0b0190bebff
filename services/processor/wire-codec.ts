import { FRAME_BYTES, framed, schemaIdOf } from '@tidemark/engine/adapters/registry/frame';
import type { SchemaBook } from '@tidemark/engine/adapters/registry/schema-book';
import { undecoded, type Decoded } from '@tidemark/rating/decoded';
import { encode, type RecordKind, type RecordOf } from '@tidemark/schemas/avro';
import { readerOf, type Reader } from '@tidemark/schemas/avro-reader';
import type { InputRecord } from '@tidemark/schemas/records';

/** Records as they stand in the topics: Avro behind the id of the schema that they were written with. */
export interface WireCodec {
  /** A record with our schema's id. @throws when it is not of its kind */
  readonly encode: <K extends RecordKind>(kind: K, record: RecordOf[K]) => Uint8Array;
  readonly encodeInput: (record: InputRecord) => Uint8Array;
  /** The JSON form of a value whose schema the book knows; formats and bounds are not checked. */
  readonly read: (kind: RecordKind, value: Uint8Array) => Decoded<unknown>;
}

/** Longest value that is a record, bytes. */
export const VALUE_BYTES_MAX = 10 ** 6;

const NO_FRAME = undecoded(
  'undecodable',
  null,
  'expected a zero, the id of the schema in 4 bytes, and Avro',
);
const NO_SCHEMA = undecoded(
  'unknown-schema',
  null,
  'the schema registry has no schema of this id: register it, then send the record again',
);
const NO_READER = undecoded(
  'undecodable',
  null,
  'its schema does not go with ours: a required field is lacking, or has another type',
);
const NO_RECORD = undecoded('undecodable', null, 'its bytes are not what its schema says');
const TOO_LONG = undecoded('record-too-long', null, `expected at most ${VALUE_BYTES_MAX} bytes`);

/** @param ids of our schemas, as they are registered */
export function wireCodec(book: SchemaBook, ids: ReadonlyMap<RecordKind, number>): WireCodec {
  const readers = new Map<RecordKind, Map<number, Reader<unknown> | undefined>>();

  function readersOf(kind: RecordKind): Map<number, Reader<unknown> | undefined> {
    const known = readers.get(kind);
    if (known !== undefined) return known;
    const made = new Map<number, Reader<unknown> | undefined>();
    readers.set(kind, made);
    return made;
  }

  const encodeAs = <K extends RecordKind>(kind: K, record: RecordOf[K]): Uint8Array => {
    const id = ids.get(kind);
    if (id === undefined) throw new Error(`no schema is registered for ${kind}`);
    return framed(id, encode(kind, record));
  };

  return {
    encode: encodeAs,
    encodeInput: (record) => encodeAs(record.type, record as never),
    read: (kind, value) => {
      if (value.length > VALUE_BYTES_MAX) return TOO_LONG;
      const id = schemaIdOf(value);
      if (id === undefined) return NO_FRAME;
      const known = readersOf(kind);
      let reader = known.get(id);
      if (reader === undefined && !known.has(id)) {
        const entry = book.get(id);
        if (entry === undefined)
          throw new Error(`schema ${id} was not asked for before its record`);
        if (entry.kind === 'missing') return NO_SCHEMA;
        reader = entry.writer === undefined ? undefined : readerOf(kind, entry.writer);
        known.set(id, reader);
      }
      if (reader === undefined) return NO_READER;
      try {
        return { ok: true, value: reader(asBuffer(value), FRAME_BYTES) };
      } catch {
        return NO_RECORD; // the library's message quotes the record
      }
    },
  };
}

const asBuffer = (value: Uint8Array): Buffer =>
  Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.length);
