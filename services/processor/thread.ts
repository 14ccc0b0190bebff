import { Worker } from 'node:worker_threads';
import { StoreRefused } from '@tidemark/engine/adapters/local/lock';
import { PartitionStopped, PositionGone } from '@tidemark/engine/errors';
import type { TopicLog } from '@tidemark/engine/ports';
import { MethodologyRefused } from './embedded';
import type { PartitionReport } from './engine';
import { unpack } from './packed';
import type { MeasuredPartition } from './partition-metric';
import {
  answerAs,
  type Asked,
  type Call,
  type Fault,
  type PackedSlice,
  type ThreadTask,
  type Told,
} from './thread-codec';

const HEAP_MB = 8_192;
/** The default of a thread is small: states that are decoded for a step only would grow old. */
const YOUNG_MB = 64;

/** A partition in a thread of its own. */
export interface Thread {
  readonly report: () => PartitionReport;
  /** As it was told last; undefined: not yet. */
  readonly measured: () => MeasuredPartition | undefined;
  readonly ask: <T>(call: Call, transfer?: ArrayBuffer[]) => Promise<T>;
  readonly outputs: TopicLog;
  /** Resolves when the thread has ended, which it may have done before by itself. */
  readonly stop: () => Promise<void>;
}

/** Starts it. @throws what it says when it cannot run */
export function openThread(task: ThreadTask, say: (message: string) => void): Promise<Thread> {
  const file = require.resolve('./partition-thread');
  const resourceLimits = {
    maxOldGenerationSizeMb: HEAP_MB,
    maxYoungGenerationSizeMb: YOUNG_MB,
  };
  const worker = new Worker(file, { workerData: task, resourceLimits });
  return threadOver(worker, task.partition, say);
}

/** Speaks with a thread that was started. */
export function threadOver(
  worker: Worker,
  partition: number,
  say: (message: string) => void,
): Promise<Thread> {
  return new Promise((resolve, reject) => {
    const waiting = new Map<number, Waiting>();
    let report: PartitionReport | undefined;
    let measured: MeasuredPartition | undefined;
    let ended: Error | undefined;
    let nextId = 0;
    const end = (error: Error): void => {
      ended ??= error;
      reject(ended);
      if (report !== undefined) report = { ...report, phase: 'stopped', fault: ended.message };
      for (const { fail } of waiting.values()) fail(ended);
      waiting.clear();
    };
    const ask = <T>(call: Call, transfer: ArrayBuffer[] = []): Promise<T> =>
      new Promise<T>((done, fail) => {
        // a message to a thread that has ended gets no answer and raises nothing
        if (ended !== undefined) return fail(ended);
        nextId += 1;
        waiting.set(nextId, { answer: (value) => done(answerAs<T>(value)), fail });
        const asked: Asked = { id: nextId, ask: call };
        worker.postMessage(asked, transfer);
      });
    const thread = (first: PartitionReport): Thread => ({
      report: () => report ?? first,
      measured: () => measured,
      ask,
      outputs: outputsOf(ask),
      stop: () => (ended === undefined ? stopThread(worker, ask) : Promise.resolve()),
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
        case 'measured':
          measured = told.measured;
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
      say(`the thread of partition ${partition} broke: ${error.name}`);
      end(new PartitionStopped(`its thread broke (${error.name}); start again`));
    });
    worker.on('exit', () => end(new PartitionStopped('its thread has ended')));
  });
}

interface Waiting {
  readonly answer: (value: unknown) => void;
  readonly fail: (error: Error) => void;
}

/** When it has answered, its store is closed: what still waits in it is given up. */
async function stopThread(worker: Worker, ask: Thread['ask']): Promise<void> {
  try {
    await ask({ call: 'stop' });
  } finally {
    await worker.terminate();
  }
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
