import { openLocalStore } from '@tidemark/engine/adapters/local/store';
import type { AsOf } from '@tidemark/engine/as-of';
import { replayAsOf } from '@tidemark/engine/as-of';
import { partitionOf } from '@tidemark/engine/partitioner';
import { verify, type Evidence, type Verification } from '@tidemark/engine/verify';
import type { Output } from '@tidemark/rating/grading/publish';
import { customerMachine } from '@tidemark/rating/customer-machine';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { CustomerState } from '@tidemark/rating/state';
import type { InputRecord } from '@tidemark/schemas/records';
import { partitionsIn } from './data-directory';
import { APPLICATION, EVENTS, GLOBAL_TOPICS } from './topics';

/** What a data directory holds, to look at only: a server may run on it meanwhile. */
export interface OpenEvidence {
  readonly partitions: number;
  readonly of: (partition: number) => Evidence;
  readonly close: () => Promise<void>;
}

const CACHE_KEYS = 50_000;
const FAULTS_MAX = 100;

/** @throws StoreRefused when there is no data, or data of another format */
export async function openEvidence(directory: string): Promise<OpenEvidence> {
  const partitions = partitionsIn(directory) ?? 1;
  const store = await openLocalStore({
    directory,
    application: APPLICATION,
    partitions,
    inputTopics: [EVENTS],
    globalTopics: GLOBAL_TOPICS,
    readOnly: true,
  });
  return {
    partitions,
    of: (partition) => {
      const { ports, outputs } = store.partition(partition);
      return { inputs: ports.inputs, ledger: ports.ledger, outputs };
    },
    close: store.close,
  };
}

/** Runs the whole journal of one partition again and compares it with what was published. */
export async function verifyPartition(
  directory: string,
  partition: number,
  progress: (records: number) => void,
): Promise<Verification> {
  const evidence = await openEvidence(directory);
  try {
    return await verify(customerMachine, evidence.of(partition), {
      partition,
      cacheKeys: CACHE_KEYS,
      progress,
      faultsMax: FAULTS_MAX,
    });
  } finally {
    await evidence.close();
  }
}

export type CustomerAsOf = AsOf<CustomerState, InputRecord, Output, RatingGlobals>;

/**
 * What was known of a customer at a time, and what had been published.
 * @param asOf UTC milliseconds
 */
export async function customerAsOf(
  directory: string,
  customer: { readonly institution: string; readonly customer: string },
  asOf: number,
  progress: (records: number) => void,
): Promise<CustomerAsOf> {
  const evidence = await openEvidence(directory);
  try {
    const key = `${customer.institution}:${customer.customer}`;
    const partition = partitionOf(key, evidence.partitions);
    const wanted = { partition, key, asOf };
    return await replayAsOf(customerMachine, evidence.of(partition), wanted, progress);
  } finally {
    await evidence.close();
  }
}
