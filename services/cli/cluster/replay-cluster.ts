import { clusterCustomerAsOf } from '@tidemark/processor/cluster-evidence';
import type { CustomerAsOf } from '@tidemark/processor/evidence';
import { GLOBAL_TOPICS, INPUT_TOPICS, JOURNAL } from '@tidemark/processor/topics';
import { withCluster } from './cluster';
import type { ClusterOptions } from './cluster-options';

/**
 * What was known of a customer of a cluster at a time, and what had been published.
 * @param asOf UTC milliseconds
 */
export const replayInCluster = (
  options: ClusterOptions,
  customer: { readonly institution: string; readonly customer: string },
  asOf: number,
  read: (records: number) => void,
): Promise<CustomerAsOf> =>
  withCluster(options, [...INPUT_TOPICS, ...GLOBAL_TOPICS, JOURNAL], (cluster) =>
    clusterCustomerAsOf(cluster, customer, asOf, read),
  );
