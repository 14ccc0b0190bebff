import { hostname } from 'node:os';
import { faultText } from '@tidemark/engine/errors';
import { DEFAULTS, type PartitionOptions, type Skip } from '@tidemark/engine/options';
import type { LocalPorts, Ports, TopicLog, TopicWriter } from '@tidemark/engine/ports';
import { runPartition, type PartitionHandle } from '@tidemark/engine/runner';
import { customerMachine } from '@tidemark/rating/customer-machine';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { CustomerState } from '@tidemark/rating/state';
import type { PartitionReport } from './engine';
import { APPLICATION, EVENTS, GLOBAL_TOPICS } from './topics';

/** What a store has for one partition. */
export interface StoredPartition {
  readonly ports: LocalPorts;
  readonly writer: TopicWriter;
  readonly outputs: TopicLog;
  /** Events that are passed over by order. */
  readonly skips?: readonly Skip[];
}

export interface PartitionSettings {
  readonly partition: number;
  readonly partitions: number;
  readonly time: 'wall' | 'event';
  readonly clockLeapMsMax: number;
  readonly cacheKeys: number;
  readonly clock: () => number;
  /** Told what stopped the partition; without customer data. */
  readonly report: (message: string) => void;
}

/** A partition that runs, and what it was given so far. */
export interface RunningPartition {
  readonly stored: StoredPartition;
  readonly handle: PartitionHandle<CustomerState, RatingGlobals>;
  /** Offset after the last event that is durable. */
  written: number;
  fault: string | undefined;
}

/** Runs a partition; what stops it is kept in `fault`, the others go on. */
export async function startPartition(
  stored: StoredPartition,
  settings: PartitionSettings,
): Promise<RunningPartition> {
  const { next } = await stored.ports.inputs.bounds(EVENTS);
  const ports: Ports = { ...stored.ports, clock: { now: settings.clock } };
  const handle = runPartition(customerMachine, ports, {
    ...optionsOf(settings),
    skips: stored.skips ?? [],
  });
  const running: RunningPartition = { stored, handle, written: next, fault: undefined };
  handle.done.catch((error: unknown) => {
    running.fault = faultText(error);
    settings.report(`partition ${settings.partition} has stopped: ${running.fault}`);
  });
  return running;
}

const optionsOf = (settings: PartitionSettings): PartitionOptions => {
  const { partition, partitions, time, clockLeapMsMax, cacheKeys } = settings;
  return {
    ...DEFAULTS,
    application: APPLICATION,
    partition,
    partitions,
    owner: `${hostname()}/${process.pid}`,
    inputTopics: [EVENTS],
    globalTopics: GLOBAL_TOPICS,
    time,
    clockLeapMsMax,
    cacheKeys,
  };
};

export function reportOf({ handle, written, fault }: RunningPartition): PartitionReport {
  const status = handle.status();
  const lag = Math.max(0, written - (status.positions[EVENTS] ?? 0));
  return { ...status, written, lag, fault };
}
