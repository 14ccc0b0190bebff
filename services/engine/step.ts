import type { Journal, OutputEntry, Refused, Slice } from '@tidemark/schemas/records';
import { hashOfRecords } from './journal';
import type { Keys } from './keys';
import type { Context, Machine } from './machine';
import { newStepMeasures, type StepMeasures } from './measures';
import type { Blob, LogRecord, OutputRecord } from './ports';

/** What decides: the machine over the keys of one partition, live or in a replay. */
export interface Executor<State, Input, Output, Globals> {
  readonly machine: Machine<State, Input, Output, Globals>;
  readonly partition: number;
  readonly keys: Keys<State>;
  /** Where states are that are not in memory. */
  readonly get: (keys: readonly string[]) => Promise<readonly (Blob | undefined)[]>;
  readonly count: (name: string, n?: number) => void;
  /** A larger state takes no records. */
  readonly stateBytesMax: number;
  /** Fingerprints of the schemas met so far, by id. */
  readonly schemas: Map<number, string>;
  globals: Globals;
  /** The version in force. */
  version: string;
  /** The clock only moves on. */
  clock: number;
}

/** A step under way. */
export interface Step {
  readonly number: number;
  readonly time: Journal['time'];
  /** Of a replay: the journal decided where slices end and which records were refused. */
  readonly replay: boolean;
  readonly slices: Slice[];
  readonly refused: Refused[];
  readonly entries: OutputEntry[];
  readonly outputs: OutputRecord[];
  outputBytes: number;
  /** Keys that were decided about, each once. */
  readonly touched: string[];
  /** Replay: keys whose state had this step already. */
  readonly skipped: Set<string>;
  /** What became of the works, to be counted. */
  readonly outcomes: Map<string, number>;
  readonly measured: StepMeasures;
}

export const newStep = (number: number, time: Journal['time'], replay = false): Step => ({
  number,
  time,
  replay,
  slices: [],
  refused: [],
  entries: [],
  outputs: [],
  outputBytes: 0,
  touched: [],
  skipped: new Set(),
  outcomes: new Map(),
  measured: newStepMeasures(),
});

export const contextOf = <Globals>({
  globals,
  version,
  clock,
}: {
  readonly globals: Globals;
  readonly version: string;
  readonly clock: number;
}): Context<Globals> => ({ asOf: clock, globals, version });

/** Notes what was read of a topic and decided. */
export function addSlice(
  step: Step,
  topic: string,
  from: number,
  next: number,
  records: readonly LogRecord[],
  clock: number,
): void {
  if (next === from) return;
  const hash = hashOfRecords(records);
  step.slices.push({ topic, from, next, count: records.length, hash, clock });
}
