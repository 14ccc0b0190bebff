import { readOnlyPartition } from '@tidemark/engine/adapters/kafka/kafka-ports';
import type { Place } from '@tidemark/processor/orders';
import { INPUT_TOPICS, JOURNAL, ORDERS } from '@tidemark/processor/topics';
import { UsageFault } from '../exit';
import { checkPartition, checkStands, orderSkip, type OrderNote } from '../orders';
import { withCluster, type Cluster } from './cluster';
import type { ClusterOptions } from './cluster-options';
import { withOrderDesk } from './order-desk';

/**
 * Orders that a record is passed over: the processor whose partition it stops goes on within a second or
 * two.
 * @param named as the option says it, with or without prefix
 * @throws UsageFault where its partition does not stand at that record
 */
export const skipInCluster = (
  options: ClusterOptions,
  named: Place,
  note: OrderNote,
): Promise<void> =>
  withCluster(options, [...INPUT_TOPICS, JOURNAL, ORDERS], async (cluster) => {
    const place = { ...named, topic: cluster.names.logical(named.topic) ?? named.topic };
    await check(cluster, place);
    const when = 'as soon as its partition has stopped at it';
    await withOrderDesk(cluster, ({ orders, give }) =>
      orderSkip(orders, place, note, (order) => give([], [order]), when),
    );
  });

async function check(cluster: Cluster, place: Place): Promise<void> {
  const { reader, names, wire, partitions, log } = cluster;
  const { topic, partition } = place;
  if (!INPUT_TOPICS.includes(topic)) {
    throw new UsageFault(
      `--topic: only a record of ${INPUT_TOPICS.join(', ')} can be passed over; what stops a partition elsewhere takes a build that can load it: start that one`,
    );
  }
  checkPartition(partition, partitions);
  const { ledger, close } = readOnlyPartition({ reader, names, partition, frame: wire.frame });
  try {
    await checkStands({ inputs: log(partition), ledger }, place);
  } finally {
    await close();
  }
}
