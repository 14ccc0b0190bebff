import { setTimeout as pause } from 'node:timers/promises';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { kafkaName } from '@tidemark/engine/adapters/kafka/topic-names';
import type { Registry } from '@tidemark/engine/adapters/registry/registry';
import type { ReadLimit, TopicLog } from '@tidemark/engine/ports';
import { compatibilityOf, subjectOf, TOPICS } from '@tidemark/processor/topic-settings';
import { schemaOf } from '@tidemark/schemas/avro';
import type { FieldSchema, RecordSchema } from '@tidemark/schemas/avro-schema';
import type { Journal, Transaction } from '@tidemark/schemas/records';

export const TRANSACTION: Transaction = {
  type: 'transaction',
  id: 'e-1',
  institution: 'bank',
  customer: 'c-1',
  occurredAt: 1_760_000_000_000,
  txId: 't-1',
  kind: 'transfer',
  direction: 'in',
  amount: 2 ** 49,
  currency: 'CNY',
  amountCny: 100,
  status: 'booked',
  deviceId: 'd-1',
};

/** What a producer gives its client: every field of its schema, null where there is nothing. */
export function payloadOf(schema: RecordSchema, more: Readonly<Record<string, unknown>> = {}) {
  const given: Readonly<Record<string, unknown>> = { ...TRANSACTION, ...more };
  return Object.fromEntries(schema.fields.map(({ name }) => [name, given[name] ?? null]));
}

/** Writes as producers do, with a client of theirs. */
export async function produced(
  url: string,
  subject: string,
  schema: RecordSchema,
  payload: object = payloadOf(schema),
): Promise<Buffer> {
  const theirs = new SchemaRegistry({ host: url });
  const { id } = await theirs.register(
    { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
    { subject, compatibility: 'BACKWARD_TRANSITIVE' as never },
  );
  return theirs.encode(id, payload);
}

/** Our schema of transactions as another version of it might be. */
export function otherSchema(
  change: (fields: readonly FieldSchema[]) => readonly FieldSchema[],
): RecordSchema {
  const ours = schemaOf('transaction');
  return { ...ours, fields: change(ours.fields) };
}

/** All our schemas, as `tidemark topics apply` registers them, in one order: so they get the same ids. */
export async function registerAll(registry: Registry, prefix: string): Promise<void> {
  for (const { name, kind, role } of TOPICS) {
    if (kind === undefined) continue;
    const subject = subjectOf(kafkaName(prefix, name));
    await registry.setCompatibility(subject, compatibilityOf(role));
    await registry.register(subject, JSON.stringify(schemaOf(kind)));
  }
}

/** A topic that holds these values. */
export const logOf = (...values: readonly Uint8Array[]): TopicLog => ({
  bounds: async () => ({ first: 0, next: values.length }),
  changed: (_positions, waitMs) => pause(waitMs),
  read: async (_topic: string, from: number, { records }: ReadLimit) => ({
    records: values.slice(from, from + records).map((value, i) => ({ offset: from + i, value })),
    next: Math.min(values.length, from + records),
  }),
});

/** The first record of a journal. */
export const journalRecord = (positions: Readonly<Record<string, number>> = {}): Journal => ({
  application: 'tidemark',
  generation: 1,
  partition: 1,
  partitions: 2,
  step: 0,
  kind: 'genesis',
  clock: 0,
  time: 'wall',
  slices: [],
  positions,
  refused: [],
  globalRefused: [],
  removed: [],
  outputs: [],
  schemas: [],
  restart: { step: 0, position: 0 },
  build: 'test',
  version: '',
  previousHash: null,
});
