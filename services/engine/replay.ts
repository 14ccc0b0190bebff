import type { Journal, OutputEntry, Refused, Slice, Sweep } from '@tidemark/schemas/records';
import { DEAD_LETTERS } from './dead-letter';
import { decideKey, decideRecords } from './decide';
import { nextDue, takeDue } from './due-index';
import { Altered, PartitionStopped, PositionGone } from './errors';
import { takeGlobals } from './global-records';
import { hashOfRecords, sha256 } from './journal';
import { loadKeys } from './key-states';
import { forgetOrder, keep, keysInOrder, type Entry, type Keys } from './keys';
import type { JournalEntry, LogRecord, LogSlice, TopicLog } from './ports';
import { learnSchemas } from './schemas-met';
import { newStep, type Executor, type Step } from './step';
import { cannotAdopt } from './stops';
import { prepare } from './taken';

/**
 * By key, what of it this build may have decided otherwise on the state that the other build had left, of
 * which a replay knows only what was published: everything, until it has published what follows again; from
 * then on only what it refused, as a decision that counted for one of them may never have counted for the other.
 */
export type Adopted = Map<string, 'everything' | 'refusals'>;

/** What a replay is told besides the journal. */
export interface ReplayFindings {
  /** The present build publishes something else than it did; the published part was adopted. */
  readonly differs: (record: Journal, key: string, what: string) => void;
  /** Another build decided otherwise, or this one did on what the other had left: no fault of anything. */
  readonly otherwise?: (record: Journal, key: string) => void;
  /** Keys whose state rests on what another build published. */
  readonly adopted: Adopted;
  /**
   * The present build keeps nothing of a key of which something was kept: what was published of it has
   * no place to go to, and the key's sequence would begin anew.
   */
  readonly lacks: (record: Journal, key: string) => void;
}

/** Keys that a sweep or tick reads into memory at once. */
const KEYS_AT_ONCE = 500;
const BYTES_AT_ONCE = 8 << 20;

/**
 * Runs a step of the journal again: reads what it read, decides what it decided, and compares what it
 * published. Keys whose state has the step already are passed over. Nothing is published.
 * @param before the record before it in the journal
 * @throws Altered when records or the journal are not what they were
 */
export async function replayStep<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  inputs: TopicLog,
  before: JournalEntry | undefined,
  { record }: JournalEntry,
  findings: ReplayFindings,
): Promise<Step> {
  checkChain(before, record);
  const step = newStep(record.step, record.time, true);
  switch (record.kind) {
    case 'genesis':
    case 'owner':
      break;
    case 'version':
      for (const slice of record.slices) {
        const records = await readSlice(executor, inputs, slice, record.step);
        obeyGlobals(executor, step, slice.topic, records, refusedOf(record.refused, slice.topic));
      }
      executor.version = record.version;
      break;
    case 'records':
    case 'skip':
      for (const slice of record.slices) await replaySlice(executor, inputs, step, record, slice);
      break;
    case 'tick':
      executor.clock = record.clock;
      await replayTick(executor, step, record);
      break;
    case 'sweep':
      executor.clock = record.clock;
      await replaySweep(executor, step, record, before?.record.sweep?.cause ?? 'version');
      break;
    default:
      record.kind satisfies never;
  }
  executor.clock = Math.max(executor.clock, record.clock);
  if (record.sweep === undefined) forgetOrder(executor.keys);
  await passOver(executor, step, record);
  compare(executor, step, record, findings);
  for (const key of removedBy(executor.keys, record.outputs)) {
    if (!record.removed.includes(key) && !step.skipped.has(key)) findings.lacks(record, key);
  }
  return step;
}

/** Keys of which a step publishes what a state takes over, and of which nothing is kept after it. */
export function removedBy<State>(
  { cached }: Keys<State>,
  outputs: readonly OutputEntry[],
): string[] {
  const found = new Set<string>();
  for (const { key, published } of outputs) {
    if (published !== undefined && cached.get(key)?.state === undefined) found.add(key);
  }
  return [...found];
}

function checkChain(before: JournalEntry | undefined, record: Journal): void {
  const expected = before === undefined ? 0 : before.record.step + 1;
  if (record.step !== expected) {
    throw new Altered(`the journal has step ${record.step} where ${expected} belongs`);
  }
  const hash = before === undefined ? null : sha256(before.bytes);
  if (record.previousHash !== hash) {
    throw new Altered(
      `the journal was altered: step ${record.step} follows another step ${record.step - 1}`,
    );
  }
}

/** @throws Altered when the records are not those that the journal names */
async function readSlice<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  inputs: TopicLog,
  slice: Slice,
  step: number,
): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  let at = slice.from;
  while (at < slice.next && records.length < slice.count) {
    const limit = { records: slice.count - records.length, bytes: BYTES_AT_ONCE };
    const read = await readFrom(inputs, slice.topic, at, limit);
    if (read.next === at) break;
    learnSchemas(executor, slice.topic, read);
    for (const record of read.records) if (record.offset < slice.next) records.push(record);
    at = read.next;
  }
  if (records.length !== slice.count || hashOfRecords(records) !== slice.hash) {
    throw new Altered(
      `input altered: ${slice.topic} from ${slice.from} to ${slice.next - 1}, taken in step ${step}, is not what was taken (were records deleted, or the topic compacted?)`,
    );
  }
  return records;
}

async function readFrom(
  inputs: TopicLog,
  topic: string,
  from: number,
  limit: { readonly records: number; readonly bytes: number },
): Promise<LogSlice> {
  try {
    return await inputs.read(topic, from, limit);
  } catch (error) {
    if (!(error instanceof PositionGone)) throw error;
    throw new PartitionStopped(`a replay needs what is gone: ${error.message}`, {
      cause: error,
      reason: 'data',
    });
  }
}

async function replaySlice<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  inputs: TopicLog,
  step: Step,
  record: Journal,
  slice: Slice,
): Promise<void> {
  const records = await readSlice(executor, inputs, slice, record.step);
  const taken = await prepare(
    executor,
    slice.topic,
    records,
    refusedOf(record.refused, slice.topic),
  );
  if (step.time === 'wall') executor.clock = slice.clock;
  decideRecords(executor, step, slice.topic, taken, () => false);
}

/** The verdicts of the journal on records of one topic, by offset. */
export function refusedOf(refused: readonly Refused[], topic: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const one of refused) if (one.topic === topic) found.set(one.offset, one.code);
  return found;
}

/**
 * Takes in records of a global topic as they were taken in once.
 * @param refused by offset
 * @throws PartitionStopped when this build refuses what was taken: everything after it would differ
 */
export function obeyGlobals<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  topic: string,
  records: readonly LogRecord[],
  refused: ReadonlyMap<number, string>,
): void {
  takeGlobals(executor, step, topic, records, refused);
  const other = step.refused.find((one) => one.topic === topic && !refused.has(one.offset));
  if (other === undefined) return;
  throw new PartitionStopped(
    `${topic}@${other.offset} was taken once and this build refuses it (${other.code}): run the build that took it`,
    { reason: 'version' },
  );
}

async function replayTick<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  { range }: Journal,
): Promise<void> {
  const toDue = range?.toDue;
  if (range === undefined || toDue === undefined || toDue === null) return;
  for (;;) {
    const due = nextDue(executor.keys.due);
    if (due === undefined || due.at > toDue) return;
    if (due.at === toDue && due.key > range.toKey) return;
    // one by one: another may be due only after this one
    const [taken] = takeDue(executor.keys.due, toDue, 1);
    if (taken === undefined) return;
    await loadKeys(executor, [taken.key]);
    decideKey(executor, step, taken.key, { kind: 'tick' });
    if (step.skipped.has(taken.key)) {
      throw new PartitionStopped(
        `step ${step.number}: a state is ahead of the journal and still due; rebuild the copy`,
        { reason: 'data' },
      );
    }
  }
}

async function replaySweep<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  { range }: Journal,
  cause: Sweep['cause'],
): Promise<void> {
  if (range === undefined) return;
  const keys = keysInOrder(executor.keys, range.fromKey, range.toKey);
  for (let i = 0; i < keys.length; i += KEYS_AT_ONCE) {
    const some = keys.slice(i, i + KEYS_AT_ONCE);
    await loadKeys(executor, some);
    for (const key of some) decideKey(executor, step, key, { kind: 'sweep', cause });
  }
}

/**
 * A key whose state is ahead of a tick is no longer due at it, so the tick does not meet it: it was
 * passed over all the same.
 */
async function passOver<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  { outputs }: Journal,
): Promise<void> {
  const { cached } = executor.keys;
  const isDecided = (key: string): boolean => cached.get(key)?.decidedIn === step.number;
  const unmet = outputs.flatMap(({ key }) =>
    isDecided(key) || step.skipped.has(key) ? [] : [key],
  );
  if (unmet.length === 0) return;
  await loadKeys(executor, unmet);
  for (const key of unmet) {
    if ((cached.get(key)?.step ?? -1) >= step.number) step.skipped.add(key);
  }
}

/**
 * Compares what was published with what would be published now, key by key. Where they differ, the
 * states take over what was published: it is data, not a result (design, rules 7 and 8).
 */
function compare<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  record: Journal,
  findings: ReplayFindings,
): void {
  const then = byKey(record.outputs.filter(({ key }) => !step.skipped.has(key)));
  const now = byKey(step.entries);
  for (const key of new Set([...then.keys(), ...now.keys()])) {
    const was = then.get(key) ?? [];
    const is = now.get(key) ?? [];
    tell(executor.machine.build, record, key, difference(was, is), findings);
    const [published, mine] = [publishedOf(was), publishedOf(is)];
    // also where only what no later build need bring again is another: a hash, a cause
    const isSame = published.length === mine.length && published.every((it, i) => it === mine[i]);
    const entry = executor.keys.cached.get(key);
    if (!isSame && entry !== undefined) adopt(executor, entry, record.step, published, mine);
  }
}

/** What another build decided is data, and so is what this one decided on what the other had left. */
function tell(
  build: string,
  record: Journal,
  key: string,
  found: Difference | undefined,
  { differs, otherwise, adopted }: ReplayFindings,
): void {
  const isOther = record.build !== build;
  if (found === undefined) {
    if (!isOther && adopted.has(key)) adopted.set(key, 'refusals');
    return;
  }
  const open = adopted.get(key);
  if (isOther) adopted.set(key, 'everything');
  if (isOther || open === 'everything' || (open === 'refusals' && found.isOfRefusals)) {
    otherwise?.(record, key);
  } else differs(record, key, found.what);
}

function adopt<State, Input, Output, Globals>(
  { machine, keys, partition }: Executor<State, Input, Output, Globals>,
  entry: Entry<State>,
  step: number,
  published: readonly string[],
  mine: readonly string[],
): void {
  const { key, state, dueAt } = entry;
  if (state === undefined) return;
  try {
    keep(keys, key, entry, { state: machine.adopt(state, published, mine), dueAt }, step);
  } catch (cause) {
    throw cannotAdopt(partition, step, cause);
  }
}

const publishedOf = (outputs: readonly OutputEntry[]): string[] =>
  outputs.flatMap(({ published }) => (published === undefined ? [] : [published]));

function byKey(entries: readonly OutputEntry[]): Map<string, OutputEntry[]> {
  const found = new Map<string, OutputEntry[]>();
  for (const entry of entries) {
    const of = found.get(entry.key);
    if (of === undefined) found.set(entry.key, [entry]);
    else of.push(entry);
  }
  return found;
}

interface Difference {
  readonly what: string;
  /** All else that was published is the same. */
  readonly isOfRefusals: boolean;
}

const isSame = (a: OutputEntry | undefined, b: OutputEntry | undefined): boolean =>
  a?.topic === b?.topic && a?.sequence === b?.sequence && a?.digest === b?.digest;

/** @returns its place; -1: there is none */
function firstOther(was: readonly OutputEntry[], is: readonly OutputEntry[]): number {
  for (let i = 0; i < Math.max(was.length, is.length); i += 1) if (!isSame(was[i], is[i])) return i;
  return -1;
}

const withoutRefusals = (entries: readonly OutputEntry[]): OutputEntry[] =>
  entries.filter(({ topic }) => topic !== DEAD_LETTERS);

/** The first. */
function difference(
  was: readonly OutputEntry[],
  is: readonly OutputEntry[],
): Difference | undefined {
  const at = firstOther(was, is);
  if (at < 0) return undefined;
  const [then, now] = [nameOf(was[at]), nameOf(is[at])];
  return {
    what:
      then === now
        ? `${then} with other content`
        : `${then} was published, ${now} follows from the records`,
    isOfRefusals: firstOther(withoutRefusals(was), withoutRefusals(is)) < 0,
  };
}

const nameOf = (entry: OutputEntry | undefined): string =>
  entry === undefined
    ? 'nothing'
    : `${entry.kind}${entry.sequence === null ? '' : ` ${entry.sequence}`}`;
