import type { AsOf } from '@tidemark/engine/as-of';
import { replayAsOf } from '@tidemark/engine/as-of';
import { partitionOf } from '@tidemark/engine/partitioner';
import { verify, type Evidence, type Verification } from '@tidemark/engine/verify';
import type { Output } from '@tidemark/rating/grading/publish';
import { customerMachine } from '@tidemark/rating/customer-machine';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { CustomerState } from '@tidemark/rating/state';
import type { InputRecord } from '@tidemark/schemas/records';
import { lookAtPartition, partitionsIn } from './data-directory';
import { REFUSED } from './topics';

const CACHE_KEYS = 50_000;
const FAULTS_MAX = 100;

/**
 * Looks at what one partition of a data directory holds; a server may run on it meanwhile.
 * @throws StoreRefused when there is no data, or data of another format
 */
async function withEvidence<T>(
  directory: string,
  partition: number,
  look: (evidence: Evidence) => Promise<T>,
): Promise<T> {
  const partitions = partitionsIn(directory) ?? 1;
  const store = await lookAtPartition({ directory, partitions }, partition);
  try {
    const { ports, outputs } = store.partition(partition);
    return await look({ inputs: ports.inputs, ledger: ports.ledger, outputs });
  } finally {
    await store.close();
  }
}

/** Runs the whole journal of one partition again and compares it with what was published. */
export const verifyPartition = (
  directory: string,
  partition: number,
  progress: (records: number) => void,
): Promise<Verification> =>
  withEvidence(directory, partition, (evidence) =>
    verify(customerMachine, evidence, {
      partition,
      cacheKeys: CACHE_KEYS,
      progress,
      faultsMax: FAULTS_MAX,
      apart: [REFUSED],
    }),
  );

export type CustomerAsOf = AsOf<CustomerState, InputRecord, Output, RatingGlobals>;

/**
 * What was known of a customer at a time, and what had been published.
 * @param asOf UTC milliseconds
 */
export function customerAsOf(
  directory: string,
  customer: { readonly institution: string; readonly customer: string },
  asOf: number,
  progress: (records: number) => void,
): Promise<CustomerAsOf> {
  const key = `${customer.institution}:${customer.customer}`;
  const partition = partitionOf(key, partitionsIn(directory) ?? 1);
  return withEvidence(directory, partition, (evidence) =>
    replayAsOf(customerMachine, evidence, { partition, key, asOf }, progress),
  );
}
