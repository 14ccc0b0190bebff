import { readOnlyPartition } from '@tidemark/engine/adapters/kafka/kafka-ports';
import { placeText, type Place } from '@tidemark/processor/orders';
import { INPUT_TOPICS, JOURNAL, ORDERS } from '@tidemark/processor/topics';
import { say, UsageFault } from '../exit';
import { checkPartition, orderSkip, type OrderNote } from '../orders';
import { withCluster, type Cluster } from './cluster';
import type { ClusterOptions } from './cluster-options';
import { withOrderDesk } from './order-desk';

/**
 * Orders that a record is passed over: the processor whose partition it stops goes on within a second or
 * two.
 * @param named as the option says it, with or without prefix
 * @throws UsageFault where there is no such record, or it was decided already
 */
export const skipInCluster = (
  options: ClusterOptions,
  named: Place,
  note: OrderNote,
): Promise<void> =>
  withCluster(options, [...INPUT_TOPICS, JOURNAL, ORDERS], async (cluster) => {
    const place = { ...named, topic: cluster.names.logical(named.topic) ?? named.topic };
    await check(cluster, place);
    const when = 'as soon as its partition comes to it';
    await withOrderDesk(cluster, ({ orders, give }) =>
      orderSkip(orders, place, note, (order) => give([], [order]), when),
    );
  });

async function check(cluster: Cluster, place: Place): Promise<void> {
  const { reader, names, wire, partitions } = cluster;
  const { topic, partition, offset } = place;
  if (!INPUT_TOPICS.includes(topic)) {
    throw new UsageFault(
      `--topic: only a record of ${INPUT_TOPICS.join(', ')} can be passed over; what stops a partition elsewhere takes a build that can load it: start that one`,
    );
  }
  checkPartition(partition, partitions);
  const { next } = await cluster.log(partition).bounds(topic);
  if (offset >= next) throw new UsageFault(`there is no ${placeText(place)}: it ends at ${next}`);
  const { ledger, close } = readOnlyPartition({ reader, names, partition, frame: wire.frame });
  try {
    const last = await ledger.last();
    const decided = last?.record.positions[topic] ?? 0;
    if (offset >= decided) {
      // where it stops lies within a step of that: nobody but its processor knows the very record
      const before = offset === decided ? '' : `, ${offset - decided} places before this one`;
      say(
        `the partition stands at ${topic}@${decided}${before}; pass over what its message names alone`,
      );
      return;
    }
    throw new UsageFault(
      `${placeText(place)} was decided already: the partition stands at ${topic}@${decided}`,
    );
  } finally {
    await close();
  }
}
