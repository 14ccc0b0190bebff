import type { Journal } from '@tidemark/schemas/records';

/**
 * What a partition runner needs from outside, as narrow as it can be. Every adapter passes the same
 * contract suites (*.contract.ts). All answers are values; what is thrown is in `errors.ts`.
 */
export type Ports = Stored & {
  readonly inputs: TopicLog;
  readonly ledger: Ledger;
  readonly clock: Clock;
};

/** Of one process that keeps all by itself: there is no copy of the states. */
export interface LocalPorts {
  readonly inputs: TopicLog;
  readonly ledger: Ledger;
  readonly checkpoints: CheckpointStore;
}

/**
 * Where states are that are not in memory: in a copy of all of them that others read too (Redis), filled
 * from a log of checkpoints when it is lost; or in checkpoints that find single ones.
 */
export type Stored =
  | { readonly states: StateStore; readonly checkpoints: CheckpointLog }
  | { readonly states?: undefined; readonly checkpoints: CheckpointStore };

export interface Clock {
  /** UTC milliseconds. */
  readonly now: () => number;
  /** Resolves after so long; absent: failures are answered at once. */
  readonly pause?: (ms: number) => Promise<void>;
}

/** One record of a topic of this partition. */
export interface LogRecord {
  readonly offset: number;
  readonly value: Uint8Array;
  /** When the log took it in, UTC milliseconds, where the log says so. */
  readonly appendedAt?: number;
  /** What its producer has put beside it, where the log was opened to give that. */
  readonly headers?: Headers;
}

/** Texts by name, beside a record: no part of it. No decision, hash or comparison looks at them. */
export type Headers = Readonly<Record<string, string>>;

export interface LogSlice {
  readonly records: readonly LogRecord[];
  /** Where to read on: beyond the last record, and beyond gaps that follow it. */
  readonly next: number;
  /** The schemas that these records were written with, where records name one. */
  readonly schemas?: readonly WriterSchema[];
  /** The ids that these records name and nobody has a schema of. */
  readonly missing?: readonly number[];
}

/** A schema of a registry: an id never means another one. */
export interface WriterSchema {
  readonly id: number;
  /** SHA-256 in hex of its canonical form. */
  readonly fingerprint: string;
  /** Every record of it is refused: it need not be remembered, and garbage may name any number of them. */
  readonly foreign?: boolean;
}

export interface ReadLimit {
  /** At most so many records. */
  readonly records: number;
  /** No further record once so many bytes are reached; one record is always given. */
  readonly bytes: number;
  /**
   * Records about which something is still to be asked elsewhere are left for later, with all that follow
   * them: `changed` resolves when they can be read. Absent: they are waited for.
   */
  readonly onlyReady?: boolean;
}

/** Of what a topic holds: the first offset, and the one after the last. */
export interface Bounds {
  readonly first: number;
  readonly next: number;
}

/**
 * Topics of one partition, each a log of committed records: the inputs and global topics that a runner
 * reads, the outputs that others read.
 */
export interface TopicLog {
  readonly bounds: (topic: string) => Promise<Bounds>;
  /**
   * The records from an offset on; none at the end of the log, or before those that are not ready.
   * @throws PositionGone when the offset lies before the first or after the next
   */
  readonly read: (topic: string, from: number, limit: ReadLimit) => Promise<LogSlice>;
  /** Resolves when a topic has a record to read at or after its position, at the latest after `waitMs`. */
  readonly changed: (positions: ReadonlyMap<string, number>, waitMs: number) => Promise<void>;
}

/** Writes records to input topics; used by whoever takes them in, not by the runner. */
export interface TopicWriter {
  /** Resolves with the offset of the first record when all are durable, in order, without a gap. */
  readonly append: (topic: string, values: readonly Uint8Array[]) => Promise<number>;
}

/**
 * Who owns the partition: a number that only grows. To the ledger it is what `fence` gave; to the copy of
 * the states the place of the owner's record in the journal, which no other owner has.
 */
export type OwnerToken = number;

export interface JournalEntry {
  /** Place in the journal; grows with the step. */
  readonly position: number;
  readonly record: Journal;
  /** The bytes of the record as they were written: the next record holds their hash. */
  readonly bytes: Uint8Array;
  /** When the ledger took it in by its own clock, UTC milliseconds, where it has one. */
  readonly appendedAt?: number;
}

export interface OutputRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: Uint8Array;
  /** The input that it came of at once; absent: it came of time, of a sweep, or of a record that had waited. */
  readonly origin?: Origin | undefined;
  /** Written beside it, where the ledger can. */
  readonly headers?: Headers;
}

/** Where a record came from. */
export interface Origin {
  readonly topic: string;
  readonly record: LogRecord;
}

/** All of a step that becomes durable and visible at once, or not at all. */
export interface Commit {
  readonly journal: Journal;
  /** `journal` in Avro. */
  readonly bytes: Uint8Array;
  readonly outputs: readonly OutputRecord[];
  /** States for the checkpoint, with the restart position that holds once they are in it. */
  readonly checkpoint: CheckpointSlice | undefined;
}

/** Where a replay over a checkpoint begins. */
export interface Restart {
  readonly step: number;
  /** Of the journal record before that step. */
  readonly position: number;
  /** The step with which it was written: the checkpoint knows none after it. */
  readonly asOf: number;
}

export interface CheckpointSlice {
  readonly blobs: readonly Blob[];
  /** Keys whose tombstones nobody needs any more. */
  readonly forgotten: readonly string[];
  readonly restart: Restart;
}

/** The state of one key after a step. */
export interface Blob {
  readonly key: string;
  /** The last step applied to it: a page's LSN. */
  readonly step: number;
  /** Infinity: never. */
  readonly dueAt: number;
  /** Undefined: a tombstone, the key was removed in this step. */
  readonly bytes: Uint8Array | undefined;
}

/** The outputs, the journal and the positions of a partition, written by its owner alone. */
export interface Ledger {
  /** Takes the partition over: commits of an earlier owner fail from now on. */
  readonly fence: () => Promise<OwnerToken>;
  /** The partition is to be taken over no more: a fence that waits for a server rejects, and later ones do. */
  readonly giveUp?: () => void;
  /** The newest record; undefined: the journal is empty. Ask after `fence`. */
  readonly last: () => Promise<JournalEntry | undefined>;
  /** Records from a position on, in order, at most `limit`; none at the end. @throws PositionGone */
  readonly read: (from: number, limit: number) => Promise<readonly JournalEntry[]>;
  /**
   * Resolves with the record's position when all of it is durable.
   * @throws Fenced when another has taken over
   * @throws anything else: whether it was committed is not known; read the journal
   */
  readonly commit: (owner: OwnerToken, commit: Commit) => Promise<number>;
  /** How far the clock of this process was before that of the ledger at the last commit, ms, where it has one. */
  readonly skewMs?: () => number | undefined;
}

export interface DueEntry {
  readonly key: string;
  readonly step: number;
  readonly dueAt: number;
  /** Only a tombstone is left. */
  readonly removed: boolean;
}

/** The durable copy of the states: fuzzy, each blob with its step. Written through `Ledger.commit`. */
export interface Checkpoints {
  /** Undefined: there is no checkpoint, or it has lost something. */
  readonly restart: () => Promise<Restart | undefined>;
}

/** It finds single states. */
export interface CheckpointStore extends Checkpoints {
  /** Every key in it, in any order. */
  readonly due: () => AsyncIterable<readonly DueEntry[]>;
  readonly get: (keys: readonly string[]) => Promise<readonly (Blob | undefined)[]>;
}

/** It is only read as a whole. */
export interface CheckpointLog extends Checkpoints {
  /** All states in it; of one key there may be several, a later step after an earlier one. */
  readonly blobs: () => AsyncIterable<readonly Blob[]>;
}

/** A copy of all states after one step, the watermark. Losing it costs time, never facts. */
export interface StateStore {
  /**
   * Takes the store over: writes of lower tokens are refused from now on.
   * @returns the step after which it holds all states; undefined: it holds nothing to rely on
   */
  readonly open: (owner: OwnerToken) => Promise<number | undefined>;
  /** The step after which it holds all states, whoever owns it; undefined: there is none. */
  readonly watermark: () => Promise<number | undefined>;
  readonly due: () => AsyncIterable<readonly DueEntry[]>;
  /**
   * Blobs as they are at a watermark. A store that has fallen back to an older copy of itself would
   * give older states, and nothing about them says so: it must not answer.
   * @throws StateLost when the store is not as this owner has left it
   * @throws Fenced when a later owner has opened it
   */
  readonly get: (at: StatesAt, keys: readonly string[]) => Promise<readonly (Blob | undefined)[]>;
  readonly put: (write: StateWrite) => Promise<PutOutcome>;
  /** Empties it: no watermark, no blobs. Fenced owners change nothing. */
  readonly forget: (owner: OwnerToken) => Promise<PutOutcome>;
}

/** What a reader takes the store to hold: both are compared. */
export interface StatesAt {
  readonly owner: OwnerToken;
  /** Undefined while a rebuild is under way. */
  readonly watermark: number | undefined;
}

export interface StateWrite {
  readonly owner: OwnerToken;
  /** The watermark must be this step; undefined: there must be none, and `step` may be undefined. */
  readonly previous: number | undefined;
  /** The watermark after it; undefined while a rebuild is under way. */
  readonly step: number | undefined;
  /** A stored blob of the same or a later step stays. */
  readonly blobs: readonly Blob[];
}

/**
 * already: the watermark is at or past the step. gap: it is before `previous`, or there is none, or the
 * store does not know the owner who has opened it: it has lost something since.
 */
export type PutOutcome = 'applied' | 'already' | 'gap' | 'fenced';
