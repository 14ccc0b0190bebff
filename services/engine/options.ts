import type { RecordPlace } from './errors';
import type { InForce, Measures } from './measures';

/** How a partition is run. All have a default but what names it. */
export interface PartitionOptions {
  /** Name of the application; another one's journal is refused. */
  readonly application: string;
  readonly generation: number;
  readonly partition: number;
  readonly partitions: number;
  /** Who runs it, for the journal (host and process). */
  readonly owner: string;
  readonly inputTopics: readonly string[];
  readonly globalTopics: readonly string[];
  /** wall: the clock follows `clock.now`. event: it follows the records, with ticks on the way. */
  readonly time: 'wall' | 'event';
  readonly step: StepLimits;
  readonly checkpoint: CheckpointLimits;
  /** States kept decoded in memory, without those that must be kept. */
  readonly cacheKeys: number;
  /** How far the clock may move at once without being asked, milliseconds. */
  readonly clockLeapMsMax: number;
  /** How long to wait for records before looking at the clock, milliseconds. */
  readonly idleMs: number;
  /** So many failures in a row, without a step in between, and the partition stops. */
  readonly failuresMax: number;
  /**
   * An owner that fails and has not been sure of its partition for so long, milliseconds, ends as fenced:
   * it may have been asleep or cut off, and another may own it by now.
   */
  readonly ownedMsMax: number;
  /** A state of so many bytes takes no more records: they are refused, and the partition goes on. */
  readonly stateBytesMax: number;
  /** Told why the partition recovers; without customer data. */
  readonly failed?: (why: string) => void;
  /** Told of what happens to the partition as a whole, and seldom. */
  readonly told?: (event: PartitionEvent) => void;
  /** Filled by the runner; whoever gives it keeps it from one runner to the next. Absent: its own. */
  readonly measures?: Measures;
  /**
   * Records that a person has ordered to be passed over, because the machine cannot take them. One that it
   * does not stop at is decided like any other.
   */
  readonly skips: readonly Skip[];
  /** Records that are decided in a step of their own; filled by the runner. */
  readonly apart?: readonly RecordPlace[];
}

/** What happens to a partition: for a log, without customer data. */
export type PartitionEvent =
  | { readonly kind: 'signed-in'; readonly step: number; readonly build: string }
  /** Steps were run again over the stored states. */
  | {
      readonly kind: 'recovered';
      readonly step: number;
      readonly replayed: number;
      readonly ms: number;
    }
  /** The journal knows of a checkpoint that is not there, or has lost something: it is made anew. */
  | { readonly kind: 'checkpoint-lost'; readonly step: number }
  /** The copy of the states had to be made anew from the checkpoint. */
  | { readonly kind: 'rebuild-begun' | 'rebuilt'; readonly step: number }
  | { readonly kind: 'version'; readonly step: number; readonly inForce: readonly InForce[] }
  | { readonly kind: 'sweep-begun' | 'sweep-done'; readonly step: number; readonly cause: string }
  /** A record was passed over by order. */
  | {
      readonly kind: 'skipped';
      readonly step: number;
      readonly topic: string;
      readonly offset: number;
    };

export interface Skip {
  readonly topic: string;
  readonly offset: number;
  /** Why, for the journal. */
  readonly reason: string;
}

export interface StepLimits {
  /** At most; fewer are taken at once where they take long. */
  readonly records: number;
  readonly bytes: number;
  /** A step without outputs stays open for more records so long, milliseconds; 0: commit each read. */
  readonly ageMs: number;
  /** A step ends at so many bytes of outputs. */
  readonly outputBytes: number;
  /** Keys of a tick or sweep step. */
  readonly keys: number;
}

export interface CheckpointLimits {
  /** A changed state is in the checkpoint after about so long, milliseconds. */
  readonly intervalMs: number;
  /** States written with one step at most. */
  readonly keys: number;
  /** More changed states than this and the checkpoint takes precedence. */
  readonly dirtyMax: number;
}

export const DEFAULTS = {
  generation: 1,
  time: 'wall',
  step: { records: 4000, bytes: 2 << 20, ageMs: 200, outputBytes: 512_000, keys: 200 },
  checkpoint: { intervalMs: 10_000, keys: 500, dirtyMax: 100_000 },
  cacheKeys: 100_000,
  clockLeapMsMax: 24 * 3_600_000,
  idleMs: 1_000,
  failuresMax: 10,
  ownedMsMax: Number.POSITIVE_INFINITY,
  stateBytesMax: 3_000_000,
  skips: [],
} as const satisfies Partial<PartitionOptions>;
