import type { Context, Machine } from './machine';
import type { PartitionOptions } from './options';
import type { Ports } from './ports';

export type Phase = 'recovering' | 'live' | 'stopped';

/** What others may know of a running partition. */
export interface PartitionStatus {
  readonly phase: Phase;
  /** The last committed step; -1 before the first. */
  readonly step: number;
  /** UTC milliseconds. */
  readonly clock: number;
  readonly version: string;
  readonly keys: number;
  readonly dirty: number;
  readonly restartStep: number;
  /** While recovering: steps replayed so far and in all. */
  readonly replay: { readonly done: number; readonly of: number };
  /** Keys that a running sweep has yet to decide; 0: none runs. */
  readonly sweepLeft: number;
  readonly positions: Readonly<Record<string, number>>;
  /** Counted since the start of this runner, by name (records, outcome:late, commits, recoveries ...). */
  readonly counts: Readonly<Record<string, number>>;
}

/** A partition that runs. */
export interface PartitionHandle<State, Globals> {
  /** Resolves after `stop`, rejects with what stopped it otherwise. */
  readonly done: Promise<void>;
  /** Takes nothing more, finishes the step under way, resolves when all is written. */
  readonly stop: () => Promise<void>;
  readonly status: () => PartitionStatus;
  /**
   * Looks at the committed state of a key between two steps; `look` must not change it.
   * Rejects once the partition has stopped; waits while it recovers.
   */
  readonly view: <T>(
    key: string,
    look: (state: State | undefined, context: Context<Globals>) => T,
  ) => Promise<T>;
}

export declare function runPartition<State, Input, Output, Globals>(
  machine: Machine<State, Input, Output, Globals>,
  ports: Ports,
  options: PartitionOptions,
): PartitionHandle<State, Globals>;
