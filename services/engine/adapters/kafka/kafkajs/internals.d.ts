/**
 * What is used of the inside of kafkajs 2.2.4, which has no types of its own for it. `version.ts` refuses
 * any other version.
 */
declare module 'kafkajs/src/cluster' {
  import type { KafkajsLogger } from 'kafkajs/src/loggers';
  import type { ConnectionOptions } from 'kafkajs/src/network/connectionPool';

  interface ClusterOptions extends ConnectionOptions {
    readonly logger: KafkajsLogger;
    readonly brokers: readonly string[];
    readonly authenticationTimeout: number;
    readonly metadataMaxAge: number;
    readonly retry: {
      readonly retries: number;
      readonly initialRetryTime: number;
      readonly maxRetryTime: number;
    };
    readonly allowAutoTopicCreation: boolean;
    readonly isolationLevel: 0 | 1;
  }

  class Cluster {
    constructor(options: ClusterOptions);
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    isConnected(): boolean;
    addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
    refreshMetadata(): Promise<void>;
    metadata(request?: { readonly topics?: readonly string[] }): Promise<unknown>;
    findTopicPartitionMetadata(
      topic: string,
    ): readonly { readonly partitionId: number; readonly leader: number }[];
    /** Partitions by the id of the node that leads them. */
    findLeaderForPartitions(
      topic: string,
      partitions: readonly number[],
    ): Readonly<Record<string, readonly number[]>>;
    findBroker(node: { readonly nodeId: string | number }): Promise<unknown>;
    findGroupCoordinator(request: {
      readonly groupId: string;
      /** 0: of groups, 1: of transactions. */
      readonly coordinatorType?: 0 | 1;
    }): Promise<unknown>;
    findControllerBroker(): Promise<unknown>;
    removeBroker(at: { readonly host: string; readonly port: number }): void;
    getNodeIds(): readonly string[];
  }
  export = Cluster;
}

declare module 'kafkajs/src/broker' {
  import type ConnectionPool from 'kafkajs/src/network/connectionPool';
  import type { KafkajsLogger } from 'kafkajs/src/loggers';

  class Broker {
    constructor(options: {
      readonly connectionPool: ConnectionPool;
      readonly logger: KafkajsLogger;
      readonly authenticationTimeout: number;
      readonly allowAutoTopicCreation: boolean;
    });
    readonly connectionPool: ConnectionPool;
    /** By the key of the request; null before `connect`. */
    readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null;
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    isConnected(): boolean;
  }
  export = Broker;
}

declare module 'kafkajs/src/network/connectionPool' {
  import type { KafkajsLogger } from 'kafkajs/src/loggers';
  import type { Exchange } from 'kafkajs/src/protocol/requests';
  import type { Socket } from 'node:net';

  interface ConnectionOptions {
    readonly socketFactory: (to: {
      readonly host: string;
      readonly port: number;
      readonly ssl: object | null;
      readonly onConnect: () => void;
    }) => Socket;
    readonly ssl: object | null;
    readonly sasl: object | null;
    readonly clientId: string;
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly enforceRequestTimeout: boolean;
    readonly maxInFlightRequests?: number;
  }

  interface Connection {
    /** What has come and is no whole answer yet; where that is nothing, an empty part of the last answer. */
    chunks: readonly Uint8Array[];
    readonly bytesBuffered: number;
    processData(data: Buffer): void;
  }

  /** Two connections to one broker: the second carries fetch requests only. */
  class ConnectionPool {
    constructor(
      options: ConnectionOptions & {
        readonly logger: KafkajsLogger;
        readonly host: string;
        readonly port: number;
      },
    );
    readonly pool: readonly Connection[];
    destroy(): Promise<void>;
    send<Answer>(
      exchange: Exchange<Answer> & {
        readonly requestTimeout?: number;
        readonly logResponseError?: boolean;
      },
    ): Promise<Answer>;
  }
  namespace ConnectionPool {
    export { Connection, ConnectionOptions };
  }
  export = ConnectionPool;
}

declare module 'kafkajs/src/network/socketFactory' {
  import type { ConnectionOptions } from 'kafkajs/src/network/connectionPool';
  function createSocketFactory(): ConnectionOptions['socketFactory'];
  export = createSocketFactory;
}

declare module 'kafkajs/src/loggers' {
  export interface KafkajsLogger {
    readonly namespace: (name: string) => KafkajsLogger;
  }
  export const LEVELS: {
    readonly NOTHING: 0;
    readonly ERROR: 1;
    readonly WARN: 2;
    readonly INFO: 4;
    readonly DEBUG: 5;
  };
  export function createLogger(options: {
    readonly level: number;
    readonly logCreator: () => (entry: {
      readonly level: number;
      readonly log: { readonly message: string };
    }) => void;
  }): KafkajsLogger;
}

declare module 'kafkajs/src/protocol/requests' {
  interface Request {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly encode: () => Promise<unknown>;
  }
  interface Exchange<Answer> {
    readonly request: Request;
    readonly response: {
      readonly decode: (payload: Buffer) => Promise<Answer>;
      readonly parse: (decoded: Answer) => Promise<Answer>;
    };
  }
  export { Request, Exchange };
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/request' {
  import type { Request } from 'kafkajs/src/protocol/requests';
  function request(fetch: {
    readonly replicaId: -1;
    /** 1: read committed. */
    readonly isolationLevel: 1;
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly fetchOffset: number;
        readonly maxBytes: number;
      }[];
    }[];
  }): Request;
  export = request;
}

declare module 'kafkajs/src/protocol/requests/listOffsets/v3/request' {
  import type { Request } from 'kafkajs/src/protocol/requests';
  function request(list: {
    readonly replicaId: -1;
    readonly isolationLevel: 1;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
    }[];
  }): Request;
  export = request;
}

declare module 'kafkajs/src/protocol/requests/listOffsets/v3/response' {
  export interface ListedOffsets {
    readonly responses: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly errorCode: number;
        readonly offset: string;
      }[];
    }[];
  }
  export function decode(payload: Buffer): Promise<ListedOffsets>;
}

declare module 'kafkajs/src/protocol/requests/produce/v7/request' {
  import type { Request } from 'kafkajs/src/protocol/requests';
  function request(produce: {
    readonly transactionalId: string | null;
    readonly producerId: string;
    readonly producerEpoch: number;
    readonly acks: -1;
    readonly timeout: number;
    readonly topicData: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly firstSequence: number;
        readonly messages: readonly {
          readonly key: string | Buffer | null;
          readonly value: Buffer | null;
          readonly timestamp: number;
          readonly headers: Readonly<Record<string, readonly Buffer[]>>;
        }[];
      }[];
    }[];
  }): Request;
  export = request;
}

declare module 'kafkajs/src/protocol/requests/produce/v7/response' {
  export interface Produced {
    readonly topics: readonly {
      readonly topicName: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly baseOffset: string;
        /** -1: the topic's timestamps are those of the producer. */
        readonly logAppendTime: string;
      }[];
    }[];
  }
  export function decode(payload: Buffer): Promise<Produced>;
  export function parse(decoded: Produced): Promise<Produced>;
}

declare module 'kafkajs/src/protocol/requests/metadata/v6/request' {
  import type { Request } from 'kafkajs/src/protocol/requests';
  function request(metadata: {
    readonly topics: readonly string[];
    readonly allowAutoTopicCreation: boolean;
  }): Request;
  export = request;
}

declare module 'kafkajs/src/protocol/requests/metadata/v6/response' {
  interface DecodedMetadata {
    readonly brokers: readonly {
      readonly nodeId: number;
      readonly host: string;
      readonly port: number;
    }[];
    readonly topicMetadata: readonly {
      readonly topicErrorCode: number;
      readonly topic: string;
      readonly partitionMetadata: readonly {
        readonly partitionErrorCode: number;
        readonly partitionId: number;
        readonly leader: number;
      }[];
    }[];
  }
  export { DecodedMetadata };
  export function decode(payload: Buffer): Promise<DecodedMetadata>;
}

declare module 'kafkajs/src/protocol/error' {
  export function createErrorFromCode(code: number): { readonly type: string };
}

declare module 'kafkajs-snappy' {
  function snappy(): { readonly decompress: (buffer: Buffer) => Promise<Buffer> };
  export = snappy;
}
