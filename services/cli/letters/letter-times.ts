import { DEAD_LETTERS } from '@tidemark/engine/dead-letter';
import type { Ledger } from '@tidemark/engine/ports';

/** When the letter at an offset was written, UTC milliseconds; asked for in rising order. */
export type LetterTimes = (offset: number) => Promise<number | undefined>;

const PAGE = 500;

/** By the journal: a data directory notes no time with a letter, and its steps name theirs in order. */
export function letterTimes({ read }: Pick<Ledger, 'read'>): LetterTimes {
  let position = 0;
  /** Of the step after whose letters `before` of them are there. */
  let steps: { readonly before: number; readonly clock: number }[] = [];
  let count = 0;
  const readOn = async (): Promise<boolean> => {
    const entries = await read(position, PAGE);
    for (const { record, position: at } of entries) {
      position = at + 1;
      const letters = record.outputs.filter(({ topic }) => topic === DEAD_LETTERS).length;
      if (letters === 0) continue;
      count += letters;
      steps.push({ before: count, clock: record.clock });
    }
    return entries.length > 0;
  };
  return async (offset) => {
    while (count <= offset) if (!(await readOn())) return undefined;
    steps = steps.slice(steps.findIndex(({ before }) => before > offset));
    return steps[0]?.clock;
  };
}
