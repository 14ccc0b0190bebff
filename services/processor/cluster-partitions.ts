import { pause } from '@tidemark/engine/pause';
import { faultText, Fenced, Unsure } from '@tidemark/engine/errors';
import type { PartitionHandle, PartitionStatus } from '@tidemark/engine/runner';
import type { Log } from './cluster-log';
import { pauseMs } from './cluster-waiting';

/** A partition that runs, with what it was opened with. */
export interface Running {
  readonly handle: Pick<PartitionHandle<unknown, unknown>, 'done' | 'stop' | 'status'>;
  /** Closes its ports; after `done`. */
  readonly close: () => Promise<void>;
}

/**
 * starting: being opened. waiting: it would decide, but no methodology is in force. fenced: another owner
 * has taken over, or our transaction timed out. stopped: a person is needed.
 */
export type KeptPhase = 'starting' | 'recovering' | 'waiting' | 'live' | 'fenced' | 'stopped';

export interface KeptPartition {
  readonly partition: number;
  readonly phase: KeptPhase;
  readonly status: PartitionStatus | undefined;
  /** What stopped it, without customer data. */
  readonly fault: string | undefined;
  /** Why it is not live yet, where something failed. */
  readonly why?: string | undefined;
}

export interface PartitionsSettings {
  /**
   * Opens a partition and runs it.
   * @param failed told why it recovers
   */
  readonly start: (partition: number, failed: (why: string) => void) => Promise<Running>;
  /**
   * The partitions that are ours, once the coordinator has said so again: who was fenced may only take
   * over again what is still his. One that slept would fence the owner that came after it.
   */
  readonly confirmed: () => Promise<ReadonlySet<number>>;
  /**
   * Waits while a partition is stopped.
   * @returns true: a person has ordered what lets it go on; false: the wait was ended
   */
  readonly released: (partition: number, ended: AbortSignal) => Promise<boolean>;
  readonly log: Log;
}

/** The partitions that this process owns: runs them, and gives up those that go to others. */
export interface Partitions {
  readonly assigned: (partitions: ReadonlySet<number>, generation: number) => void;
  readonly all: () => readonly KeptPartition[];
  /** Stops all cleanly and takes no others. */
  readonly stop: () => Promise<void>;
}

interface Slot {
  readonly partition: number;
  /** Of the group, when it was last assigned to us. */
  generation: number;
  isWanted: boolean;
  running: Running | undefined;
  /** Resolves when its loop has ended. */
  loop: Promise<void>;
  /** A loop keeps it; none does while it is fenced and not ours, or needs a person. */
  isKept: boolean;
  phase: KeptPhase;
  /** What was told last. */
  told: string;
  fault: string | undefined;
  /** At how many recoveries of the runner they are told of again. */
  nextTold: number;
  /** Why it recovered last, and what of that was told last. */
  failure: string | undefined;
  failureTold: string | undefined;
  /** How it stood when it was last unsure of it, or stopped: nothing has been decided since, if it is still ours. */
  known: PartitionStatus | undefined;
  /** In a row, without having been live in between. */
  failures: number;
  readonly given: AbortController;
}

const POLL_MS = 100;
export const NO_METHODOLOGY =
  "no methodology is in force; publish one with 'tidemark methodology publish'";

/** Each partition is on its own: what stops one does not touch the others. */
export function keepPartitions(settings: PartitionsSettings): Partitions {
  const slots = new Map<number, Slot>();
  let isStopping = false;
  const leave = (slot: Slot): Promise<void> => {
    slot.isWanted = false;
    slot.given.abort();
    slots.delete(slot.partition);
    return (slot.running?.handle.stop() ?? Promise.resolve()).then(() => slot.loop);
  };
  const leaving = new Map<number, Promise<void>>();
  const giveUp = (slot: Slot): void => {
    const gone = leave(slot).finally(() => leaving.delete(slot.partition));
    leaving.set(slot.partition, gone);
  };
  const timer = setInterval(() => {
    for (const slot of slots.values()) look(slot, settings.log);
  }, POLL_MS);
  timer.unref();
  return {
    assigned: (partitions, generation) => {
      if (isStopping) return;
      for (const slot of slots.values()) if (!partitions.has(slot.partition)) giveUp(slot);
      for (const partition of partitions) {
        const slot = slots.get(partition) ?? newSlot(partition);
        slots.set(partition, slot);
        slot.generation = generation;
        if (slot.isKept || slot.phase === 'stopped') continue;
        slot.isKept = true;
        // what is still being given up is closed first
        slot.loop = keep(slot, settings, leaving.get(partition));
      }
    },
    all: () => [...slots.values()].map(keptOf).sort((a, b) => a.partition - b.partition),
    stop: async () => {
      isStopping = true;
      clearInterval(timer);
      for (const slot of [...slots.values()]) giveUp(slot);
      await Promise.all(leaving.values());
    },
  };
}

const newSlot = (partition: number): Slot => ({
  partition,
  generation: 0,
  isWanted: true,
  running: undefined,
  loop: Promise.resolve(),
  isKept: false,
  phase: 'starting',
  told: '',
  fault: undefined,
  nextTold: 1,
  failure: undefined,
  failureTold: undefined,
  known: undefined,
  failures: 0,
  given: new AbortController(),
});

const keptOf = (slot: Slot): KeptPartition => {
  const { partition, phase, fault, failure: why } = slot;
  const status = statusOf(slot);
  if (status === undefined || status.phase === 'stopped')
    return { partition, phase, status, fault, why };
  const isWaiting = status.phase === 'live' && status.version === '';
  return { partition, phase: isWaiting ? 'waiting' : status.phase, status, fault, why };
};

function statusOf({ running, known, phase }: Slot): PartitionStatus | undefined {
  const status = running?.handle.status();
  if (known === undefined || (status !== undefined && status.step >= 0)) return status;
  return { ...known, phase: phase === 'stopped' ? phase : 'recovering' };
}

/** Tells of a transition that only looking shows. */
function look(slot: Slot, log: Log): void {
  const { phase, status } = keptOf(slot);
  tellRecoveries(slot, status, log);
  if (phase === 'live' || phase === 'waiting') {
    slot.failures = 0;
    slot.failure = undefined;
    // an outage is over: the next one is told of again, also where it is the same
    if (slot.known !== undefined) slot.failureTold = undefined;
    slot.known = undefined;
  }
  if (phase === slot.told) return;
  slot.told = phase;
  const { partition, generation, fault } = slot;
  const level = phase === 'stopped' ? 'error' : phase === 'fenced' ? 'warn' : 'info';
  const step = status?.step;
  const why = phase === 'waiting' ? NO_METHODOLOGY : fault;
  log({ level, event: 'partition', partition, phase, generation, step, why });
}

/**
 * The first, the second, the fourth ... and each that has another reason: one that fails again and again
 * does not do so in silence.
 */
function tellRecoveries(slot: Slot, status: PartitionStatus | undefined, log: Log): void {
  const { recoveries = 0, 'states-lost': lost = 0 } = status?.counts ?? {};
  const { partition, failure: why } = slot;
  const isDue = recoveries + lost >= slot.nextTold;
  if (!isDue && (why === undefined || why === slot.failureTold)) return;
  if (isDue) slot.nextTold = 2 * (recoveries + lost);
  slot.failureTold = why;
  log({ level: 'warn', event: 'recovery', partition, recoveries, statesLost: lost, why });
}

/** Runs a partition for as long as it is ours and needs no person. */
async function keep(
  slot: Slot,
  settings: PartitionsSettings,
  before: Promise<void> | undefined,
): Promise<void> {
  await before;
  while (slot.isWanted) {
    const ended = await runOnce(slot, settings);
    slot.known = ended === 'unsure' || ended === 'stopped' ? statusOf(slot) : undefined;
    slot.running = undefined;
    if (ended === 'given-up') break;
    if (ended === 'stopped') {
      if (!(await settings.released(slot.partition, slot.given.signal))) break;
      // as after a fence: it may be another's by now
      slot.phase = 'fenced';
      slot.known = undefined;
    } else slot.failures += 1;
    if (slot.failures > 1) await pause(pauseMs(slot.failures - 1), slot.given.signal);
    if (ended === 'failed') continue;
    const { generation } = slot;
    const ours = await oursAgain(slot, settings);
    // assigned once more while we asked: what was answered may be older
    if (slot.isWanted && !ours.has(slot.partition) && slot.generation === generation) {
      slot.phase = 'fenced';
      return void (slot.isKept = false);
    }
  }
  if (slot.told === '') return;
  settings.log({ level: 'info', event: 'partition', partition: slot.partition, phase: 'given-up' });
}

async function oursAgain(
  slot: Slot,
  { confirmed }: PartitionsSettings,
): Promise<ReadonlySet<number>> {
  for (let failures = 1; slot.isWanted; failures += 1) {
    try {
      return await confirmed();
    } catch {
      await pause(pauseMs(failures), slot.given.signal);
    }
  }
  return new Set();
}

async function runOnce(
  slot: Slot,
  { start, log }: PartitionsSettings,
): Promise<'given-up' | 'fenced' | 'unsure' | 'stopped' | 'failed'> {
  // asked after while something is away, it has been recovering all the time
  const isAgain = slot.phase === 'recovering';
  if (!isAgain) slot.phase = 'starting';
  look(slot, log);
  let running: Running;
  try {
    running = await start(slot.partition, (why) => {
      slot.failure = why;
    });
  } catch (error) {
    const why = faultText(error);
    if (slot.fault !== why) {
      log({ level: 'warn', event: 'waiting', what: 'partition', partition: slot.partition, why });
    }
    slot.fault = why;
    return 'failed';
  }
  slot.fault = undefined;
  if (!isAgain) slot.nextTold = 1;
  slot.running = running;
  if (!slot.isWanted) void running.handle.stop();
  let thrown: unknown;
  try {
    await running.handle.done;
    return 'given-up';
  } catch (error) {
    thrown = error;
  } finally {
    await running.close().catch(() => undefined);
  }
  if (!slot.isWanted) return 'given-up';
  if (thrown instanceof Unsure) {
    slot.phase = 'recovering';
    return 'unsure';
  }
  slot.phase = thrown instanceof Fenced ? 'fenced' : 'stopped';
  if (slot.phase === 'stopped') slot.fault = faultText(thrown);
  look(slot, log);
  return slot.phase;
}
