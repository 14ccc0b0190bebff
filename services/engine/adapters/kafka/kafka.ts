import type { Bounds } from '../../ports';

/**
 * What the adapter needs of a Kafka client, and no more. `kafkajs/` holds the only one there is; nothing
 * outside that folder names the library, so that it can be replaced.
 *
 * All offsets are numbers, all reading is `read_committed`: records of aborted or open transactions and
 * control records are never seen, they are gaps.
 */
export interface Kafka {
  readonly reader: () => Reader;
  readonly producer: () => Producer;
  /**
   * Fences every earlier one of this id: what it had begun is aborted when this resolves.
   * @param givenUp ends the wait for a coordinator, which has no bound; of no effect afterwards
   */
  readonly transactions: (transactionalId: string, givenUp?: AbortSignal) => Promise<Transactions>;
  readonly join: (settings: GroupSettings) => Promise<Membership>;
  readonly admin: () => Admin;
  /** Closes all that was made by it. */
  readonly close: () => Promise<void>;
}

/** Where the brokers are and how they are talked to. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Undefined: plain text. Certificates are PEM texts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  /** How long an admin asks and a producer sends before that is an error, ms; default 30,000. */
  readonly patienceMs?: number;
  /** Told what the client reports, without record contents. */
  readonly log?: (level: 'error' | 'warn' | 'info', message: string) => void;
}

export interface KafkaRecord {
  readonly offset: number;
  readonly key: Uint8Array | undefined;
  /** Empty for a tombstone. */
  readonly value: Uint8Array;
  /** UTC milliseconds: when it was appended or created, as the topic is set. */
  readonly timestamp: number;
  /** Where they were asked for. */
  readonly headers?: readonly Header[];
}

/** What producers put beside a record; a name may come several times. */
export interface Header {
  readonly name: string;
  readonly value: Uint8Array | null;
}

export interface FetchLimit {
  readonly records: number;
  readonly bytes: number;
  /** False: nobody looks at the keys, they are not given. */
  readonly keys?: boolean;
  /** True: headers are given. */
  readonly headers?: boolean;
}

export interface Fetched {
  readonly records: readonly KafkaRecord[];
  /** Where to read on: beyond the last record and the gaps that follow it. */
  readonly next: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * Reads any number of partitions, each in order from where it was asked for last, and fetches ahead into
 * bounded buffers, all partitions of a broker in one request.
 */
export interface Reader {
  /** First offset that is kept, and the last stable offset; asks the broker, until it answers. */
  readonly bounds: (at: TopicPartition) => Promise<Bounds>;
  /**
   * Records from an offset on, at most `records` and about `bytes` (one record is always given). None
   * only if there was none at the last fetch that ended after this partition was first asked for. Failures
   * of brokers and connections are waited out.
   * @throws PositionGone for an offset before the first or after the next
   * @throws PartitionStopped when what is stored there cannot be read
   */
  readonly read: (at: TopicPartition, from: number, limit: FetchLimit) => Promise<Fetched>;
  /** Resolves when one of them has a record (or a gap) from its offset on, at the latest after `waitMs`. */
  readonly changed: (
    positions: readonly (TopicPartition & { readonly from: number })[],
    waitMs: number,
  ) => Promise<void>;
  /** Partitions that are not read for now give their buffers back. */
  readonly release: (partitions: readonly TopicPartition[]) => void;
  /**
   * Tells that records (or gaps) up to before `next` exist: no answer that ends before it is empty, and
   * `bounds` does not end before it. What `bounds` gives is expected without being told.
   */
  readonly expect: (at: TopicPartition, next: number) => void;
  /**
   * The same over the same connections, with positions of its own: two who read one partition from two
   * places each need one. Closing it gives its buffers back.
   * @param aheadBytes of a partition nothing is fetched while so much of it is ahead; default 2 MB. A fetch
   * brings 1 MB of it at most
   */
  readonly view: (aheadBytes?: number) => Reader;
  readonly close: () => Promise<void>;
}

export interface ProducedRecord extends TopicPartition {
  /** A text is written in UTF-8. */
  readonly key: string | Uint8Array | null;
  /** Null: a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers?: readonly Header[];
  /** UTC milliseconds; default: now. Topics that have the time of the broker do not keep it. */
  readonly timestamp?: number;
}

export interface Producer {
  /** Idempotent, acks=all; resolves with the base offset of each topic-partition. Splits over-large sends. */
  readonly send: (records: readonly ProducedRecord[]) => Promise<ReadonlyMap<string, number>>;
  readonly close: () => Promise<void>;
}

/** One transactional producer: one transaction after the other. */
export interface Transactions {
  /**
   * Writes records and offsets in one transaction.
   * @returns the offset of the last record of each topic, by `topic/partition`
   * @throws Fenced when another has taken the id over
   * @throws PartitionStopped when a topic refuses what is written, whenever it is
   * @throws anything else: whether it was committed is not known, and this producer is of no use any more
   */
  readonly commit: (
    records: readonly ProducedRecord[],
    offsets: {
      readonly group: string;
      readonly next: readonly (TopicPartition & { readonly offset: number })[];
    },
  ) => Promise<ReadonlyMap<string, number>>;
  /**
   * How far our clock was before that of a broker at the last commit, ms; undefined: no topic that was
   * written to has the time of the broker.
   */
  readonly skewMs: () => number | undefined;
  readonly close: () => Promise<void>;
}

export interface GroupSettings {
  readonly group: string;
  /** All have the same number of partitions; a member owns partition p of every one. */
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly rebalanceTimeoutMs: number;
  /** The partitions that this member owns from now on; called after every rebalance. */
  readonly assigned: (partitions: ReadonlySet<number>, generation: number) => void;
  /** The membership is over and will not come back by itself. */
  readonly failed: (error: Error) => void;
}

export interface Membership {
  /**
   * The partitions of this member as the coordinator has just confirmed them: by a heartbeat that was
   * sent after this call, or by the end of a rebalance. It waits as long as there is no coordinator; one
   * that was fenced and may have been cut off from the group asks before it takes over again.
   */
  readonly confirmed: () => Promise<ReadonlySet<number>>;
  /** Leaves the group, so that others take over at once. */
  readonly leave: () => Promise<void>;
}

export interface TopicInfo {
  readonly name: string;
  readonly partitions: number;
  readonly replicas: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface Admin {
  /** Those of these topics that exist. */
  readonly topics: (names: readonly string[]) => Promise<readonly TopicInfo[]>;
  readonly create: (
    topics: readonly {
      readonly name: string;
      readonly partitions: number;
      readonly replicas: number;
      readonly config: Readonly<Record<string, string>>;
    }[],
  ) => Promise<void>;
  readonly setConfig: (name: string, config: Readonly<Record<string, string>>) => Promise<void>;
  /** Committed offsets of a group by `topic/partition`. */
  readonly committed: (
    group: string,
    topics: readonly string[],
  ) => Promise<ReadonlyMap<string, number>>;
  /** Number of brokers, and the cluster's id. */
  readonly cluster: () => Promise<{ readonly id: string; readonly brokers: number }>;
  readonly close: () => Promise<void>;
}
