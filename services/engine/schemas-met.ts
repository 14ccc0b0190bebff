import { PartitionStopped } from './errors';
import type { LogSlice } from './ports';
import type { Executor } from './step';

/**
 * Notes the schemas that records were written with.
 * @throws PartitionStopped when an id stands for another one than before: the registry was replaced
 */
export function learnSchemas<State, Input, Output, Globals>(
  { schemas, partition }: Executor<State, Input, Output, Globals>,
  topic: string,
  { schemas: found = [], missing = [] }: LogSlice,
): void {
  const lost = missing.find((id) => schemas.has(id));
  if (lost !== undefined) {
    // its records were taken before: to refuse them now would be to lose them
    throw new PartitionStopped(
      `the registry has lost schema ${lost}, which records of ${topic}/${partition} name and which was there before. Restore it with its ids, and start again`,
      { reason: 'data' },
    );
  }
  for (const { id, fingerprint, foreign = false } of found) {
    const known = schemas.get(id);
    if (known === undefined) {
      if (!foreign) schemas.set(id, fingerprint);
    } else if (known !== fingerprint) {
      throw new PartitionStopped(
        `schema ${id}, which records of ${topic}/${partition} name, is another one than before: the registry was replaced or lost. Restore it with its ids, and start again`,
        { reason: 'data' },
      );
    }
  }
}
