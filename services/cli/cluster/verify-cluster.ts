import { PartitionStopped, PositionGone } from '@tidemark/engine/errors';
import type { Verification } from '@tidemark/engine/verify';
import { verifyClusterPartition } from '@tidemark/processor/cluster-evidence';
import { INPUT_TOPICS, GLOBAL_TOPICS, GRADE_CHANGES, JOURNAL } from '@tidemark/processor/topics';
import { withCluster } from './cluster';
import type { ClusterOptions } from './cluster-options';

const NOTHING = {
  ...{ steps: 0, records: 0, outputs: 0, otherBuild: 0, otherwise: 0, gone: 0 },
  ...{ from: 0, to: 0 },
};

/**
 * Verifies partitions of a cluster, one after the other. One of which something is lost does not hide the
 * others: that is its fault.
 * @param wanted which ones, of so many
 * @param advance told how many records were read since it was told last
 */
export const verifyCluster = (
  options: ClusterOptions,
  wanted: (partitions: number) => readonly number[],
  advance: (records: number) => void,
): Promise<ReadonlyMap<number, Verification>> =>
  withCluster(
    options,
    [...INPUT_TOPICS, ...GLOBAL_TOPICS, GRADE_CHANGES, JOURNAL],
    async (cluster) => {
      const found = new Map<number, Verification>();
      for (const partition of wanted(cluster.partitions)) {
        let told = 0;
        const progress = (records: number): void => {
          advance(records - told);
          told = records;
        };
        try {
          found.set(partition, await verifyClusterPartition(cluster, partition, progress));
        } catch (error) {
          const isKnown = error instanceof PartitionStopped || error instanceof PositionGone;
          if (!isKnown) throw error;
          const fault = `cannot be verified: ${error.message}`;
          found.set(partition, { ...NOTHING, records: told, faults: [fault] });
        }
      }
      return found;
    },
  );
