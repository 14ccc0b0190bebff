import { partitionOf } from '@tidemark/engine/partitioner';
import { holdData } from './data-directory';
import type { EngineSettings } from './embedded';
import type {
  Answer,
  CustomerView,
  EmbeddedEngine,
  EnginePhase,
  PartitionReport,
  TryOut,
  Verdict,
} from './engine';
import { pack, transferOf } from './packed';
import type { MeasuredPartition } from './partition-metric';
import { openThread, type Thread } from './thread';
import type { Call, RefusedOnly } from './thread-codec';

export type ThreadsSettings = Omit<EngineSettings, 'store' | 'clock'> & {
  readonly directory: string;
  /** Of a new data directory; undefined: the default, or what it has. */
  readonly partitions: number | undefined;
};

/**
 * Runs a data directory with a thread for each partition: partitions have nothing in common, so each
 * has a core where there is one. The caller's thread only sorts events and passes questions on.
 * @throws StoreRefused, MethodologyRefused
 */
export async function runThreads(settings: ThreadsSettings): Promise<EmbeddedEngine> {
  const { directory, report, methodology, time, clockLeapMsMax, cacheKeys, backlogMax } = settings;
  const held = await holdData(directory, settings.partitions, report);
  const { partitions } = held;
  const common = { methodology, time, clockLeapMsMax, cacheKeys, backlogMax };
  const opened = await Promise.allSettled(
    Array.from({ length: partitions }, (_, partition) =>
      openThread({ ...common, directory, partitions, partition }, report),
    ),
  );
  const threads = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await Promise.allSettled(threads.map((thread) => thread.stop()));
    await held.release();
    throw failed.reason;
  }
  return engineOver(threads, held.release);
}

function engineOver(threads: readonly Thread[], release: () => Promise<void>): EmbeddedEngine {
  const partitions = threads.length;
  let isStopping = false;
  const threadOf = (partition: number): Thread => {
    const thread = threads[partition];
    if (thread === undefined) throw new RangeError(`there is no partition ${partition}`);
    return thread;
  };
  const indexOf = (institution: string, customer: string): number =>
    partitionOf(`${institution}:${customer}`, partitions);
  const reports = (): PartitionReport[] => threads.map((thread) => thread.report());
  const phase = (): EnginePhase => {
    if (isStopping) return 'stopping';
    const phases = reports().map((report) => report.phase);
    if (phases.includes('stopped')) return 'stopped';
    return phases.includes('recovering') ? 'recovering' : 'live';
  };
  const answered = async <T>(partition: number, call: Call): Promise<Answer<T>> => {
    if (isStopping) return { ok: false, because: 'stopping' };
    try {
      return await threadOf(partition).ask<Answer<T>>(call);
    } catch (error) {
      if (threadOf(partition).report().phase !== 'stopped') throw error;
      return { ok: false, because: 'stopped' };
    }
  };
  return {
    partitions,
    partitionOf: indexOf,
    outputs: (partition) => threadOf(partition).outputs,
    status: () => ({ phase: phase(), partitions: reports() }),
    measured: () => threads.flatMap((thread) => presentOf(thread)),
    append: async (values, from) => {
      if (isStopping) return { ok: false, because: 'stopping' };
      return append(threads, values, from, indexOf);
    },
    customer: (institution, customer, form = 'open') =>
      answered<CustomerView | undefined>(indexOf(institution, customer), {
        ...{ call: 'customer', institution, customer, form },
      }),
    explanation: (institution, customer, form = 'open') =>
      answered<string | undefined>(indexOf(institution, customer), {
        ...{ call: 'explanation', institution, customer, form },
      }),
    tryOut: (record) =>
      threadOf(indexOf(record.institution, record.customer)).ask<TryOut | undefined>({
        ...{ call: 'tryOut', record },
      }),
    settled: async () => {
      await Promise.all(threads.map((thread) => thread.ask({ call: 'settled' })));
    },
    changeTime: async (time) => {
      await Promise.all(threads.map((thread) => thread.ask({ call: 'changeTime', time })));
    },
    stop: async () => {
      isStopping = true;
      try {
        await Promise.all(threads.map((thread) => thread.stop()));
      } finally {
        await release();
      }
    },
  };
}

/** What a thread has measured, and its present phase: one that broke measures nothing more. */
function presentOf(thread: Thread): readonly MeasuredPartition[] {
  const measured = thread.measured();
  if (measured === undefined) return [];
  const report = thread.report();
  if (report.phase !== 'stopped') return [measured];
  return [{ ...measured, phase: 'stopped', status: report, stuck: measured.stuck ?? 'other' }];
}

/** The events of one partition, their places among all, from 1, and their ids. */
interface Part {
  readonly values: Uint8Array[];
  readonly places: number[];
  readonly ids: string[];
}

/** Sorts events by partition and gives each thread its part; the verdicts come back in order. */
async function append(
  threads: readonly Thread[],
  values: readonly Uint8Array[],
  from: string,
  indexOf: (institution: string, customer: string) => number,
): Promise<Answer<Verdict[]>> {
  const parts = new Map<number, Part>();
  values.forEach((value, i) => {
    const { partition, id } = routeOf(value, indexOf);
    let part = parts.get(partition);
    if (part === undefined) parts.set(partition, (part = { values: [], places: [], ids: [] }));
    part.values.push(value);
    part.places.push(i + 1);
    part.ids.push(id);
  });
  const verdicts = new Array<Verdict>(values.length);
  // all of them end before anything is said: one that fails does not leave the others in the air
  const outcomes = await Promise.allSettled(
    [...parts].map(async ([partition, part]) => {
      const packed = pack(part.values);
      const call = { call: 'append', from, values: packed, places: part.places } as const;
      const answer = await threads[partition]?.ask<Answer<RefusedOnly>>(call, transferOf(packed));
      if (answer?.ok !== true) return answer;
      part.places.forEach((place, i) => {
        verdicts[place - 1] = { accepted: true, id: part.ids[i] ?? '' };
      });
      for (const [i, verdict] of answer.value) verdicts[(part.places[i] ?? 1) - 1] = verdict;
      return answer;
    }),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') return { ok: false, because: 'stopped' };
    if (outcome.value?.ok === false) return outcome.value;
  }
  return { ok: true, value: verdicts };
}

interface Route {
  readonly partition: number;
  /** Empty for what has none: it is refused. */
  readonly id: string;
}

/** What is no event: the first partition will refuse it. */
const NOWHERE: Route = { partition: 0, id: '' };
const utf8 = new TextDecoder();

/** Which partition an event belongs to. */
function routeOf(
  value: Uint8Array,
  indexOf: (institution: string, customer: string) => number,
): Route {
  try {
    const event: unknown = JSON.parse(utf8.decode(value));
    if (typeof event !== 'object' || event === null) return NOWHERE;
    if (!('institution' in event && 'customer' in event && 'id' in event)) return NOWHERE;
    const { institution, customer, id } = event;
    if (typeof institution !== 'string' || typeof customer !== 'string') return NOWHERE;
    return { partition: indexOf(institution, customer), id: typeof id === 'string' ? id : '' };
  } catch {
    return NOWHERE;
  }
}
