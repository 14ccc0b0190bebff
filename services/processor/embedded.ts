import { PartitionStopped } from '@tidemark/engine/errors';
import type { Context } from '@tidemark/engine/machine';
import { newMeasures, type Measures } from '@tidemark/engine/measures';
import { partitionOf } from '@tidemark/engine/partitioner';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { CustomerState } from '@tidemark/rating/state';
import { partsOf, sortEvents, storeEvents } from './admission';
import { explanationOf, tryOn, viewOf } from './customer-view';
import type { Answer, EmbeddedEngine, EnginePhase, TryOut, Unavailable, Verdict } from './engine';
import { inFlight } from './in-flight';
import { publishMethodology, readGlobals, type MethodologyFiles } from './methodology-topic';
import {
  measuredOf,
  reportOf,
  startPartition,
  type RunningPartition,
  type StoredPartition,
} from './partitions';

/** What the engine needs of a store; services/engine/adapters/local opens one. */
export interface Store {
  readonly partitions: number;
  /** The partitions that are here. */
  readonly own: readonly number[];
  readonly partition: (index: number) => StoredPartition;
  readonly close: () => Promise<void>;
}

export interface EngineSettings {
  readonly store: Store;
  readonly methodology: MethodologyFiles;
  readonly time: 'wall' | 'event';
  /** How far the clock may move at once, milliseconds. */
  readonly clockLeapMsMax: number;
  /** Customers kept decoded in memory, by partition. */
  readonly cacheKeys: number;
  /** Events of a partition that may wait to be stored or decided. */
  readonly backlogMax: number;
  /** UTC milliseconds. */
  readonly clock: () => number;
  /** Told what stopped a partition; without customer data. */
  readonly report: (message: string) => void;
}

/** The methodology cannot be published; the message says what to do. */
export class MethodologyRefused extends Error {
  override readonly name = 'MethodologyRefused';
}

const POLL_MS = 10;

/**
 * Publishes the methodology where it is new and runs all partitions of a store, which it owns from now
 * on. They recover while this resolves: `status` tells.
 * @throws MethodologyRefused
 */
export async function runEngine(settings: EngineSettings): Promise<EmbeddedEngine> {
  const { store } = settings;
  try {
    const globals = await publish(settings);
    const measures = new Map(store.own.map((partition) => [partition, newMeasures()]));
    const running = await startAll(settings, settings.time, measures);
    return engineOver(settings, globals, running, measures);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Each partition has the global topics for itself: what one lacks after a crash, it gets now. */
async function publish({ store, methodology, clock }: EngineSettings): Promise<RatingGlobals> {
  let globals: RatingGlobals | undefined;
  const now = clock();
  for (const partition of store.own) {
    const { ports, writer } = store.partition(partition);
    const known = await readGlobals(ports.inputs);
    const published = await publishMethodology(ports.inputs, writer, known, methodology, now);
    if (!published.ok) throw new MethodologyRefused(published.problem);
    globals ??= published.globals;
  }
  if (globals === undefined) throw new RangeError('no partition is here');
  return globals;
}

const startAll = (
  { store, clockLeapMsMax, cacheKeys, clock, report }: EngineSettings,
  time: 'wall' | 'event',
  measures: ReadonlyMap<number, Measures>,
): Promise<RunningPartition[]> => {
  const { partitions } = store;
  const settings = { partitions, time, clockLeapMsMax, cacheKeys, clock, report };
  return Promise.all(
    store.own.map((partition) =>
      startPartition(store.partition(partition), {
        ...{ ...settings, partition },
        measures: measures.get(partition) ?? newMeasures(),
      }),
    ),
  );
};

function engineOver(
  settings: EngineSettings,
  globals: RatingGlobals,
  started: RunningPartition[],
  measures: ReadonlyMap<number, Measures>,
): EmbeddedEngine {
  const { store, backlogMax } = settings;
  const { partitions } = store;
  let running = started;
  let isStopping = false;

  const phase = (): EnginePhase => {
    if (isStopping) return 'stopping';
    const phases = running.map(({ handle }) => handle.status().phase);
    if (phases.includes('stopped')) return 'stopped';
    return phases.includes('recovering') ? 'recovering' : 'live';
  };
  /** Why a partition takes or tells nothing now; undefined: it does. */
  const hindrance = ({ handle }: RunningPartition): Unavailable | undefined => {
    if (isStopping) return 'stopping';
    const now = handle.status().phase;
    return now === 'live' ? undefined : now;
  };
  const runningOf = (partition: number): RunningPartition => {
    const found = running[store.own.indexOf(partition)];
    if (found === undefined) throw new RangeError(`there is no partition ${partition}`);
    return found;
  };
  const indexOf = (institution: string, customer: string): number =>
    partitionOf(`${institution}:${customer}`, partitions);

  const room = inFlight(backlogMax);
  const append = async (
    values: readonly Uint8Array[],
    from: string,
    places?: readonly number[],
  ): Promise<Answer<Verdict[]>> => {
    const sorted = sortEvents(values, globals, partitions, from, places);
    const lettersTo = store.own[0] ?? 0;
    const parts = partsOf(sorted, lettersTo);
    for (const partition of parts.keys()) {
      const because = hindrance(runningOf(partition));
      if (because !== undefined) return { ok: false, because };
    }
    const giveBack = room.take(parts, (partition) => reportOf(runningOf(partition)).lag);
    if (giveBack === undefined) return { ok: false, because: 'lagging' };
    try {
      await storeEvents(
        sorted,
        (partition) => runningOf(partition).stored.writer,
        runningOf(lettersTo).stored.writer,
        (partition, next) => {
          const target = runningOf(partition);
          target.written = Math.max(target.written, next);
        },
      );
    } catch {
      return { ok: false, because: 'not-stored' };
    } finally {
      giveBack();
    }
    return { ok: true, value: sorted.verdicts };
  };

  const look = async <T>(
    institution: string,
    customer: string,
    at: (state: CustomerState | undefined, context: Context<RatingGlobals>) => T,
  ): Promise<Answer<T>> => {
    const target = runningOf(indexOf(institution, customer));
    const because = hindrance(target);
    if (because !== undefined) return { ok: false, because };
    try {
      return { ok: true, value: await target.handle.view(`${institution}:${customer}`, at) };
    } catch (error) {
      const stopped = hindrance(target);
      if (stopped === undefined) throw error;
      return { ok: false, because: stopped };
    }
  };

  const stopAll = async (): Promise<void> => {
    await Promise.all(running.map(({ handle }) => handle.stop()));
  };

  return {
    partitions,
    append,
    customer: (institution, customer, form = 'open') =>
      look(institution, customer, (state, context) => viewOf(state, context, form)),
    explanation: (institution, customer, form = 'open') =>
      look(institution, customer, (state, context) => explanationOf(state, context, form)),
    partitionOf: indexOf,
    outputs: (partition) => store.partition(partition).outputs,
    status: () => ({ phase: phase(), partitions: running.map(reportOf) }),
    measured: () =>
      running.map((one, i) =>
        measuredOf(store.own[i] ?? i, reportOf(one), one.measures, one.stuck),
      ),
    settled: () =>
      settled(
        () => running,
        () => isStopping,
      ),
    changeTime: async (time) => {
      await stopAll();
      // whoever asks for the other time asks for its clock
      running = await startAll({ ...settings, clockLeapMsMax: Infinity }, time, measures);
    },
    tryOut: (record): Promise<TryOut | undefined> => {
      const target = runningOf(indexOf(record.institution, record.customer));
      return target.handle.view(`${record.institution}:${record.customer}`, (state, context) =>
        tryOn(state, record, context),
      );
    },
    stop: async () => {
      isStopping = true;
      try {
        await stopAll();
      } finally {
        await store.close();
      }
    },
  };
}

/** The runner tells its position when asked, not by itself. */
async function settled(
  partitions: () => readonly RunningPartition[],
  isOver: () => boolean,
): Promise<void> {
  for (;;) {
    const reports = partitions().map(reportOf);
    const fault = reports.find((report) => report.fault !== undefined)?.fault;
    if (fault !== undefined) throw new PartitionStopped(fault);
    if (reports.every(({ lag, phase }) => lag === 0 && phase === 'live')) break;
    if (isOver()) throw new Error('the engine has stopped before all events were decided');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  // A look comes between two steps: the one that decided the last event is committed then.
  await Promise.all(partitions().map(({ handle }) => handle.view('', () => undefined)));
}
