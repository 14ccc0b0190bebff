import type { EmbeddedEngine } from '@tidemark/processor/engine';
import { GRADE_CHANGES } from '@tidemark/processor/topics';
import type { GradeChange } from '@tidemark/schemas/records';

export interface OutputWatch {
  /** Goes on until this holds, then ends. @throws Error when nothing comes for long */
  readonly until: (done: () => boolean) => Promise<void>;
}

const WAIT_MS = 100;
const SILENCE_MS = 30_000;
const READ = { records: 1_000, bytes: 1 << 20 };

/**
 * Reads the grade changes of all partitions as they are committed, from now on.
 * @param seen told the event that brought a change about, and when, on the clock of `performance.now`
 */
export function followGradeChanges(
  engine: EmbeddedEngine,
  seen: (eventId: string | null, at: number) => void,
): OutputWatch {
  let done = (): boolean => false;
  let lastAt = performance.now();
  const follow = async (partition: number): Promise<void> => {
    const log = engine.outputs(partition);
    let { next: at } = await log.bounds(GRADE_CHANGES);
    while (!done()) {
      await log.changed(new Map([[GRADE_CHANGES, at]]), WAIT_MS);
      const { records, next } = await log.read(GRADE_CHANGES, at, READ);
      at = next;
      const now = performance.now();
      if (records.length > 0) lastAt = now;
      for (const { value } of records) {
        const { cause } = JSON.parse(Buffer.from(value).toString('utf8')) as GradeChange;
        seen(cause.eventId, now);
      }
    }
  };
  const partitions = Array.from({ length: engine.partitions }, (_, i) => follow(i));
  return {
    until: async (condition) => {
      lastAt = performance.now();
      done = () => {
        if (performance.now() - lastAt > SILENCE_MS) throw new Error('grade changes are missing');
        return condition();
      };
      await Promise.all(partitions);
    },
  };
}
