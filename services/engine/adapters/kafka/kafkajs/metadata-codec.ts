import type { Socket } from 'node:net';
import type Cluster from 'kafkajs/src/cluster';
import metadataRequest from 'kafkajs/src/protocol/requests/metadata/v6/request';
import { decode } from 'kafkajs/src/protocol/requests/metadata/v6/response';
import type { Exchange } from 'kafkajs/src/protocol/requests';

/** What brokers say of the cluster and its topics. */
export interface Metadata {
  readonly clusterId: string;
  readonly brokers: readonly {
    readonly nodeId: number;
    readonly host: string;
    readonly port: number;
  }[];
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly partitionMetadata: readonly {
      readonly partitionId: number;
      /** -1: none. */
      readonly leader: number;
      readonly replicas: readonly number[];
    }[];
  }[];
}

interface Inside {
  readonly brokerPool: {
    readonly metadata: Metadata | null;
    readonly brokers: Readonly<Record<string, BrokerInside>>;
    readonly seedBroker?: BrokerInside;
    createBroker: (options: object) => BrokerInside;
  };
}

interface BrokerInside {
  readonly connectionPool: {
    readonly send: <Answer>(
      exchange: Exchange<Answer> & { readonly logResponseError: boolean },
    ) => Promise<Answer>;
    readonly pool: readonly {
      readonly rejectRequests: (error: Error) => void;
      readonly socket?: Socket;
    }[];
  };
  metadata: (topics: readonly string[]) => Promise<unknown>;
}

/**
 * Makes a cluster take metadata as it is. kafkajs throws all of it away when one partition of one topic
 * has no leader at the moment, and then cannot even be connected. A partition without a leader is found
 * where it is looked for: no broker has the id -1.
 */
export function takeMetadataAsItIs(cluster: Cluster): Cluster {
  const { brokerPool } = cluster as unknown as Inside;
  const { createBroker } = brokerPool;
  brokerPool.createBroker = (options) => {
    const broker = createBroker(options);
    broker.metadata = (topics) =>
      broker.connectionPool.send({
        request: metadataRequest({ topics, allowAutoTopicCreation: false }),
        response: { decode, parse: (decoded) => Promise.resolve(decoded) },
        logResponseError: false,
      });
    return broker;
  };
  return cluster;
}

/** `host:port` of every broker in the metadata that a cluster has now. */
export function addressesOf(cluster: Cluster): string[] {
  const { brokerPool } = cluster as unknown as Inside;
  return (brokerPool.metadata?.brokers ?? []).map(({ host, port }) => `${host}:${port}`);
}

/**
 * Ends all connections of a cluster now: what waits for an answer fails. kafkajs itself would wait for
 * the answers, of which a dead broker gives none.
 */
export function cutOff(cluster: Cluster): void {
  const { brokers, seedBroker } = (cluster as unknown as Inside).brokerPool;
  for (const broker of [
    ...Object.values(brokers),
    ...(seedBroker === undefined ? [] : [seedBroker]),
  ]) {
    for (const connection of broker.connectionPool.pool) {
      connection.rejectRequests(new Error('the connection was given up'));
      connection.socket?.destroy();
    }
  }
  cluster.disconnect().catch(() => undefined);
}
