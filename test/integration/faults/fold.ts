import { createHash } from 'node:crypto';
import { customerMachine, type CustomerWork } from '@tidemark/rating/customer-machine';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { CustomerState } from '@tidemark/rating/state';
import type { InputRecord, Journal, OutputEntry, Slice } from '@tidemark/schemas/records';
import {
  newFindings,
  sha256,
  type Findings,
  type Form,
  type Kept,
  type PartitionEvidence,
} from './evidence';

/**
 * The journal of a partition folded in its own order, as simply as can be: a map of states and the
 * machine, nothing of the engine. What was published and stored is compared with this.
 */
export interface Fold {
  readonly findings: Findings;
  readonly customers: Map<string, FoldedCustomer>;
  /** What must have been published, in order. */
  readonly outputs: FoldedOutput[];
  /** Every record that was taken, by customer, in no order that matters. */
  readonly taken: Map<string, InputRecord[]>;
  /** Offsets of records that were refused before the machine saw them, by topic. */
  readonly refused: Map<string, number[]>;
  readonly positions: Map<string, number>;
  globals: RatingGlobals;
  version: string;
  clock: number;
  step: number;
  /** The last step that was more than the note of a new owner. */
  lastWork: number;
  records: number;
  owners: number;
}

export interface FoldedCustomer {
  state: CustomerState | undefined;
  dueAt: number;
  step: number;
}

export interface FoldedOutput {
  readonly topic: string;
  readonly key: string;
  /** Undefined: a dead letter, whose words are the engine's. */
  readonly value: Uint8Array | undefined;
}

export function foldPartition(evidence: PartitionEvidence, form: Form): Fold {
  const fold: Fold = {
    findings: newFindings(evidence.partition),
    ...{ customers: new Map(), outputs: [], taken: new Map(), refused: new Map() },
    ...{ positions: new Map(), globals: customerMachine.initialGlobals, version: '' },
    ...{ clock: -Infinity, step: -1, lastWork: -1, records: 0, owners: 0 },
  };
  let previousHash: string | null = null;
  for (const { value } of evidence.journal) {
    const record = form.journal(value);
    const at = `step ${record.step} (${record.kind})`;
    const { equal } = fold.findings;
    equal('journal', `${at}: number`, record.step, fold.step + 1);
    equal('journal', `${at}: hash of the one before`, record.previousHash, previousHash);
    if (record.clock < fold.clock) fold.findings.add('journal', `${at}: the clock goes back`);
    previousHash = sha256(form.content(value));
    foldStep({ fold, evidence, form, record, at, entries: [], touched: new Set() });
    fold.step = record.step;
    if (record.kind !== 'owner') fold.lastWork = record.step;
  }
  return fold;
}

/** A step under way. */
interface Step {
  readonly fold: Fold;
  readonly evidence: PartitionEvidence;
  readonly form: Form;
  readonly record: Journal;
  readonly at: string;
  readonly entries: OutputEntry[];
  readonly touched: Set<string>;
}

function foldStep(step: Step): void {
  const { fold, record, at } = step;
  switch (record.kind) {
    case 'genesis':
      for (const [topic, next] of Object.entries(record.positions)) fold.positions.set(topic, next);
      break;
    case 'owner':
      fold.owners += 1;
      break;
    case 'version':
      for (const slice of record.slices) foldGlobals(step, slice);
      fold.version = record.version;
      break;
    case 'records':
    case 'skip':
      for (const slice of record.slices) foldSlice(step, slice);
      break;
    case 'tick':
      foldTick(step);
      break;
    case 'sweep':
      foldSweep(step);
      break;
    default:
      record.kind satisfies never;
  }
  fold.clock = record.clock;
  for (const key of step.touched) {
    const customer = fold.customers.get(key);
    if (customer !== undefined) customer.step = record.step;
  }
  const { equal } = fold.findings;
  for (const [topic, next] of fold.positions) {
    equal('journal', `${at}: position of ${topic}`, record.positions[topic], next);
  }
  equal('outputs', `${at}: outputs`, texts(record.outputs), texts(step.entries));
}

const texts = (entries: readonly OutputEntry[]): string =>
  entries
    .map(({ topic, kind, sequence, digest }) => `${topic} ${kind} ${sequence} ${digest}`)
    .join();

/** The records of a slice, which must be the next of their topic, and what the journal says they are. */
function takeSlice({ fold, evidence, at }: Step, slice: Slice): readonly Kept[] {
  const { topic, from, next, count } = slice;
  const { equal } = fold.findings;
  equal('inputs', `${at}: where ${topic} begins`, from, fold.positions.get(topic));
  const records = between(evidence.inputs.get(topic) ?? [], from, next);
  equal('inputs', `${at}: number of records of ${topic}`, count, records.length);
  const sum = createHash('sha256');
  for (const { value } of records) {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(value.length);
    sum.update(length).update(value);
  }
  equal('inputs', `${at}: hash of ${topic}`, slice.hash, sum.digest('hex'));
  fold.positions.set(topic, next);
  fold.records += records.length;
  return records;
}

/** Those with offsets in [from, next), of records in the order of their offsets. */
function between(records: readonly Kept[], from: number, next: number): readonly Kept[] {
  const first = indexAt(records, from);
  return records.slice(first, indexAt(records, next));
}

function indexAt(records: readonly Kept[], offset: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((records[middle]?.offset ?? Infinity) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function foldGlobals(step: Step, slice: Slice): void {
  const { fold, form } = step;
  for (const { offset, value } of takeSlice(step, slice)) {
    const taken = form.takeGlobal(fold.globals, slice.topic, value);
    if (taken.ok) fold.globals = taken.value;
    else refuse(step, slice.topic, offset, taken.code);
  }
}

function foldSlice(step: Step, slice: Slice): void {
  const { fold, form, record } = step;
  const verdicts = new Map(
    record.refused
      .filter(({ topic }) => topic === slice.topic)
      .map(({ offset, code }) => [offset, code]),
  );
  const records = takeSlice(step, slice);
  fold.clock = slice.clock;
  for (const { offset, value } of records) {
    const verdict = verdicts.get(offset);
    if (verdict !== undefined) {
      refuse(step, slice.topic, offset, verdict);
      continue;
    }
    const decoded = form.input(slice.topic, value, fold.globals);
    if (!decoded.ok) {
      fold.findings.add('journal', `${slice.topic}@${offset} was taken: it is ${decoded.code}`);
      continue;
    }
    const input = decoded.value;
    const key = customerMachine.keyOf(input);
    const known = fold.taken.get(key);
    if (known === undefined) fold.taken.set(key, [input]);
    else known.push(input);
    decide(step, key, { kind: 'record', input }, `${slice.topic}@${offset}`);
  }
}

function refuse(step: Step, topic: string, offset: number, code: string): void {
  const { refused } = step.fold;
  refused.set(topic, [...(refused.get(topic) ?? []), offset]);
  addDeadLetter(step, '', `${topic}@${offset}`, code);
}

function foldTick(step: Step): void {
  const { fold, record, at } = step;
  fold.clock = record.clock;
  const toDue = record.range?.toDue;
  const toKey = record.range?.toKey ?? '';
  if (toDue === undefined || toDue === null) return;
  if (toDue > record.clock) fold.findings.add('journal', `${at}: taken before it was due`);
  const due = [...fold.customers]
    .filter(([key, { dueAt }]) => dueAt < toDue || (dueAt === toDue && key <= toKey))
    .sort(([a, x], [b, y]) => x.dueAt - y.dueAt || (a < b ? -1 : 1));
  for (const [key] of due) decide(step, key, { kind: 'tick' });
}

function foldSweep(step: Step): void {
  const { fold, record } = step;
  fold.clock = record.clock;
  const { range } = record;
  if (range === null || range === undefined) return;
  const cause = record.sweep?.cause === 'correction' ? 'correction' : 'version';
  const keys = [...fold.customers]
    .filter(([key, { state }]) => state !== undefined && key > range.fromKey && key <= range.toKey)
    .map(([key]) => key)
    .sort();
  for (const key of keys) decide(step, key, { kind: 'sweep', cause });
}

function decide(step: Step, key: string, work: CustomerWork, place?: string): void {
  const { fold, form } = step;
  const before = fold.customers.get(key)?.state;
  const context = { asOf: fold.clock, globals: fold.globals, version: fold.version };
  const { state, outputs, refusals, dueAt } = customerMachine.decide(before, work, context);
  if (before !== undefined || state !== undefined) {
    const known = fold.customers.get(key);
    if (known === undefined) fold.customers.set(key, { state, dueAt, step: step.record.step });
    else Object.assign(known, { state, dueAt });
    step.touched.add(key);
  }
  for (const output of outputs) {
    const { topic, kind, sequence, named } = customerMachine.describe(output);
    fold.outputs.push({ topic, key, value: form.output(output) });
    step.entries.push({ topic, key, kind, sequence, digest: sha256(named) });
  }
  for (const { code, input } of refusals) {
    const isOwn = work.kind === 'record' && work.input === input && place !== undefined;
    addDeadLetter(step, key, isOwn ? place : `waiting@${step.record.step}`, code);
  }
}

function addDeadLetter(step: Step, key: string, place: string, code: string): void {
  const topic = 'dead-letters';
  step.fold.outputs.push({ topic, key, value: undefined });
  const digest = sha256(`${place}:${code}`);
  step.entries.push({ topic, key, kind: 'dead-letter', sequence: null, digest });
}
