import { hostname } from 'node:os';
import { faultText, type StopReason } from '@tidemark/engine/errors';
import type { Measures } from '@tidemark/engine/measures';
import { DEFAULTS, type PartitionOptions, type Skip } from '@tidemark/engine/options';
import type { LocalPorts, Ports, TopicLog, TopicWriter } from '@tidemark/engine/ports';
import { runPartition, type PartitionHandle } from '@tidemark/engine/runner';
import { customerMachine } from '@tidemark/rating/customer-machine';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { CustomerState } from '@tidemark/rating/state';
import { timedLog } from './append-times';
import type { PartitionReport } from './engine';
import { stopReasonOf, type MeasuredPartition } from './partition-metric';
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
  readonly measures: Measures;
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
  /** What kind of fault it is. */
  stuck: StopReason | undefined;
  readonly measures: Measures;
  /** When the event at an offset became durable, as far as it is known. */
  readonly appendedAt: (offset: number) => number | undefined;
}

/** Runs a partition; what stops it is kept in `fault`, the others go on. */
export async function startPartition(
  stored: StoredPartition,
  settings: PartitionSettings,
): Promise<RunningPartition> {
  const { next } = await stored.ports.inputs.bounds(EVENTS);
  const { measures } = settings;
  const timed = timedLog(EVENTS, stored.ports.inputs, stored.writer, settings.clock);
  const ports: Ports = {
    ...stored.ports,
    inputs: timed.inputs,
    clock: { now: settings.clock },
  };
  const handle = runPartition(customerMachine, ports, {
    ...optionsOf(settings),
    skips: stored.skips ?? [],
    measures,
  });
  const running: RunningPartition = {
    ...{ stored: { ...stored, writer: timed.writer }, handle, written: next, fault: undefined },
    ...{ stuck: undefined, measures, appendedAt: timed.appendedAt },
  };
  handle.done.catch((error: unknown) => {
    running.fault = faultText(error);
    running.stuck = stopReasonOf(error);
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

export function reportOf(running: RunningPartition): PartitionReport {
  const { handle, written, fault, appendedAt } = running;
  const status = handle.status();
  const position = status.positions[EVENTS] ?? 0;
  const lag = Math.max(0, written - position);
  return { ...status, written, lag, waitingSince: appendedAt(position), fault };
}

/** What is measured of a partition of a data directory. */
export function measuredOf(
  partition: number,
  report: PartitionReport,
  measures: Measures,
  stuck: StopReason | undefined,
): MeasuredPartition {
  const { phase, version, lag, waitingSince } = report;
  const ageMs = waitingSince === undefined ? undefined : Math.max(0, Date.now() - waitingSince);
  return {
    ...{ partition, status: report, measures, stuck },
    phase: phase === 'live' && version === '' ? 'waiting' : phase,
    lags: [
      { topic: EVENTS, records: lag, ageMs: lag === 0 ? 0 : ageMs, retentionLeftMs: undefined },
    ],
  };
}
