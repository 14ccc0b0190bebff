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
import { openThread, type Thread } from './thread';
import type { Call } from './thread-codec';

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
    append: async (values, from) => {
      if (isStopping) return { ok: false, because: 'stopping' };
      return append(threads, values, from, indexOf);
    },
    customer: (institution, customer) =>
      answered<CustomerView | undefined>(indexOf(institution, customer), {
        ...{ call: 'customer', institution, customer },
      }),
    explanation: (institution, customer) =>
      answered<string | undefined>(indexOf(institution, customer), {
        ...{ call: 'explanation', institution, customer },
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

/** Sorts events by partition and gives each thread its part; the verdicts come back in order. */
async function append(
  threads: readonly Thread[],
  values: readonly Uint8Array[],
  from: string,
  indexOf: (institution: string, customer: string) => number,
): Promise<Answer<Verdict[]>> {
  const parts = new Map<number, { values: Uint8Array[]; places: number[] }>();
  values.forEach((value, i) => {
    const partition = routeOf(value, indexOf);
    const part = parts.get(partition);
    if (part === undefined) parts.set(partition, { values: [value], places: [i + 1] });
    else {
      part.values.push(value);
      part.places.push(i + 1);
    }
  });
  const verdicts = new Array<Verdict>(values.length);
  // all of them end before anything is said: one that fails does not leave the others in the air
  const outcomes = await Promise.allSettled(
    [...parts].map(async ([partition, part]) => {
      const packed = pack(part.values);
      const call = { call: 'append', from, values: packed, places: part.places } as const;
      const answer = await threads[partition]?.ask<Answer<Verdict[]>>(call, transferOf(packed));
      if (answer?.ok === true) {
        answer.value.forEach((verdict, i) => (verdicts[(part.places[i] ?? 1) - 1] = verdict));
      }
      return answer;
    }),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') return { ok: false, because: 'stopped' };
    if (outcome.value?.ok === false) return outcome.value;
  }
  return { ok: true, value: verdicts };
}

const utf8 = new TextDecoder();

/** Which partition an event belongs to; the first for what is no event: it will refuse it. */
function routeOf(
  value: Uint8Array,
  indexOf: (institution: string, customer: string) => number,
): number {
  try {
    const event: unknown = JSON.parse(utf8.decode(value));
    if (typeof event !== 'object' || event === null) return 0;
    if (!('institution' in event && 'customer' in event)) return 0;
    const { institution, customer } = event;
    if (typeof institution !== 'string' || typeof customer !== 'string') return 0;
    return indexOf(institution, customer);
  } catch {
    return 0;
  }
}
