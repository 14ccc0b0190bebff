import { PositionGone } from '../../errors';
import type { LogRecord, LogSlice, ReadLimit } from '../../ports';
import type { FileLayer } from './file-layer';
import type { Log } from './log';
import { outputIndex, type OutputIndex } from './output-index';
import { headOf } from './segment';
import { outputsOf, runsOf, type OutputRun } from './step-frame';
import type { Listeners, Readable } from './topic-file';

/** How far the output topics of a partition are, and where in the steps their records lie. */
export interface Outputs {
  readonly next: (topic: string) => number;
  readonly index: OutputIndex;
  readonly listeners: Listeners;
  /** A segment of steps begins, with what `encode` gave. */
  readonly begin: (step: number, meta: Buffer) => void;
  /** A step is durable. */
  readonly add: (step: number, runs: readonly OutputRun[]) => void;
  /** What the head of a segment of steps says. */
  readonly encode: () => Buffer;
  /** The next offset of a topic for a step that is about to be written. */
  readonly claim: (topic: string, count: number) => number;
  /** The steps that were about to be written were not. */
  readonly release: () => void;
}

export function nextOffsets(): Outputs {
  const next = new Map<string, number>();
  const claimed = new Map<string, number>();
  const index = outputIndex();
  return {
    index,
    listeners: new Set(),
    next: (topic) => next.get(topic) ?? 0,
    begin: (step, meta) => {
      for (const [topic, offset] of decodeNext(meta)) {
        next.set(topic, offset);
        index.add(topic, offset, step);
      }
    },
    add: (step, runs) => {
      for (const { topic, first, count } of runs) {
        next.set(topic, first + count);
        index.add(topic, first, step);
      }
    },
    encode: () => Buffer.from(JSON.stringify([...next])),
    claim: (topic, count) => {
      const offset = claimed.get(topic) ?? next.get(topic) ?? 0;
      claimed.set(topic, offset + count);
      return offset;
    },
    release: () => claimed.clear(),
  };
}

function decodeNext(meta: Buffer): [string, number][] {
  const pairs: unknown = JSON.parse(meta.toString());
  if (!Array.isArray(pairs)) throw new Error('a segment of steps has no output offsets');
  return pairs.map((pair: unknown) => {
    const [topic, offset]: unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof topic === 'string' && typeof offset === 'number') return [topic, offset];
    throw new Error('a segment of steps has no output offsets');
  });
}

/** The output topics as logs. One that has no record yet is empty. */
export function outputReader(
  log: Log,
  outputs: Outputs,
  files: FileLayer,
): (topic: string) => Readable {
  return (topic) => ({
    next: () => outputs.next(topic),
    listeners: outputs.listeners,
    bounds: async () => ({ first: 0, next: outputs.next(topic) }),
    read: (from, limit) => readOutputs({ log, outputs, files, topic }, from, limit),
  });
}

interface Source {
  readonly log: Log;
  readonly outputs: Outputs;
  readonly files: FileLayer;
  readonly topic: string;
}

async function readOutputs(source: Source, from: number, limit: ReadLimit): Promise<LogSlice> {
  const { log, outputs, topic } = source;
  const next = outputs.next(topic);
  if (from < 0 || from > next) throw new PositionGone(topic, from, 0, next);
  const records: LogRecord[] = [];
  if (from === next) return { records, next };
  let step = await stepOf(source, from);
  let at = from;
  let bytes = 0;
  const isFull = (): boolean =>
    records.length >= limit.records || (records.length > 0 && bytes >= limit.bytes);
  while (!isFull() && at < next) {
    const frames = await log.read(step);
    if (frames.length === 0) break;
    for (const frame of frames) {
      step = frame.base;
      for (const record of recordsOf(frame, topic)) {
        if (record.offset < at || isFull()) continue;
        records.push(record);
        bytes += record.value.byteLength;
        at = record.offset + 1;
      }
      if (isFull() || at >= next) break;
      step = frame.base + 1;
    }
  }
  outputs.index.hint(topic, at, step);
  return { records, next: at };
}

function recordsOf(frame: Parameters<typeof runsOf>[0], topic: string): LogRecord[] {
  const runs = runsOf(frame);
  const first = runs.find((run) => run.topic === topic)?.first;
  if (first === undefined) return [];
  return outputsOf(frame, topic, runs).map((value, i) => ({ offset: first + i, value }));
}

/** A step at or before the one with an output, as near as is known. */
async function stepOf({ log, outputs, files, topic }: Source, offset: number): Promise<number> {
  const known = outputs.index.find(topic, offset);
  if (known !== undefined) return known;
  const segments = log.segments();
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const segment = segments[middle];
    if (segment === undefined) break;
    const head = await headOf(files, segment);
    const begins = new Map(decodeNext(head.meta)).get(topic) ?? 0;
    if (begins <= offset) low = middle + 1;
    else high = middle;
  }
  return segments[Math.max(low - 1, 0)]?.base ?? log.first();
}
