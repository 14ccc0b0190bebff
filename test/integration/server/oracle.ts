import { acceptRecord, newJob, statesInOrder } from '@tidemark/cli/job';
import { rateInFull } from '@tidemark/rating/customer';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import { partitionOf } from '@tidemark/engine/partitioner';
import type { GradeChange, InputRecord, Rating } from '@tidemark/schemas/records';

/** What one partition must have published, and what its customers must be rated. */
export interface Expected {
  readonly changes: readonly GradeChange[];
  readonly ratings: ReadonlyMap<string, Rating>;
}

/**
 * Folds the records of each partition in memory, in event time, without journal, log or server; every
 * rating at the end is evaluated in full.
 */
export function expectedOf(
  methodology: Methodology,
  records: readonly InputRecord[],
  partitions: number,
): Expected[] {
  return Array.from({ length: partitions }, (_, partition) => {
    const own = records.filter(
      ({ institution, customer }) =>
        partitionOf(`${institution}:${customer}`, partitions) === partition,
    );
    return folded(methodology, own);
  });
}

function folded(methodology: Methodology, records: readonly InputRecord[]): Expected {
  const job = newJob(methodology);
  const changes: GradeChange[] = [];
  for (const record of records) {
    acceptRecord(job, record, {
      decided: ({ outputs }) => {
        for (const output of outputs)
          if (output.kind === 'grade-change') changes.push(output.record);
      },
      deadLetter: ({ code }) => {
        throw new Error(`the sample has a refused record: ${code}`);
      },
    });
  }
  const ratings = new Map<string, Rating>();
  for (const state of statesInOrder(job)) {
    const rating = rateInFull(methodology, state, job.partition.clock);
    if (rating !== undefined) ratings.set(`${state.institution}:${state.customer}`, rating);
  }
  return { changes, ratings };
}
