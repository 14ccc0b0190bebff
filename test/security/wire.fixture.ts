import { newAllowance } from '@tidemark/engine/adapters/registry/allowance';
import type { Entry, SchemaBook } from '@tidemark/engine/adapters/registry/schema-book';
import { NO_GLOBALS } from '@tidemark/rating/in-force/globals';
import { schemaOf, type RecordKind } from '@tidemark/schemas/avro';
import { writerOf } from '@tidemark/schemas/avro-reader';
import { TOPICS } from '@tidemark/processor/topic-settings';
import type { Wire } from '@tidemark/processor/wire';
import { wireCodec } from '@tidemark/processor/wire-codec';
import { overWire } from '@tidemark/processor/wire-machine';

const KINDS = TOPICS.flatMap(({ kind }) => (kind === undefined ? [] : [kind]));
const IDS = new Map<RecordKind, number>(KINDS.map((kind, i) => [kind, i + 1]));

const entryOf = (schema: unknown): Entry => {
  const writer = writerOf(JSON.stringify(schema));
  return { kind: 'schema', fingerprint: writer?.fingerprint ?? '', writer };
};

const OURS: readonly (readonly [number, Entry])[] = [...IDS].map(([kind, id]) => [
  id,
  entryOf(schemaOf(kind)),
]);

export const idOf = (kind: RecordKind): number => IDS.get(kind) ?? -1;

/** The machine of a cluster; its registry holds our schemas, and others under the ids given. */
export function machineOver(others: ReadonlyMap<number, unknown> = new Map()) {
  const foreign = [...others].map(([id, schema]) => [id, entryOf(schema)] as const);
  const entries = new Map<number, Entry>([...OURS, ...foreign]);
  const book: SchemaBook = {
    get: (id) => entries.get(id) ?? { kind: 'missing' },
    isSettled: () => true,
    settle: async () => {},
    allowance: () => newAllowance(0),
    close: () => {},
  };
  const frame = { wrap: (bytes: Uint8Array) => bytes, open: async (bytes: Uint8Array) => bytes };
  const wire: Wire = { ...wireCodec(book, IDS), book, frame, topicName: (name) => `${name}.v1` };
  const machine = overWire(wire);
  return {
    wire,
    machine,
    verdict: (topic: string, value: Uint8Array) => machine.decode(topic, value, NO_GLOBALS),
  };
}

/** The number of an Avro int or long as bytes. */
export function long(value: bigint | number): Buffer {
  const given = BigInt(value);
  let left = given >= 0n ? given * 2n : -given * 2n - 1n;
  const bytes: number[] = [];
  do {
    const more = left > 127n ? 128 : 0;
    bytes.push(Number(left & 127n) | more);
    left >>= 7n;
  } while (left > 0n);
  return Buffer.from(bytes);
}
