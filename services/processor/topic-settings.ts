import type { Compatibility } from '@tidemark/engine/adapters/registry/registry';
import type { RecordKind } from '@tidemark/schemas/avro';
import { JOURNAL } from './topics';

/** input: written by others. global: one for all partitions. output: for others. own: nobody else's. */
export type TopicRole = 'input' | 'global' | 'output' | 'own';

export interface TopicSetting {
  /** Its name without prefix and version. */
  readonly name: string;
  readonly role: TopicRole;
  /** Which records it holds; undefined: they are no Avro, and need no schema. */
  readonly kind: RecordKind | undefined;
  /** Only the newest record of a key is kept. */
  readonly compacted?: true;
  /** Its times are those of the broker, not of the producer. */
  readonly appendTime?: true;
}

/** Every topic of a cluster (records.md); all but the global ones have the same number of partitions. */
export const TOPICS: readonly TopicSetting[] = [
  { name: 'profile-changes', role: 'input', kind: 'profile-change', appendTime: true },
  { name: 'transactions', role: 'input', kind: 'transaction', appendTime: true },
  { name: 'risk-events', role: 'input', kind: 'risk-event', appendTime: true },
  { name: 'link-facts', role: 'input', kind: 'link-fact', appendTime: true },
  { name: 'decisions', role: 'input', kind: 'decision', appendTime: true },
  { name: 'methodologies', role: 'global', kind: 'methodology', appendTime: true },
  { name: 'reference-lists', role: 'global', kind: 'reference-list', appendTime: true },
  { name: 'orders', role: 'global', kind: 'order', appendTime: true },
  { name: 'grade-changes', role: 'output', kind: 'grade-change' },
  { name: 'ratings', role: 'output', kind: 'rating', compacted: true },
  { name: 'review-tasks', role: 'output', kind: 'review-task' },
  { name: 'restricted', role: 'output', kind: 'restricted' },
  { name: 'dead-letters', role: 'output', kind: 'dead-letter' },
  { name: 'journal', role: 'own', kind: 'journal', appendTime: true },
  { name: 'checkpoints', role: 'own', kind: undefined, compacted: true },
];

/** The subject under which the schema of a topic's values is registered. */
export const subjectOf = (topic: string): string => `${topic}-value`;

/**
 * Inputs and own topics are read again from their first record; outputs are read by others, who may be
 * of an older or a newer version.
 */
export const compatibilityOf = (role: TopicRole): Compatibility =>
  role === 'output' ? 'FULL_TRANSITIVE' : 'BACKWARD_TRANSITIVE';

/** Kafka's own bound for what it takes in one batch. */
const BATCH_BYTES = 1_048_588;
/** What a step writes for itself comes in one batch: its journal record, its slice of the checkpoint. */
const OWN_BATCH_BYTES = 4 * 1_048_576;

const FOR_GOOD = '-1';

export interface Kept {
  readonly replicas: number;
  /** How long inputs and journal are kept, milliseconds; undefined: for good. */
  readonly retentionMs: number | undefined;
}

/**
 * The settings of a topic in Kafka. Inputs and journal are kept for good unless said otherwise: `verify`
 * and as-of questions reach as far as they do. Outputs are kept for good: what the HTTP interface tells is
 * made of them anew at any time, and dead letters wait for a person.
 */
export function configOf(
  { name, role, compacted }: TopicSetting,
  { replicas, retentionMs }: Kept,
): Readonly<Record<string, string>> {
  const isBounded = retentionMs !== undefined && (role === 'input' || name === JOURNAL);
  const retention = isBounded ? String(retentionMs) : FOR_GOOD;
  return {
    'cleanup.policy': compacted === true ? 'compact' : 'delete',
    'retention.ms': retention,
    'retention.bytes': FOR_GOOD,
    // one of them may be away, and nothing that was acknowledged is lost with it
    'min.insync.replicas': String(Math.min(2, replicas)),
    'unclean.leader.election.enable': 'false',
    'max.message.bytes': String(role === 'own' ? OWN_BATCH_BYTES : BATCH_BYTES),
    ...(name === JOURNAL ? APPEND_TIME : {}),
  };
}

const APPEND_TIME = { 'message.timestamp.type': 'LogAppendTime' };

/**
 * Settings of topics that are made here: others who wrote to them before may rely on times of their own.
 */
export const configOfNew = (
  setting: TopicSetting,
  kept: Kept,
): Readonly<Record<string, string>> => ({
  ...configOf(setting, kept),
  ...(setting.appendTime === true ? APPEND_TIME : {}),
});
