import type { ReadLimit } from '@tidemark/engine/ports';
import type { InputRecord } from '@tidemark/schemas/records';
import type { PartitionReport, RatingForm, Verdict } from './engine';
import type { MethodologyFiles } from './methodology-topic';
import type { MeasuredPartition } from './partition-metric';
import type { Packed } from './packed';

/** What the thread of a partition is given at its start. */
export interface ThreadTask {
  readonly directory: string;
  readonly partition: number;
  readonly partitions: number;
  readonly methodology: MethodologyFiles;
  readonly time: 'wall' | 'event';
  /** Infinity crosses as it is. */
  readonly clockLeapMsMax: number;
  readonly cacheKeys: number;
  readonly backlogMax: number;
}

/** What a thread is asked. */
export type Call =
  | {
      readonly call: 'append';
      readonly from: string;
      readonly values: Packed;
      readonly places: readonly number[];
    }
  | {
      readonly call: 'customer' | 'explanation';
      readonly institution: string;
      readonly customer: string;
      readonly form: RatingForm;
    }
  | { readonly call: 'tryOut'; readonly record: InputRecord }
  | { readonly call: 'bounds'; readonly topic: string }
  | {
      readonly call: 'read';
      readonly topic: string;
      readonly from: number;
      readonly limit: ReadLimit;
    }
  | {
      readonly call: 'changed';
      readonly positions: ReadonlyMap<string, number>;
      readonly waitMs: number;
    }
  | { readonly call: 'settled' | 'stop' }
  | { readonly call: 'changeTime'; readonly time: 'wall' | 'event' };

export interface Asked {
  readonly id: number;
  readonly ask: Call;
}

/** What it tells. */
export type Told =
  /** It is open and runs; undefined: it does not, see `fault`. */
  | { readonly kind: 'open'; readonly report: PartitionReport }
  | { readonly kind: 'refused'; readonly fault: Fault }
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly value: unknown;
      readonly report: PartitionReport | undefined;
    }
  | { readonly kind: 'failed'; readonly id: number; readonly fault: Fault }
  | { readonly kind: 'status'; readonly report: PartitionReport }
  | { readonly kind: 'measured'; readonly measured: MeasuredPartition }
  /** For the log; without customer data. */
  | { readonly kind: 'said'; readonly message: string };

/** An error on its way to another thread, where its class is lost. */
export interface Fault {
  readonly name: string;
  readonly message: string;
  /** Of PositionGone. */
  readonly gone?: readonly [topic: string, wanted: number, first: number, next: number];
}

/** Verdicts on their way: the refused ones by their index; all others were accepted. */
export type RefusedOnly = readonly (readonly [index: number, verdict: Verdict])[];

/** Records of a topic on their way. */
export interface PackedSlice {
  readonly offsets: Float64Array<ArrayBuffer>;
  readonly values: Packed;
  readonly next: number;
}

/** What a thread answers, the call says: both ends are of one build, in one process. */
export const answerAs = <T>(value: unknown): T => value as T;
