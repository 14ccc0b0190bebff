import { createHash } from 'node:crypto';
import { decode } from '@tidemark/schemas/avro';
import type { Journal, OutputEntry, Slice } from '@tidemark/schemas/records';
import type { PartitionData } from '@tidemark/engine/adapters/memory/cluster';
import type { LogRecord } from '@tidemark/engine/ports';
import type { Refusal, Work } from '@tidemark/engine/machine';
import { expectEqual, expectThat } from './oracle-fault';
import { toyMachine, type ToyInput, type ToyMachine, type ToyState } from './toy';
import type { ToyGlobals } from './toy-rules';

/**
 * The journal folded in its own order, as simply as can be: one map of states, no cache, no
 * checkpoint, each step by the build that ran it. Whatever the engine publishes and stores is compared
 * with this.
 */
export interface Fold {
  readonly keys: Map<string, FoldedKey>;
  /** What was published, in order. */
  readonly outputs: FoldedOutput[];
  globals: ToyGlobals;
  version: string;
  clock: number;
  readonly positions: Map<string, number>;
  /** The clock at which each key was last decided about. */
  readonly decidedAt: Map<string, number>;
  /** Every build that ever owned the partition. */
  readonly builds: Set<string>;
  /** The last of them. */
  build: string;
  /** The running sweep: the key after which it goes on, and why it runs. */
  sweep: Journal['sweep'];
  step: number;
}

export interface FoldedKey {
  state: ToyState | undefined;
  dueAt: number;
  /** Each step that changed it, with what it was after that step. */
  readonly history: Version[];
}

export interface Version {
  readonly step: number;
  readonly dueAt: number;
  /** State as JSON; undefined: removed. */
  readonly state: string | undefined;
}

export interface FoldedOutput {
  readonly step: number;
  readonly topic: string;
  readonly key: string;
  /** The bytes that must have been published; undefined for a dead letter. */
  readonly value: string | undefined;
}

/** A step after which somebody wants to look. */
export interface Pause {
  readonly after: number;
  readonly look: (fold: Fold) => void;
}

const hash = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

/** @throws OracleFault where the journal contradicts itself, its inputs or the machine */
export function foldJournal(data: PartitionData, pause?: Pause): Fold {
  const fold: Fold = {
    ...{ keys: new Map(), outputs: [], version: '', clock: -Infinity, positions: new Map() },
    ...{ globals: toyMachine('toy-1').initialGlobals, sweep: undefined, step: -1 },
    ...{ decidedAt: new Map(), builds: new Set(), build: '' },
  };
  let previousHash: string | null = null;
  for (const { bytes } of data.ledger.journal) {
    const record = decode('journal', Buffer.from(bytes));
    const at = `step ${record.step} (${record.kind})`;
    expectEqual('journal', `${at}: step number`, record.step, fold.step + 1);
    expectEqual('journal', `${at}: hash of the record before`, record.previousHash, previousHash);
    expectThat('journal', `${at}: the clock goes back`, record.clock >= fold.clock);
    if (record.kind !== 'owner' && fold.build !== '') {
      expectEqual('journal', `${at}: build of the owner`, record.build, fold.build);
    }
    previousHash = hash(bytes);
    fold.build = record.build;
    fold.builds.add(record.build);
    foldStep(fold, data, record, at);
    fold.step = record.step;
    if (record.step === pause?.after) pause.look(fold);
  }
  return fold;
}

const machines = new Map<string, ToyMachine>();

function machineOf(build: string): ToyMachine {
  const machine = machines.get(build) ?? toyMachine(build);
  machines.set(build, machine);
  return machine;
}

/** A step under way. */
interface Folding {
  readonly machine: ToyMachine;
  readonly record: Journal;
  readonly entries: OutputEntry[];
  readonly refused: Journal['refused'][number][];
  readonly touched: Set<string>;
}

function foldStep(fold: Fold, data: PartitionData, record: Journal, at: string): void {
  const step: Folding = {
    ...{ machine: machineOf(record.build), record },
    ...{ entries: [], refused: [], touched: new Set<string>() },
  };
  if (record.kind !== 'version') {
    expectEqual('journal', `${at}: version in force`, record.version, fold.version);
  }
  switch (record.kind) {
    case 'genesis':
      for (const [topic, next] of Object.entries(record.positions)) fold.positions.set(topic, next);
      break;
    case 'owner':
      break;
    case 'version':
      for (const slice of record.slices) foldGlobals(fold, step, data, slice, at);
      fold.version = record.version;
      break;
    case 'records':
    case 'skip':
      for (const slice of record.slices) foldSlice(fold, step, data, slice, at);
      break;
    case 'tick':
      foldTick(fold, step, at);
      break;
    case 'sweep':
      foldSweep(fold, step, at);
      break;
    default:
      record.kind satisfies never;
  }
  fold.clock = record.clock;
  fold.sweep = record.sweep;
  for (const key of step.touched) remember(fold, key, record.step);
  const topics = Object.keys(record.positions);
  expectEqual('journal', `${at}: number of topics`, topics.length, fold.positions.size);
  for (const topic of topics) {
    const next = record.positions[topic];
    expectEqual('journal', `${at}: position of ${topic}`, next, fold.positions.get(topic));
  }
  expectEqual('journal', `${at}: refused`, texts(record.refused), texts(step.refused));
  expectEqual('outputs', `${at}: outputs`, texts(record.outputs), texts(step.entries));
}

const texts = (entries: readonly object[]): string =>
  entries.map((entry) => JSON.stringify(entry)).join('\n');

/** The records of a slice, which must be the next of their topic, and what the journal says they are. */
function takeSlice(fold: Fold, data: PartitionData, slice: Slice, at: string): LogRecord[] {
  const { topic, from, next, count } = slice;
  expectEqual('slices', `${at}: ${topic} begins`, from, fold.positions.get(topic));
  expectThat('slices', `${at}: ${topic} ends before it begins`, next > from);
  const all = data.topics.get(topic);
  const records = (all?.records ?? []).filter((it) => it.offset >= from && it.offset < next);
  expectThat('slices', `${at}: ${topic} ends beyond its end`, next <= (all?.next ?? 0));
  expectEqual('slices', `${at}: ${topic} count`, count, records.length);
  const sum = createHash('sha256');
  for (const { value } of records) {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(value.length);
    sum.update(length).update(value);
  }
  expectEqual('slices', `${at}: ${topic} hash`, slice.hash, sum.digest('hex'));
  expectThat('journal', `${at}: a slice's clock goes back`, slice.clock >= fold.clock);
  fold.positions.set(topic, next);
  return records;
}

function foldGlobals(
  fold: Fold,
  step: Folding,
  data: PartitionData,
  slice: Slice,
  at: string,
): void {
  for (const { offset, value } of takeSlice(fold, data, slice, at)) {
    const taken = step.machine.takeGlobal(fold.globals, slice.topic, value);
    if (taken.ok) fold.globals = taken.value;
    else refuse(fold, step, slice.topic, offset, taken.code);
  }
}

function foldSlice(fold: Fold, step: Folding, data: PartitionData, slice: Slice, at: string): void {
  const { machine, record } = step;
  for (const { offset, value } of takeSlice(fold, data, slice, at)) {
    const decoded = machine.decode(slice.topic, value, fold.globals);
    if (record.kind === 'skip') {
      refuse(fold, step, slice.topic, offset, 'skipped');
      continue;
    }
    if (!decoded.ok) {
      refuse(fold, step, slice.topic, offset, decoded.code);
      continue;
    }
    const input = decoded.value;
    if (record.time === 'event') fold.clock = Math.max(fold.clock, input.at);
    else fold.clock = slice.clock;
    decideKey(fold, step, input.key, { kind: 'record', input }, `${slice.topic}@${offset}`);
  }
  if (record.time === 'event') expectEqual('journal', `${at}: clock`, slice.clock, fold.clock);
  fold.clock = slice.clock;
}

/** A record that never reached the machine. */
function refuse(fold: Fold, step: Folding, topic: string, offset: number, code: string): void {
  step.refused.push({ topic, offset, code });
  addDeadLetter(fold, step, '', `${topic}@${offset}`, code);
}

function foldTick(fold: Fold, step: Folding, at: string): void {
  const { range, clock } = step.record;
  fold.clock = clock;
  const toDue = range?.toDue;
  if (range === undefined || toDue === undefined) return;
  expectThat('due', `${at}: keys taken before they were due`, toDue <= clock);
  const due = [...fold.keys]
    .filter(([key, { dueAt }]) => dueAt < toDue || (dueAt === toDue && key <= range.toKey))
    .sort(([a, x], [b, y]) => x.dueAt - y.dueAt || (a < b ? -1 : 1));
  expectEqual('due', `${at}: the first key due`, due[0]?.[0], range.fromKey);
  expectEqual('due', `${at}: the last key due`, due.at(-1)?.[0], range.toKey);
  for (const [key] of due) decideKey(fold, step, key, { kind: 'tick' });
}

function foldSweep(fold: Fold, step: Folding, at: string): void {
  const { range, clock } = step.record;
  fold.clock = clock;
  if (range === undefined) return;
  expectEqual('journal', `${at}: where the sweep goes on`, range.fromKey, fold.sweep?.after);
  const cause = fold.sweep?.cause ?? 'version';
  const keys = [...fold.keys]
    .filter(([key, { state }]) => state !== undefined && key > range.fromKey && key <= range.toKey)
    .map(([key]) => key)
    .sort();
  expectEqual('journal', `${at}: the last key swept`, keys.at(-1), range.toKey);
  for (const key of keys) decideKey(fold, step, key, { kind: 'sweep', cause });
}

function decideKey(
  fold: Fold,
  step: Folding,
  key: string,
  work: Work<ToyInput>,
  place?: string,
): void {
  const { machine, record } = step;
  const before = fold.keys.get(key)?.state;
  fold.decidedAt.set(key, fold.clock);
  const context = { asOf: fold.clock, globals: fold.globals, version: fold.version };
  const { state, outputs, refusals, dueAt } = machine.decide(before, work, context);
  if (before !== undefined || state !== undefined) {
    const known = fold.keys.get(key) ?? { state, dueAt, history: [] };
    fold.keys.set(key, Object.assign(known, { state, dueAt }));
    step.touched.add(key);
  }
  for (const output of outputs) {
    const { topic, kind, sequence, named, published } = machine.describe(output);
    const value = Buffer.from(machine.encodeOutput(output)).toString();
    fold.outputs.push({ step: record.step, topic, key, value });
    step.entries.push({
      ...{ topic, key, kind, sequence, digest: hash(named) },
      ...(published === null ? {} : { published }),
    });
  }
  for (const refusal of refusals) addRefusal(fold, step, key, work, refusal, place);
}

function addRefusal(
  fold: Fold,
  step: Folding,
  key: string,
  work: Work<ToyInput>,
  { code, input }: Refusal<ToyInput>,
  place: string | undefined,
): void {
  const isOwn = work.kind === 'record' && work.input === input && place !== undefined;
  addDeadLetter(fold, step, key, isOwn ? place : `waiting@${step.record.step}`, code);
}

function addDeadLetter(fold: Fold, step: Folding, key: string, place: string, code: string): void {
  const topic = 'dead-letters';
  fold.outputs.push({ step: step.record.step, topic, key, value: undefined });
  const digest = hash(`${place}:${code}`);
  step.entries.push({ topic, key, kind: 'dead-letter', sequence: null, digest });
}

function remember(fold: Fold, key: string, step: number): void {
  const folded = fold.keys.get(key);
  if (folded === undefined) return;
  const { state, dueAt, history } = folded;
  history.push({
    ...{ step, dueAt: state === undefined ? Infinity : dueAt },
    state: state === undefined ? undefined : JSON.stringify(state),
  });
}

/** The state of a key after a step, as JSON. */
export const foldedState = ({ keys }: Fold, key: string, step: number): string | undefined =>
  keys.get(key)?.history.findLast((version) => version.step <= step)?.state;
