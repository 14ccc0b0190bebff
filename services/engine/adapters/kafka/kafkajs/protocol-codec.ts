import type KafkajsBroker from 'kafkajs/src/broker';
import type Cluster from 'kafkajs/src/cluster';
import type { Exchange } from 'kafkajs/src/protocol/requests';
import type { Header } from '../kafka';
import type { Metadata } from './metadata-codec';

/**
 * The requests of the protocol that the writing side sends, as a broker of kafkajs 2.2.4 takes them. Its
 * own types say too little of them; the version is checked where the connection is made.
 */
export interface WritingBroker {
  readonly initProducerId: (request: {
    /** Absent: idempotent only. */
    readonly transactionalId?: string;
    readonly transactionTimeout: number;
  }) => Promise<ProducerId>;
  readonly addPartitionsToTxn: (
    request: InTransaction & {
      readonly topics: readonly {
        readonly topic: string;
        readonly partitions: readonly number[];
      }[];
    },
  ) => Promise<unknown>;
  readonly addOffsetsToTxn: (
    request: InTransaction & { readonly groupId: string },
  ) => Promise<unknown>;
  readonly txnOffsetCommit: (
    request: InTransaction & { readonly groupId: string; readonly topics: readonly OffsetsOf[] },
  ) => Promise<unknown>;
  readonly endTxn: (
    request: InTransaction & { readonly transactionResult: boolean },
  ) => Promise<unknown>;
}

export interface ProducerId {
  readonly producerId: string;
  readonly producerEpoch: number;
}

export interface InTransaction extends ProducerId {
  readonly transactionalId: string;
}

export interface Message {
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly Header[] | undefined;
  /** UTC milliseconds; default: that of its batch. */
  readonly timestamp?: number | undefined;
}

interface OffsetsOf {
  readonly topic: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly offset: string;
    readonly metadata: string | null;
  }[];
}

/** The requests of a group's member. */
export interface GroupBroker {
  readonly joinGroup: (request: {
    readonly groupId: string;
    readonly sessionTimeout: number;
    readonly rebalanceTimeout: number;
    /** Empty: a new member. */
    readonly memberId: string;
    readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
  }) => Promise<{
    readonly generationId: number;
    readonly leaderId: string;
    readonly memberId: string;
    readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
  }>;
  readonly syncGroup: (request: {
    readonly groupId: string;
    readonly generationId: number;
    readonly memberId: string;
    readonly groupAssignment: readonly {
      readonly memberId: string;
      readonly memberAssignment: Buffer;
    }[];
  }) => Promise<{ readonly memberAssignment: Buffer }>;
  readonly heartbeat: (request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
  }) => Promise<unknown>;
  readonly leaveGroup: (request: {
    readonly groupId: string;
    readonly memberId: string;
  }) => Promise<unknown>;
}

/** The requests of the administration. */
export interface AdminBroker {
  readonly metadata: (topics: readonly string[]) => Promise<Metadata>;
  readonly createTopics: (request: {
    readonly topics: readonly {
      readonly topic: string;
      readonly numPartitions: number;
      readonly replicationFactor: number;
      readonly configEntries: readonly ConfigEntry[];
    }[];
  }) => Promise<unknown>;
  readonly describeConfigs: (request: {
    readonly resources: readonly { readonly type: number; readonly name: string }[];
  }) => Promise<{
    readonly resources: readonly {
      readonly resourceName: string;
      readonly configEntries: readonly {
        readonly configName: string;
        readonly configValue: string | null;
        readonly isDefault?: boolean;
        readonly configSource?: number;
      }[];
    }[];
  }>;
  readonly alterConfigs: (request: {
    readonly resources: readonly {
      readonly type: number;
      readonly name: string;
      readonly configEntries: readonly ConfigEntry[];
    }[];
  }) => Promise<unknown>;
  readonly offsetFetch: (request: {
    readonly groupId: string;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
    }[];
  }) => Promise<{
    readonly responses: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[];
  }>;
}

/** Any broker, asked for a coordinator. */
export interface FindingBroker {
  readonly findGroupCoordinator: (
    request: Parameters<Cluster['findGroupCoordinator']>[0],
  ) => Promise<unknown>;
}

export interface ConfigEntry {
  readonly name: string;
  readonly value: string;
}

/** Any broker of a cluster. */
export interface Broker {
  readonly nodeId: number;
}

export const asBroker = (found: unknown): Broker => found as Broker;
export const asWriting = (broker: Broker): WritingBroker => broker as unknown as WritingBroker;
/** Sends a request of our own. As kafkajs does it, a broker whose connection is lost is connected anew. */
export async function exchange<Answer>(broker: Broker, asked: Exchange<Answer>): Promise<Answer> {
  const { connectionPool, disconnect } = broker as unknown as KafkajsBroker;
  try {
    return await connectionPool.send(asked);
  } catch (error) {
    if (error instanceof Error && error.name === 'KafkaJSConnectionClosedError') {
      await disconnect.call(broker);
    }
    throw error;
  }
}
export const asGroup = (broker: Broker): GroupBroker => broker as unknown as GroupBroker;
export const asFinding = (broker: Broker): FindingBroker => broker as unknown as FindingBroker;
export const asAdmin = (broker: Broker): AdminBroker => broker as unknown as AdminBroker;

/** A view of the bytes as kafkajs wants them: it would write another Uint8Array as its text. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
