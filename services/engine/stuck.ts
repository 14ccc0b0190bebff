import { PartitionStopped, type RecordPlace } from './errors';
import type { PartitionOptions } from './options';
import type { JournalEntry } from './ports';

/** The records that have stopped a partition since its runner began. */
export interface Stuck {
  /** What it is run with: these records apart, and the orders to pass one of them over. */
  readonly over: (options: PartitionOptions) => PartitionOptions;
  /**
   * Notes what stops the partition.
   * @param last the newest record of its journal
   * @returns whether it is tried once more: what stands before the record is to be decided, or the record
   * is passed over by order
   */
  readonly note: (error: unknown, last: JournalEntry | undefined) => boolean;
}

/**
 * A record is tried in a step of its own before it stops the partition: then the journal ends right before
 * it, and says to everybody where the partition stands. An order to pass a record over is of no effect
 * before the machine has stopped at it: one that names another record does no harm.
 */
export function noteStuck({ skips }: Pick<PartitionOptions, 'skips'>): Stuck {
  const apart: RecordPlace[] = [];
  const isIn = (places: readonly RecordPlace[], { topic, offset }: RecordPlace): boolean =>
    places.some((place) => place.topic === topic && place.offset === offset);
  return {
    over: (options) => ({ ...options, apart, skips: skips.filter((skip) => isIn(apart, skip)) }),
    note: (error, last) => {
      const place = error instanceof PartitionStopped ? error.place : undefined;
      if (place === undefined || isIn(apart, place)) return false;
      apart.push(place);
      return isIn(skips, place) || last?.record.positions[place.topic] !== place.offset;
    },
  };
}
