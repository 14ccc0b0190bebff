import type { Admin } from '@tidemark/engine/adapters/kafka/kafka';
import type { Registry } from '@tidemark/engine/adapters/registry/registry';
import { inWords, type Difference } from './topics-check';

export interface Applying {
  readonly admin: Admin;
  readonly registry: Registry;
  /** Told of each thing that was done. */
  readonly tell: (line: string) => void;
}

/**
 * Mends what can be mended without a person. Nothing is deleted, no topic gets other partitions, and
 * nothing is kept for a shorter time than before.
 * @returns what is left, each with what a person has to do
 */
export async function applyDifferences(
  differences: readonly Difference[],
  applying: Applying,
): Promise<readonly Difference[]> {
  const left: Difference[] = [];
  for (const difference of differences) {
    const rest = await mend(difference, applying);
    if (rest !== undefined) left.push(rest);
  }
  return left;
}

/** What is left of it. */
async function mend(
  difference: Difference,
  { admin, registry, tell }: Applying,
): Promise<Difference | undefined> {
  switch (difference.kind) {
    case 'topic': {
      const { kind: _kind, ...topic } = difference;
      await admin.create([topic]);
      tell(`made topic ${topic.name} (${topic.partitions} partitions, ${topic.replicas} replicas)`);
      return undefined;
    }
    case 'config':
      await admin.setConfig(difference.name, difference.config);
      tell(`changed ${inWords(difference).what}`);
      return undefined;
    case 'level':
      await registry.setCompatibility(difference.subject, difference.level);
      tell(`set compatibility of ${difference.subject} to ${difference.level}`);
      return undefined;
    case 'schema': {
      const { subject, schema } = difference;
      const registered = await registry.register(subject, schema);
      if (registered.ok) {
        tell(`registered a schema under ${subject} (id ${registered.id})`);
        return undefined;
      }
      const what = `the registry refuses the schema of this build under ${subject}: it does not go with those registered there`;
      return { kind: 'person', what, mend: 'run a build that is not older than they are' };
    }
    case 'person':
      return difference;
    default:
      return difference satisfies never;
  }
}
