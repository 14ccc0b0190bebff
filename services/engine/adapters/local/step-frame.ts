import type { Commit, OutputRecord } from '../../ports';
import { draftFrame, partOf, type Draft, type Frame } from './frame';

/**
 * A step in the log of steps: one frame, so all of it is there or nothing.
 * Part 0: where its outputs begin, part 1: the journal record, then its outputs in order.
 */

/** Offsets of the outputs of a step in one topic. */
export interface OutputRun {
  readonly topic: string;
  /** Offset of the first one. */
  readonly first: number;
  readonly count: number;
}

const OUTPUTS = 2;
/** Before the key of an output: number of its run u16, length of the key u32. */
const OUTPUT_HEAD = 6;

/** @param claim takes so many offsets of an output topic and gives the first */
export function draftStep(commit: Commit, claim: (topic: string, count: number) => number): Draft {
  const numbers = new Map<string, number>();
  const counts: number[] = [];
  const outputs = commit.outputs.map((output) => {
    const run = numbers.get(output.topic) ?? numbers.size;
    numbers.set(output.topic, run);
    counts[run] = (counts[run] ?? 0) + 1;
    return encodeOutput(run, output);
  });
  const runs = [...numbers].map(([topic, run]) => {
    const count = counts[run] ?? 0;
    return [topic, claim(topic, count), count];
  });
  const head = Buffer.from(runs.length === 0 ? '' : JSON.stringify(runs));
  return draftFrame([head, commit.bytes, ...outputs], 1);
}

function encodeOutput(run: number, { key, value }: OutputRecord): Buffer {
  const keyBytes = Buffer.byteLength(key);
  const bytes = Buffer.allocUnsafe(OUTPUT_HEAD + keyBytes + value.byteLength);
  bytes.writeUInt16LE(run, 0);
  bytes.writeUInt32LE(keyBytes, 2);
  bytes.write(key, OUTPUT_HEAD);
  bytes.set(value, OUTPUT_HEAD + keyBytes);
  return bytes;
}

export const journalOf = (frame: Frame): Buffer => partOf(frame, 1);

export function runsOf(frame: Frame): OutputRun[] {
  const head = partOf(frame, 0);
  return head.length === 0 ? [] : runsFrom(JSON.parse(head.toString()));
}

function runsFrom(runs: unknown): OutputRun[] {
  if (!Array.isArray(runs)) throw new Error('a step has no list of its outputs');
  return runs.map((run: unknown) => {
    const [topic, first, count]: unknown[] = Array.isArray(run) ? run : [];
    if (typeof topic !== 'string' || typeof first !== 'number' || typeof count !== 'number') {
      throw new Error('a step has no list of its outputs');
    }
    return { topic, first, count };
  });
}

/** The values that a step has put out to a topic, in order. */
export function outputsOf(frame: Frame, topic: string, runs: readonly OutputRun[]): Buffer[] {
  const wanted = runs.findIndex((run) => run.topic === topic);
  const values: Buffer[] = [];
  if (wanted === -1) return values;
  for (let i = OUTPUTS; i < frame.parts; i += 1) {
    const part = partOf(frame, i);
    if (part.readUInt16LE(0) !== wanted) continue;
    values.push(part.subarray(OUTPUT_HEAD + part.readUInt32LE(2)));
  }
  return values;
}
