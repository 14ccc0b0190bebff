import type { Admin } from '@tidemark/engine/adapters/kafka/kafka';
import { kafkaName } from '@tidemark/engine/adapters/kafka/topic-names';
import type { Registry } from '@tidemark/engine/adapters/registry/registry';
import { schemaOf } from '@tidemark/schemas/avro';
import { subjectOf, TOPICS } from './topic-settings';
import type { Observed, SubjectInfo } from './topics-check';

/**
 * Looks at brokers and registry, and changes nothing.
 * @throws RegistryDown, or what the Kafka client throws, when one of them does not answer
 */
export async function observe(admin: Admin, registry: Registry, prefix: string): Promise<Observed> {
  const { brokers } = await admin.cluster();
  const topics = await admin.topics(TOPICS.map(({ name }) => kafkaName(prefix, name)));
  const subjects = new Map<string, SubjectInfo>();
  for (const { name, kind } of TOPICS) {
    if (kind === undefined) continue;
    const subject = subjectOf(kafkaName(prefix, name));
    subjects.set(subject, await subjectInfo(registry, subject, JSON.stringify(schemaOf(kind))));
  }
  return { brokers, topics, subjects };
}

async function subjectInfo(
  registry: Registry,
  subject: string,
  schema: string,
): Promise<SubjectInfo> {
  const level = await registry.compatibility(subject);
  const isRegistered = (await registry.idOf(subject, schema)) !== undefined;
  const isCompatible = isRegistered || (await registry.isCompatible(subject, schema));
  return { level, isRegistered, isCompatible };
}
