import { FRAME_BYTES, framed, schemaIdOf } from '@tidemark/engine/adapters/registry/frame';
import type { SchemaBook } from '@tidemark/engine/adapters/registry/schema-book';
import { PartitionStopped } from '@tidemark/engine/errors';
import { fingerprintOf, translatorOf, type Reader } from '@tidemark/schemas/avro-reader';

/** The journal's records with their schema's id before them. */
export interface JournalFrame {
  readonly wrap: (record: Uint8Array) => Uint8Array;
  /**
   * The record as our schema writes it.
   * @throws PartitionStopped when it was written with a schema that cannot be had
   */
  readonly open: (value: Uint8Array) => Promise<Uint8Array>;
}

/** @param ours id of the journal's schema, as it is registered; undefined: nothing is written */
export function journalFrame(book: SchemaBook, ours: number | undefined): JournalFrame {
  const fingerprint = fingerprintOf('journal');
  const translators = new Map<number, Reader<Uint8Array>>();

  async function translator(id: number): Promise<Reader<Uint8Array>> {
    const known = translators.get(id);
    if (known !== undefined) return known;
    await book.settle([id]);
    const entry = book.get(id);
    const writer = entry?.kind === 'schema' ? entry.writer : undefined;
    if (writer === undefined) throw stopped(`no schema ${id} in the registry`);
    const made = writer.fingerprint === fingerprint ? unchanged : translatorOf('journal', writer);
    if (made === undefined) throw stopped(`schema ${id} of the registry is none of a journal`);
    translators.set(id, made);
    return made;
  }

  return {
    wrap: (record) => {
      if (ours === undefined) throw new Error('this journal is only read');
      return framed(ours, record);
    },
    open: async (value) => {
      const id = schemaIdOf(value);
      if (id === undefined) throw stopped('the value is not in the wire format');
      if (id === ours) return value.subarray(FRAME_BYTES);
      const translate = await translator(id);
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
      return translate(bytes, FRAME_BYTES);
    },
  };
}

const unchanged: Reader<Uint8Array> = (bytes, from) => bytes.subarray(from);

const stopped = (why: string): PartitionStopped =>
  new PartitionStopped(
    `a journal record cannot be read: ${why}. Restore the schemas of the registry, under their ids`,
  );
