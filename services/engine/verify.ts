import { FIRST_INSTANT } from '@tidemark/schemas/iso-time';
import type { Journal } from '@tidemark/schemas/records';
import { Altered } from './errors';
import { emptyKeys, evict } from './keys';
import type { Machine } from './machine';
import type { Blob, JournalEntry, Ports, TopicLog } from './ports';
import { publishedIn, type PublishedOptions } from './published';
import { replayStep, type Adopted } from './replay';
import { blobOf } from './spill';
import type { Executor } from './step';

/** What a verification reads: nothing of it is changed. */
export interface Evidence {
  readonly inputs: TopicLog;
  readonly ledger: Pick<Ports['ledger'], 'read'>;
  /** What was published, by topic. */
  readonly outputs: TopicLog;
}

export interface Verification {
  readonly steps: number;
  readonly records: number;
  readonly outputs: number;
  /** Outputs of steps of another build that this one brings in another form; their digests are compared. */
  readonly otherBuild: number;
  /** Decisions of another build, or on what it had left, that this one makes otherwise. */
  readonly otherwise: number;
  /** Outputs that their topics keep no longer. */
  readonly gone: number;
  /** Clock of the first and last step, UTC milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly faults: readonly string[];
}

export interface VerifyOptions {
  readonly partition: number;
  /** States kept decoded in memory. */
  readonly cacheKeys: number;
  readonly progress: (records: number) => void;
  /** After so many faults it ends. */
  readonly faultsMax: number;
  /** Topics of which no step takes anything (what was refused at the door): they are only read. */
  readonly apart?: readonly string[];
  /** Where outputs are not just what the journal names, in that order. */
  readonly published?: PublishedOptions;
}

const JOURNAL_AT_ONCE = 100;

/**
 * Runs the whole journal of a partition again, from its first record, and compares every step with what
 * was recorded and published. An altered record of input or journal ends it; it is named.
 */
export async function verify<State, Input, Output, Globals>(
  machine: Machine<State, Input, Output, Globals>,
  evidence: Evidence,
  options: VerifyOptions,
): Promise<Verification> {
  const found = {
    ...{ steps: 0, records: 0, outputs: 0, otherBuild: 0, otherwise: 0, gone: 0 },
    ...{ from: 0, to: 0 },
  };
  const adopted: Adopted = new Map();
  const faults: string[] = [];
  const executor = freshExecutor(machine, options.partition);
  const published = publishedIn(evidence.outputs, found, options.published);
  let before: JournalEntry | undefined;
  try {
    for await (const entry of wholeJournal(evidence.ledger)) {
      const differs = (record: Journal, key: string, what: string): void => {
        const by = record.build === machine.build ? '' : `, by this build; ${record.build} decided`;
        faults.push(`step ${record.step}, key ${key === '' ? '-' : key}: ${what}${by}`);
      };
      const lacks = (record: Journal, key: string): void =>
        differs(record, key, 'its state was kept, this build keeps none');
      const others = new Set<string>();
      const otherwise = (_record: Journal, key: string): void => {
        found.otherwise += 1;
        others.add(key);
      };
      const { record } = entry;
      const findings = { differs, lacks, otherwise, adopted };
      const step = await replayStep(executor, evidence.inputs, before, entry, findings);
      faults.push(...(await published.compare(record, step, machine.build, others)));
      found.steps += 1;
      found.outputs += record.outputs.length;
      for (const { count } of record.slices) found.records += count;
      if (found.steps === 2) found.from = record.clock;
      found.to = record.clock;
      options.progress(found.records);
      spill(executor, options.cacheKeys);
      before = entry;
      if (faults.length >= options.faultsMax) return { ...found, faults };
    }
    faults.push(...(await published.rest()));
    await readOn(evidence.inputs, before?.record.positions ?? {}, options.apart ?? []);
  } catch (error) {
    if (!(error instanceof Altered)) throw error;
    faults.push(error.message);
  }
  return { ...found, faults };
}

/** An executor of its own for a replay from the first record; states out of memory are kept encoded. */
export function freshExecutor<State, Input, Output, Globals>(
  machine: Machine<State, Input, Output, Globals>,
  partition: number,
): Executor<State, Input, Output, Globals> & { readonly spilled: Map<string, Blob> } {
  const spilled = new Map<string, Blob>();
  return {
    machine,
    partition,
    keys: emptyKeys(),
    spilled,
    get: (keys) => Promise.resolve(keys.map((key) => spilled.get(key))),
    count: () => undefined,
    schemas: new Map(),
    stateBytesMax: Number.POSITIVE_INFINITY,
    globals: machine.initialGlobals,
    version: '',
    clock: FIRST_INSTANT,
  };
}

function spill<State, Input, Output, Globals>(
  executor: ReturnType<typeof freshExecutor<State, Input, Output, Globals>>,
  cacheKeys: number,
): void {
  const { keys, spilled } = executor;
  if (keys.cached.size <= cacheKeys) return;
  // evicted in bulk: the scan for the least used costs as much for one as for many
  evict(keys, cacheKeys * 0.9, (entry) => {
    spilled.set(entry.key, blobOf(executor, entry));
    return true;
  });
}

export async function* wholeJournal(ledger: Evidence['ledger']): AsyncGenerator<JournalEntry> {
  for (let at = 0; ;) {
    const entries = await ledger.read(at, JOURNAL_AT_ONCE);
    for (const entry of entries) {
      yield entry;
      at = entry.position + 1;
    }
    if (entries.length === 0) return;
  }
}

const READ = { records: 1000, bytes: 4 << 20 };

/**
 * What no step has taken may have been altered too: it is read to its end.
 * @throws Altered
 */
async function readOn(
  inputs: TopicLog,
  positions: Readonly<Record<string, number>>,
  apart: readonly string[],
): Promise<void> {
  const begins = new Map(Object.entries(positions));
  for (const topic of apart) begins.set(topic, (await inputs.bounds(topic)).first);
  for (const [topic, begin] of begins) {
    for (let at = begin; ;) {
      const { next } = await inputs.read(topic, at, READ);
      if (next === at) break;
      at = next;
    }
  }
}
