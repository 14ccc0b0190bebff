import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import type { Exchange } from 'kafkajs/src/protocol/requests';
import listRequest from 'kafkajs/src/protocol/requests/listOffsets/v3/request';
import { decode, type ListedOffsets } from 'kafkajs/src/protocol/requests/listOffsets/v3/response';
import type { TopicPartition } from '../kafka';
import type { BrokerLink } from './fetch-broker';

export interface Bounds {
  readonly first: number;
  /** The last stable offset: before it no transaction is open. */
  readonly next: number;
}

const EARLIEST = -2;
const LATEST = -1;

/**
 * The bounds of a partition as its leader knows them. A new leader refuses until it knows of all that was
 * readable under the one before (KIP-207), so that the end never moves back.
 * @throws what the broker or the connection says
 */
export async function boundsAt(link: BrokerLink, at: TopicPartition): Promise<Bounds> {
  const [first, next] = await Promise.all([
    link.send(listExchange(at, EARLIEST)).then(offsetIn),
    link.send(listExchange(at, LATEST)).then(offsetIn),
  ]);
  return { first, next };
}

const listExchange = (
  { topic, partition }: TopicPartition,
  timestamp: number,
): Exchange<ListedOffsets> => ({
  request: listRequest({
    replicaId: -1,
    isolationLevel: 1,
    topics: [{ topic, partitions: [{ partition, timestamp }] }],
  }),
  response: { decode, parse: (decoded) => Promise.resolve(decoded) },
});

function offsetIn({ responses }: ListedOffsets): number {
  const found = responses[0]?.partitions[0];
  if (found === undefined) throw new Error('the broker does not say where the partition ends');
  if (found.errorCode !== 0) throw createErrorFromCode(found.errorCode);
  return Number(found.offset);
}
