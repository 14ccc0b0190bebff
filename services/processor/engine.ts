import type { TopicLog } from '@tidemark/engine/ports';
import type { PartitionStatus } from '@tidemark/engine/runner';
import type { InputRecord, Rating } from '@tidemark/schemas/records';
import type { MeasuredPartition } from './partition-metric';

/**
 * What servers may ask of the partitions, wherever they run. Everything is a message and its answer:
 * nothing that is handed over is shared.
 */
export interface Engine {
  readonly partitions: number;
  /**
   * Takes events in, each the UTF-8 of a JSON object, and answers in their order, once the accepted
   * ones and the dead letters of the refused ones are durable.
   * @param from where they come from, for dead letters (`http`)
   * @param places of each among what came, from 1; default: their order
   */
  readonly append: (
    values: readonly Uint8Array[],
    from: string,
    places?: readonly number[],
  ) => Promise<Answer<Verdict[]>>;
  /**
   * A customer as decided up to now; undefined: nothing is known of it.
   * @param form default: open
   */
  readonly customer: (
    institution: string,
    customer: string,
    form?: RatingForm,
  ) => Promise<Answer<CustomerView | undefined>>;
  /** Its rating for people; undefined: there is none to tell. */
  readonly explanation: (
    institution: string,
    customer: string,
    form?: RatingForm,
  ) => Promise<Answer<string | undefined>>;
  /** Which partition decides about a customer. */
  readonly partitionOf: (institution: string, customer: string) => number;
  /** What a partition has published, by topic, each from offset 0. */
  readonly outputs: (partition: number) => TopicLog;
  readonly status: () => EngineStatus;
  /** What the partitions here have measured; absent: none is here, it is a cluster seen from outside. */
  readonly measured?: () => readonly MeasuredPartition[];
}

export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly because: Unavailable };

/**
 * recovering: not ready yet. stopping: about to end. stopped: the partition needs a person. lagging:
 * more events wait than may. not-stored: the disk took nothing; the events may be sent again.
 */
export type Unavailable = 'recovering' | 'stopping' | 'stopped' | 'lagging' | 'not-stored';

/** What became of one event. */
export type Verdict =
  | { readonly accepted: true; readonly id: string }
  | {
      readonly accepted: false;
      /** As far as it can be told. */
      readonly id: string | null;
      readonly code: string;
      /** Path of the offending field; null where it is the whole record. */
      readonly field: string | null;
      /** A sentence without customer data. */
      readonly reason: string;
    };

/** open: as all callers may know it. full: with what is confidential. */
export type RatingForm = 'open' | 'full';

export interface CustomerView {
  /** Number of its last grade change; 0 while there is none. */
  readonly sequence: number;
  /** With every sub-item, at the clock; undefined while nobody can say what kind of customer it is. */
  readonly rating: Rating | undefined;
}

export type EnginePhase = 'recovering' | 'live' | 'stopping' | 'stopped';

export interface EngineStatus {
  /** live: every partition is. stopped: one of them at least needs a person. */
  readonly phase: EnginePhase;
  readonly partitions: readonly PartitionReport[];
}

export interface PartitionReport extends PartitionStatus {
  /** Offset after the last event that is durable. */
  readonly written: number;
  /** Events that are durable and not decided yet. */
  readonly lag: number;
  /** When the oldest of these became durable, UTC milliseconds; undefined: there is none, or it is not known. */
  readonly waitingSince: number | undefined;
  /** What stopped it, without customer data. */
  readonly fault: string | undefined;
  /** Why it is not live, where that is known. */
  readonly why?: string | undefined;
}

/** What an event would bring about, were it to happen now. */
export interface TryOut {
  readonly gradeBefore: number;
  readonly gradeAfter: number;
}

/** An engine in this process. */
export interface EmbeddedEngine extends Engine {
  /** Resolves when all events taken in so far are decided. @throws what stopped a partition */
  readonly settled: () => Promise<void>;
  /** Stops the partitions and runs them on in the other time. */
  readonly changeTime: (time: 'wall' | 'event') => Promise<void>;
  /** Decides about an event on a copy of its customer's state; undefined: it has no grade. */
  readonly tryOut: (record: InputRecord) => Promise<TryOut | undefined>;
  /** Takes nothing more, finishes the steps under way, closes the store. */
  readonly stop: () => Promise<void>;
}
