import type { ProducedRecord } from '@tidemark/engine/adapters/kafka/kafka';
import { Fenced } from '@tidemark/engine/errors';
import { clusterOrders } from '@tidemark/processor/cluster-orders';
import { placeText } from '@tidemark/processor/orders';
import { ORDERS } from '@tidemark/processor/topics';
import type { Order } from '@tidemark/schemas/records';
import { UsageFault } from '../exit';
import type { Cluster } from './cluster';

/** Gives orders about a cluster while nobody else can. */
export interface OrderDesk {
  /** All that were given before, the oldest first. */
  readonly orders: readonly Order[];
  /**
   * Writes records and orders at once or not at all.
   * @throws UsageFault when another has begun to give orders: nothing of this call was written
   */
  readonly give: (records: readonly ProducedRecord[], orders: readonly Order[]) => Promise<void>;
}

/**
 * One transactional id for all who give orders: whoever begins ends what another has under way, and then
 * reads what was ordered. So of two who order at once the second sees what the first has done, or the
 * first fails and has done nothing; a record is sent again if, and only if, its order is there.
 */
export async function withOrderDesk<T>(
  cluster: Cluster,
  use: (desk: OrderDesk) => Promise<T>,
): Promise<T> {
  const { kafka, settings, names, wire } = cluster;
  const transactions = await kafka.transactions(`${settings.application}-orders`);
  const log = clusterOrders(cluster);
  const { topic } = names.of(ORDERS);
  try {
    const orders = await log.all();
    return await use({
      orders,
      give: async (records, given) => {
        const written = given.map((order) => ({
          ...{ topic, partition: 0, key: placeText(order) },
          value: wire.encode('order', order),
        }));
        const none = { group: settings.application, next: [] };
        try {
          await transactions.commit([...records, ...written], none);
        } catch (error) {
          if (!(error instanceof Fenced)) throw error;
          throw new UsageFault(
            'another has begun to give orders meanwhile: what was not reported as done was not done; say it again',
          );
        }
      },
    });
  } finally {
    await transactions.close();
    await log.close();
  }
}
