import { Worker } from 'node:worker_threads';
import { StoreRefused } from '@tidemark/engine/adapters/local/lock';
import { PartitionStopped, PositionGone } from '@tidemark/engine/errors';
import { partitionOf } from '@tidemark/engine/partitioner';
import type { TopicLog } from '@tidemark/engine/ports';
import { holdData } from './data-directory';
import { MethodologyRefused, type EngineSettings } from './embedded';
import type {
  Answer,
  CustomerView,
  EmbeddedEngine,
  EnginePhase,
  PartitionReport,
  TryOut,
  Verdict,
} from './engine';
import { pack, transferOf, unpack } from './packed';
import {
  answerAs,
  type Asked,
  type Call,
  type Fault,
  type PackedSlice,
  type ThreadTask,
  type Told,
} from './thread-codec';

export type ThreadsSettings = Omit<EngineSettings, 'store' | 'clock'> & {
  readonly directory: string;
  /** Of a new data directory; undefined: the default, or what it has. */
  readonly partitions: number | undefined;
};

const HEAP_MB = 8_192;

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

/** A partition in a thread of its own. */
interface Thread {
  readonly report: () => PartitionReport;
  readonly ask: <T>(call: Call, transfer?: ArrayBuffer[]) => Promise<T>;
  readonly outputs: TopicLog;
  readonly stop: () => Promise<void>;
}

function openThread(task: ThreadTask, say: (message: string) => void): Promise<Thread> {
  const file = require.resolve('./partition-thread');
  const worker = new Worker(file, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  return new Promise((resolve, reject) => {
    const waiting = new Map<number, Waiting>();
    let report: PartitionReport | undefined;
    let nextId = 0;
    const end = (error: Error): void => {
      reject(error);
      if (report !== undefined) report = { ...report, phase: 'stopped', fault: error.message };
      for (const { fail } of waiting.values()) fail(error);
      waiting.clear();
    };
    const ask = <T>(call: Call, transfer: ArrayBuffer[] = []): Promise<T> =>
      new Promise<T>((done, fail) => {
        nextId += 1;
        waiting.set(nextId, { answer: (value) => done(answerAs<T>(value)), fail });
        const asked: Asked = { id: nextId, ask: call };
        worker.postMessage(asked, transfer);
      });
    const thread = (first: PartitionReport): Thread => ({
      report: () => report ?? first,
      ask,
      outputs: outputsOf(ask),
      stop: () => stopThread(worker, ask),
    });
    worker.on('message', (told: Told) => {
      switch (told.kind) {
        case 'open':
          report = told.report;
          return resolve(thread(told.report));
        case 'refused':
          return end(errorOf(told.fault));
        case 'status':
          report = told.report;
          return;
        case 'said':
          return say(told.message);
        case 'answer':
          report = told.report ?? report;
          waiting.get(told.id)?.answer(told.value);
          waiting.delete(told.id);
          return;
        case 'failed':
          waiting.get(told.id)?.fail(errorOf(told.fault));
          waiting.delete(told.id);
          return;
        default:
          told satisfies never;
      }
    });
    worker.on('error', (error) => {
      say(`the thread of partition ${task.partition} broke: ${error.name}`);
      end(new PartitionStopped(`its thread broke (${error.name}); start again`));
    });
    worker.on('exit', () => end(new PartitionStopped('its thread has ended')));
  });
}

interface Waiting {
  readonly answer: (value: unknown) => void;
  readonly fail: (error: Error) => void;
}

async function stopThread(worker: Worker, ask: Thread['ask']): Promise<void> {
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  await ask({ call: 'stop' });
  await ended;
}

function outputsOf(ask: Thread['ask']): TopicLog {
  return {
    bounds: (topic) => ask({ call: 'bounds', topic }),
    changed: (positions, waitMs) => ask({ call: 'changed', positions, waitMs }),
    read: async (topic, from, limit) => {
      const slice = await ask<PackedSlice>({ call: 'read', topic, from, limit });
      const values = unpack(slice.values);
      const records = values.map((value, i) => ({ offset: slice.offsets[i] ?? 0, value }));
      return { records, next: slice.next };
    },
  };
}

function errorOf({ name, message, gone }: Fault): Error {
  if (gone !== undefined) return new PositionGone(...gone);
  switch (name) {
    case 'StoreRefused':
      return new StoreRefused(message);
    case 'MethodologyRefused':
      return new MethodologyRefused(message);
    case 'PartitionStopped':
    case 'Altered':
      return new PartitionStopped(message);
    default:
      return new Error(message);
  }
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
