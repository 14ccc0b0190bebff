import { parentPort, workerData } from 'node:worker_threads';
import { PositionGone } from '@tidemark/engine/errors';
import type { LogSlice } from '@tidemark/engine/ports';
import { openPartition } from './data-directory';
import { runEngine } from './embedded';
import type { Answer as Verdicts, EmbeddedEngine, PartitionReport, Verdict } from './engine';
import { pack, transferOf, unpack } from './packed';
import type {
  Asked,
  Call,
  Fault,
  PackedSlice,
  RefusedOnly,
  ThreadTask,
  Told,
} from './thread-codec';

/** How often the main thread is told how far the partition is, milliseconds. */
const STATUS_MS = 20;
/** How often it is told what was measured, milliseconds. */
const MEASURED_MS = 1_000;

/**
 * A thread that runs one partition: an engine of its own, over the partition's part of the data
 * directory. Other partitions and the server are other threads; nothing is shared, all is asked.
 */
async function main(task: ThreadTask): Promise<void> {
  const { partition, directory, partitions } = task;
  const report = (message: string): void => tell({ kind: 'said', message });
  let engine: EmbeddedEngine;
  try {
    const store = await openPartition({ directory, partitions }, partition, report);
    engine = await runEngine({ ...task, store, report, clock: Date.now });
  } catch (error) {
    tell({ kind: 'refused', fault: faultOf(error) });
    return;
  }
  const reportNow = (): PartitionReport | undefined => engine.status().partitions[0];
  const opened = reportNow();
  if (opened === undefined) throw new Error('an engine without its partition');
  const status = tellStatus(reportNow);
  const measured = setInterval(() => tellMeasured(engine), MEASURED_MS);
  parentPort?.on('message', ({ id, ask }: Asked) => {
    answer(engine, partition, ask)
      .then(
        ({ value, transfer }) => tell({ kind: 'answer', id, value, report: reportNow() }, transfer),
        (error: unknown) => tell({ kind: 'failed', id, fault: faultOf(error) }),
      )
      .finally(() => {
        if (ask.call !== 'stop') return;
        clearInterval(status);
        clearInterval(measured);
        parentPort?.close();
      });
  });
  tell({ kind: 'open', report: opened });
  tellMeasured(engine);
}

const tell = (told: Told, transfer: ArrayBuffer[] = []): void =>
  parentPort?.postMessage(told, transfer);

function tellMeasured(engine: EmbeddedEngine): void {
  const [measured] = engine.measured?.() ?? [];
  if (measured !== undefined) tell({ kind: 'measured', measured });
}

/** Tells how far the partition is while it moves. */
function tellStatus(reportNow: () => PartitionReport | undefined): NodeJS.Timeout {
  let last = '';
  return setInterval(() => {
    const report = reportNow();
    if (report === undefined) return;
    const { phase, step, lag, replay, dirty, clock } = report;
    const now = [phase, step, lag, replay.done, dirty, clock].join();
    if (now === last) return;
    last = now;
    tell({ kind: 'status', report });
  }, STATUS_MS);
}

interface Answer {
  readonly value: unknown;
  readonly transfer?: ArrayBuffer[];
}

async function answer(engine: EmbeddedEngine, partition: number, ask: Call): Promise<Answer> {
  const log = engine.outputs(partition);
  switch (ask.call) {
    case 'append':
      return { value: refusedOf(await engine.append(unpack(ask.values), ask.from, ask.places)) };
    case 'customer':
    case 'explanation':
      return { value: await engine[ask.call](ask.institution, ask.customer, ask.form) };
    case 'tryOut':
      return { value: await engine.tryOut(ask.record) };
    case 'bounds':
      return { value: await log.bounds(ask.topic) };
    case 'read':
      return packed(await log.read(ask.topic, ask.from, ask.limit));
    case 'changed':
      return { value: await log.changed(ask.positions, ask.waitMs) };
    case 'settled':
      return { value: await engine.settled() };
    case 'changeTime':
      return { value: await engine.changeTime(ask.time) };
    case 'stop':
      return { value: await engine.stop() };
    default:
      return ask satisfies never;
  }
}

/** The asker knows the ids of what it sent: only what was refused is told. */
const refusedOf = (answer: Verdicts<Verdict[]>): Verdicts<RefusedOnly> =>
  answer.ok
    ? {
        ok: true,
        value: answer.value.flatMap((verdict, i) =>
          verdict.accepted ? [] : [[i, verdict] as const],
        ),
      }
    : answer;

function packed({ records, next }: LogSlice): Answer {
  const values = pack(records.map(({ value }) => value));
  const offsets = Float64Array.from(records, ({ offset }) => offset);
  const value: PackedSlice = { offsets, values, next };
  return { value, transfer: [...transferOf(values), offsets.buffer] };
}

function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { name: 'Error', message: 'unknown fault' };
  const { name, message } = error;
  if (!(error instanceof PositionGone)) return { name, message };
  return { name, message, gone: [error.topic, error.wanted, error.first, error.next] };
}

const task: ThreadTask = workerData;
void main(task);
