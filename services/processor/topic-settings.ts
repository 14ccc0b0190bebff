import type { Compatibility } from '@tidemark/engine/adapters/registry/registry';
import type { RecordKind } from '@tidemark/schemas/avro';

/** What the names of all topics begin with, unless said otherwise. */
export const PREFIX = 'tidemark';

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
  { name: 'grade-changes', role: 'output', kind: 'grade-change' },
  { name: 'ratings', role: 'output', kind: 'rating', compacted: true },
  { name: 'review-tasks', role: 'output', kind: 'review-task' },
  { name: 'dead-letters', role: 'output', kind: 'dead-letter' },
  { name: 'journal', role: 'own', kind: 'journal', appendTime: true },
  { name: 'checkpoints', role: 'own', kind: undefined, compacted: true },
];

/** The name of a topic in Kafka. */
export const topicName = (prefix: string, name: string): string => `${prefix}.${name}.v1`;

/** The subject under which the schema of a topic's values is registered. */
export const subjectOf = (topic: string): string => `${topic}-value`;

/**
 * Inputs and own topics are read again from their first record; outputs are read by others, who may be
 * of an older or a newer version.
 */
export const compatibilityOf = (role: TopicRole): Compatibility =>
  role === 'output' ? 'FULL_TRANSITIVE' : 'BACKWARD_TRANSITIVE';
