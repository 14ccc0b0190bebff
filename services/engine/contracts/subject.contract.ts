import type { Journal } from '@tidemark/schemas/records';
import { encodeJournal } from '../journal';
import type {
  Blob,
  CheckpointLog,
  CheckpointSlice,
  CheckpointStore,
  Commit,
  DueEntry,
  Ledger,
  LogRecord,
  LogSlice,
  OutputRecord,
  StateStore,
  TopicLog,
  TopicWriter,
} from '../ports';

/** One partition of an adapter with nothing in it, as the contract suites try it. */
export interface Subject {
  readonly inputs: TopicLog;
  readonly writer: TopicWriter;
  readonly outputs: TopicLog;
  readonly ledger: Ledger;
  readonly checkpoints: CheckpointStore | CheckpointLog;
  /** Absent where the adapter has none. */
  readonly states?: StateStore;
  /** What another process finds that opens the same; this one is not used any more. */
  readonly reopen: () => Promise<Subject>;
  readonly close: () => Promise<void>;
  /** Leaves offsets without records, where the adapter's logs can have such. */
  readonly leaveGap?: (topic: string, offsets: number) => void;
}

/** The topics that every subject has. */
export const TOPIC = 'numbers';
export const OTHER_TOPIC = 'letters';
export const OUTPUT_TOPIC = 'sums';

export const bytesOf = (text: string): Uint8Array => Buffer.from(text);
export const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

/** Texts `prefix0`, `prefix1` ... as values. */
export const values = (count: number, prefix = 'v'): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => bytesOf(`${prefix}${i}`));

export function journal(step: number): Journal {
  return {
    application: 'contract',
    generation: 1,
    partition: 0,
    partitions: 1,
    step,
    kind: step === 0 ? 'genesis' : 'records',
    time: 'wall',
    clock: 1000 + step,
    slices: [],
    positions: {},
    refused: [],
    schemas: [],
    globalRefused: [],
    removed: [],
    outputs: [],
    restart: { step: 0, position: 0 },
    build: 'test',
    version: '',
    previousHash: null,
  };
}

export function commitOf(
  step: number,
  outputs: readonly OutputRecord[] = [],
  checkpoint?: CheckpointSlice,
): Commit {
  const restart = checkpoint?.restart;
  const record = { ...journal(step), ...(restart === undefined ? {} : { restart }) };
  return { journal: record, bytes: encodeJournal(record), outputs, checkpoint };
}

export const output = (value: string, topic = OUTPUT_TOPIC): OutputRecord => ({
  topic,
  key: `key of ${value}`,
  value: bytesOf(value),
});

export const blob = (key: string, step: number, text: string, dueAt = Infinity): Blob => ({
  key,
  step,
  dueAt,
  bytes: bytesOf(text),
});

export const tombstone = (key: string, step: number): Blob => ({
  key,
  step,
  dueAt: Infinity,
  bytes: undefined,
});

/** All pages of a due index, by key. */
export async function allDue(pages: AsyncIterable<readonly DueEntry[]>): Promise<DueEntry[]> {
  const entries: DueEntry[] = [];
  for await (const page of pages) entries.push(...page);
  return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
}

const BYTES_MAX = 1 << 20;

/**
 * All records from an offset on, at most `records`: one read may give a part of them, what has been
 * fetched so far.
 */
export async function readAll(
  log: TopicLog,
  topic: string,
  from: number,
  records = 1000,
): Promise<LogSlice> {
  const end = (await log.bounds(topic)).next;
  const found: LogRecord[] = [];
  let next = from;
  while (next < end && found.length < records) {
    const limit = { records: records - found.length, bytes: BYTES_MAX };
    const slice = await log.read(topic, next, limit);
    if (slice.next === next) throw new Error(`there is nothing at ${next}, and the end is ${end}`);
    found.push(...slice.records);
    next = slice.next;
  }
  return { records: found, next };
}

/** States for the checkpoint, whose restart position is their own step. */
export const sliceAt = (
  step: number,
  blobs: readonly Blob[],
  forgotten: readonly string[] = [],
): CheckpointSlice => ({ blobs, forgotten, restart: { step, position: step, asOf: step } });

/** Commits one step for each slice. */
export async function commitSlices(
  ledger: Ledger,
  slices: readonly CheckpointSlice[],
): Promise<void> {
  const owner = await ledger.fence();
  const begin = ((await ledger.last())?.record.step ?? -1) + 1;
  for (const [i, slice] of slices.entries()) {
    await ledger.commit(owner, commitOf(begin + i, [], slice));
  }
}

/** Key, step and due instant of each state of a checkpoint that holds one key. */
export async function statesIn(
  checkpoints: Subject['checkpoints'],
): Promise<(readonly [string, number, number])[]> {
  const found = new Map<string, readonly [string, number, number]>();
  for await (const page of 'due' in checkpoints ? checkpoints.due() : checkpoints.blobs()) {
    for (const { key, step, dueAt } of page) found.set(key, [key, step, dueAt]);
  }
  return [...found.values()];
}

/** Makes a subject before each test and closes it after it. */
export function eachWith(make: () => Promise<Subject>): () => Subject {
  let subject: Subject | undefined;
  beforeEach(async () => {
    subject = await make();
  });
  afterEach(async () => {
    await subject?.close();
    subject = undefined;
  });
  return () => {
    if (subject === undefined) throw new Error('no test is running');
    return subject;
  };
}
