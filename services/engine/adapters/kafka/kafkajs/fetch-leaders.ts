import metadataRequest from 'kafkajs/src/protocol/requests/metadata/v6/request';
import { decode, type DecodedMetadata } from 'kafkajs/src/protocol/requests/metadata/v6/response';
import type { KafkaSettings, TopicPartition } from '../kafka';
import { linkTo, type Address, type BrokerLink } from './fetch-broker';

/** Which broker leads a partition, as far as is known. */
export interface Leaders {
  /** Node id; undefined: not known, ask `refresh`. */
  readonly of: (at: TopicPartition) => number | undefined;
  /** That one does not lead it, or does not answer. */
  readonly forget: (at: TopicPartition) => void;
  /** The same of one that may be cut off from the cluster: the next broker is asked who leads it. */
  readonly doubt: (at: TopicPartition) => void;
  /** @throws whatever the connection throws: another broker is asked the next time */
  readonly refresh: (topics: Iterable<string>) => Promise<void>;
  readonly address: (node: number) => Address;
  /** Number of brokers at the last look. */
  readonly brokers: () => number;
  readonly close: () => void;
}

export const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/**
 * Unlike kafkajs' own, one topic that is missing, or one partition without a leader, keeps no other from
 * being read.
 */
export function leadersOf(settings: KafkaSettings): Leaders {
  const leaders = new Map<string, number>();
  const addresses = new Map<number, Address>();
  let link: BrokerLink | undefined;
  let turn = 0;
  let isDoubted = false;
  let running: Promise<void> | undefined;

  /** The brokers named at the start, and those that the cluster had at the last look. */
  function nextAddress(): Address {
    const known = [...settings.brokers.map(addressOf), ...addresses.values()];
    const found = known[turn++ % known.length];
    if (found === undefined) throw new Error('no broker is named');
    return found;
  }

  async function ask(topics: readonly string[]): Promise<void> {
    if (isDoubted) {
      isDoubted = false;
      link?.drop();
      link = undefined;
    }
    if (link === undefined) {
      const address = nextAddress();
      link = linkTo(settings, () => address);
    }
    try {
      take(
        await link.send<DecodedMetadata>({
          request: metadataRequest({ topics, allowAutoTopicCreation: false }),
          response: { decode, parse: (decoded) => Promise.resolve(decoded) },
        }),
      );
    } catch (error) {
      link?.drop();
      link = undefined;
      throw error;
    }
  }

  function take({ brokers, topicMetadata }: DecodedMetadata): void {
    if (brokers.length > 0) addresses.clear();
    for (const { nodeId, host, port } of brokers) addresses.set(nodeId, { host, port });
    for (const { topic, partitionMetadata } of topicMetadata) {
      for (const { partitionId, leader } of partitionMetadata) {
        // an error beside a leader tells of replicas, which do not matter here
        if (addresses.has(leader)) leaders.set(keyOf({ topic, partition: partitionId }), leader);
        else leaders.delete(keyOf({ topic, partition: partitionId }));
      }
    }
  }

  return {
    of: (at) => leaders.get(keyOf(at)),
    forget: (at) => void leaders.delete(keyOf(at)),
    doubt: (at) => {
      leaders.delete(keyOf(at));
      isDoubted = true;
    },
    refresh: (topics) =>
      (running ??= ask([...new Set(topics)]).finally(() => {
        running = undefined;
      })),
    address: (node) => {
      const found = addresses.get(node);
      if (found === undefined) throw new Error(`broker ${node} is not in the cluster any more`);
      return found;
    },
    brokers: () => addresses.size,
    close: () => link?.drop(),
  };
}

function addressOf(broker: string): Address {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) };
}
