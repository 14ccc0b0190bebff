import { FIRST_INSTANT } from '@tidemark/schemas/iso-time';
import type { Journal, Sweep } from '@tidemark/schemas/records';
import { markDirty, prunePlaces, restartStep, type Positions } from './checkpoint';
import { GivenUp, PartitionStopped } from './errors';
import { encodeJournal, sha256 } from './journal';
import { emptyKeys, evict, learn } from './keys';
import type { Machine } from './machine';
import type { PartitionOptions } from './options';
import { readGlobals } from './past-globals';
import type { Blob, JournalEntry, OwnerToken, Ports } from './ports';
import { replayStep, type ReplayFindings } from './replay';
import { blobOf, getOver, spillDirty, type Spilled } from './spill';
import { countOutcomes, type Executor } from './step';

/** A partition that is up to its journal, in memory. */
export interface Live<State, Input, Output, Globals> {
  readonly executor: Executor<State, Input, Output, Globals>;
  readonly ports: Ports;
  readonly options: PartitionOptions;
  readonly owner: OwnerToken;
  readonly positions: Map<string, number>;
  readonly places: Positions;
  /** The newest record of the journal. */
  last: JournalEntry;
  /** How far a running sweep is. */
  sweep: Sweep | undefined;
  /** The last step that the copy of the states has acknowledged. */
  copied: number;
}

/** Told of the progress of a recovery, and of what it found. */
export interface RecoveryEvents {
  /** The newest record of the journal is this owner's. */
  readonly signedIn: (last: JournalEntry) => void;
  readonly progress: (done: number, of: number) => void;
  readonly count: (name: string, n?: number) => void;
  /** The recovery is to be given up. */
  readonly stopping: () => boolean;
}

const JOURNAL_AT_ONCE = 100;
const BLOBS_AT_ONCE = 500;

/**
 * Takes a partition over: fences the owner before, notes that in the journal, and runs the steps again
 * that the stored states lack (design, section 2).
 * @throws PartitionStopped when a person has to decide
 * @throws Fenced when another has taken over meanwhile
 * @throws GivenUp when it is to stop
 */
export async function takeOver<State, Input, Output, Globals>(
  machine: Machine<State, Input, Output, Globals>,
  ports: Ports,
  options: PartitionOptions,
  events: RecoveryEvents,
): Promise<Live<State, Input, Output, Globals>> {
  const { ledger, checkpoints, states } = ports;
  const owner = await ledger.fence();
  const opened = await states?.open(owner);
  const newest = (await ledger.last()) ?? (await begin(machine, ports, options, owner, opened));
  checkIdentity(newest.record, options);
  const isAhead = opened !== undefined && opened > newest.record.step;
  // states of steps that never were go before the journal grows on and their numbers look alike
  if (isAhead) await states?.forget(owner);
  const watermark = isAhead ? undefined : opened;
  const last = await signIn(machine, ports, options, owner, newest);
  events.signedIn(last);
  const checkpoint = await checkpoints.restart();
  if (checkpoint !== undefined) checkKnown(options, checkpoint.step - 1, newest);
  // the copy is used when it is an exact snapshot from which the journal's known places lead on
  const isExact =
    watermark !== undefined &&
    watermark < last.record.step &&
    watermark + 1 >= (checkpoint?.step ?? 0);
  const restart = checkpoint ?? { step: 0, position: 0 };
  const spilled: Spilled = new Map();
  const live: Live<State, Input, Output, Globals> = {
    executor: {
      machine,
      partition: options.partition,
      keys: emptyKeys(),
      get: (keys) =>
        states === undefined
          ? getOver(spilled, keys, checkpoints.get)
          : states.get({ owner, watermark: live.copied < 0 ? undefined : live.copied }, keys),
      count: events.count,
      globals: machine.initialGlobals,
      version: '',
      clock: FIRST_INSTANT,
    },
    ports,
    options,
    owner,
    positions: new Map(Object.entries(last.record.positions)),
    places: new Map(),
    last,
    sweep: last.record.sweep,
    copied: isExact ? watermark : -1,
  };
  for (const topic of [...options.inputTopics, ...options.globalTopics]) {
    if (live.positions.has(topic)) continue;
    live.positions.set(topic, (await ports.inputs.bounds(topic)).first);
  }
  const { keys } = live.executor;
  if (isExact) {
    for await (const batch of states?.due() ?? []) {
      goOn(events);
      for (const entry of batch) {
        learn(keys, entry);
        // above the checkpoint's position: dirty from there
        if (entry.step >= restart.step) markDirty(keys, [entry.key], restart.step, FIRST_INSTANT);
      }
    }
  } else {
    if (states !== undefined) await rebuildCopy(live, events);
    for await (const batch of checkpoints.due()) {
      goOn(events);
      for (const entry of batch) {
        // a step of this number would be taken for applied, and its records for decided
        checkKnown(options, entry.step, newest);
        learn(keys, entry);
      }
    }
  }
  const from = isExact ? { step: watermark + 1, position: restart.position } : restart;
  await replay(live, from, events, spilled);
  return live;
}

/** A long recovery does not keep a process that is to end; the next one begins it anew. */
function goOn({ stopping }: RecoveryEvents): void {
  if (stopping()) throw new GivenUp('the partition was stopped while it recovered');
}

/** The first record of a journal. */
async function begin<State, Input, Output, Globals>(
  machine: Machine<State, Input, Output, Globals>,
  ports: Ports,
  options: PartitionOptions,
  owner: OwnerToken,
  watermark: number | undefined,
): Promise<JournalEntry> {
  if (watermark !== undefined || (await ports.checkpoints.restart()) !== undefined) {
    throw new PartitionStopped(
      `partition ${options.partition} has states and an empty journal: the journal was lost, or the states are another's. Restore the journal, or begin anew with empty stores`,
    );
  }
  const positions: Record<string, number> = {};
  for (const topic of [...options.inputTopics, ...options.globalTopics]) {
    positions[topic] = (await ports.inputs.bounds(topic)).first;
  }
  const { application, generation, partition, partitions, time } = options;
  return write(ports, owner, {
    ...{ application, generation, partition, partitions, time, positions },
    ...{ step: 0, kind: 'genesis', clock: FIRST_INSTANT, slices: [], refused: [], outputs: [] },
    ...{ globalRefused: [], removed: [] },
    ...{ restart: { step: 0, position: 0 }, build: machine.build, version: '', previousHash: null },
  });
}

/** Notes the new owner; another build makes all keys be decided once more (design, rule 7). */
function signIn<State, Input, Output, Globals>(
  { build }: Machine<State, Input, Output, Globals>,
  ports: Ports,
  options: PartitionOptions,
  owner: OwnerToken,
  { record, bytes }: JournalEntry,
): Promise<JournalEntry> {
  const { range: _range, sweep, ...kept } = record;
  const isOther = record.build !== build && record.version !== '';
  const next: Sweep | undefined = isOther
    ? { after: '', cause: sweep?.cause ?? 'correction' }
    : sweep;
  return write(ports, owner, {
    ...kept,
    ...{ step: record.step + 1, kind: 'owner', slices: [], refused: [], outputs: [], build },
    ...{ removed: [], time: options.time, note: options.owner, previousHash: sha256(bytes) },
    ...(next === undefined ? {} : { sweep: next }),
  });
}

async function write(ports: Ports, owner: OwnerToken, journal: Journal): Promise<JournalEntry> {
  const bytes = encodeJournal(journal);
  const commit = { journal, bytes, outputs: [], checkpoint: undefined };
  return { position: await ports.ledger.commit(owner, commit), record: journal, bytes };
}

function checkIdentity(record: Journal, options: PartitionOptions): void {
  const { application, generation, partition, partitions } = options;
  const wanted = { application, generation, partition, partitions };
  for (const [name, is] of Object.entries(wanted)) {
    const was: unknown = Reflect.get(record, name);
    if (was !== is) {
      throw new PartitionStopped(
        `the journal is of ${name} ${String(was)}, not ${String(is)}: use the settings that it was begun with, or begin a new generation`,
      );
    }
  }
}

/** @throws PartitionStopped when a step that the checkpoint knows is not in the journal */
function checkKnown({ partition }: PartitionOptions, step: number, { record }: JournalEntry): void {
  if (step <= record.step) return;
  throw new PartitionStopped(
    `the checkpoint of partition ${partition} knows step ${step}, the journal ends at ${record.step}: the journal was cut. Restore it`,
  );
}

/** Fills an empty copy from the checkpoint; it has no watermark until the replay is done. */
async function rebuildCopy<State, Input, Output, Globals>(
  { ports, owner }: Live<State, Input, Output, Globals>,
  events: RecoveryEvents,
): Promise<void> {
  const { states, checkpoints } = ports;
  if (states === undefined) return;
  events.count('rebuilds');
  await states.forget(owner);
  for await (const batch of checkpoints.due()) {
    goOn(events);
    for (let i = 0; i < batch.length; i += BLOBS_AT_ONCE) {
      const names = batch.slice(i, i + BLOBS_AT_ONCE).map(({ key }) => key);
      const blobs = (await checkpoints.get(names)).filter(
        (blob): blob is Blob => blob !== undefined,
      );
      await states.put({ owner, previous: undefined, step: undefined, blobs });
    }
  }
}

async function replay<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  from: { readonly step: number; readonly position: number },
  events: RecoveryEvents,
  spilled: Spilled,
): Promise<void> {
  const { executor, ports, options, places, last } = live;
  const findings: ReplayFindings = {
    differs: () => events.count('digest-mismatches'),
    lacks: ({ step, build }) => {
      throw new PartitionStopped(
        `step ${step}: this build keeps nothing of a key of which ${build} kept a state, so what it published has no place: run ${build} until its checkpoint has passed the step, or mend this build`,
      );
    },
  };
  const changed = new Set<string>();
  let before: JournalEntry | undefined;
  let done = 0;
  const of = last.record.step - from.step + 1;
  for await (const entry of entriesFrom(ports, from.position, last.record.step)) {
    goOn(events);
    const { step } = entry.record;
    places.set(step, entry.position);
    if (step < from.step) {
      if (step === from.step - 1) await readGlobals(executor, ports, options, entry.record);
    } else {
      const ran = await replayStep(executor, ports.inputs, before, entry, findings);
      markDirty(executor.keys, ran.touched, step, executor.clock);
      for (const key of ran.touched) changed.add(key);
      events.count('replayed-steps');
      countOutcomes(executor, ran);
      done += 1;
      events.progress(done, of);
      if (ports.states === undefined) spillDirty(executor, spilled, options.cacheKeys);
    }
    before = entry;
  }
  prunePlaces(places, restartStep(executor.keys, last.record.step));
  if (ports.states !== undefined) await settle(live, changed);
}

/** The journal from a place up to and with a step. */
async function* entriesFrom(
  { ledger }: Ports,
  position: number,
  lastStep: number,
): AsyncGenerator<JournalEntry> {
  for (let at = position; ;) {
    const entries = await ledger.read(at, JOURNAL_AT_ONCE);
    for (const entry of entries) {
      yield entry;
      at = entry.position + 1;
      if (entry.record.step >= lastStep) return;
    }
    if (entries.length === 0) {
      throw new PartitionStopped(`the journal ends before step ${lastStep}, which was written`);
    }
  }
}

/** Brings the copy of the states up to the journal in one write. */
async function settle<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  changed: ReadonlySet<string>,
): Promise<void> {
  const { executor, ports, owner, last } = live;
  const blobs = blobsOf(executor, changed);
  const previous = live.copied < 0 ? undefined : live.copied;
  const outcome = await ports.states?.put({ owner, previous, step: last.record.step, blobs });
  if (outcome !== 'applied' && outcome !== 'already') {
    throw new Error(`the copy of the states answered ${outcome}: recovery begins again`);
  }
  live.copied = last.record.step;
}

/** The states of keys in memory as they go to stores. */
export const blobsOf = <State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  keys: Iterable<string>,
): Blob[] =>
  [...keys].map((key) => {
    const entry = executor.keys.cached.get(key);
    if (entry === undefined) throw new Error('a state that is yet to be written left the memory');
    return blobOf(executor, entry);
  });

/** Keeps the memory within its bounds: only what can be had again leaves it. */
export function drop<State, Input, Output, Globals>({
  executor: { keys },
  options,
  ports,
  copied,
}: Live<State, Input, Output, Globals>): void {
  if (keys.cached.size <= options.cacheKeys) return;
  evict(keys, options.cacheKeys, ({ key, step }) =>
    ports.states === undefined ? !keys.dirty.has(key) : step <= copied,
  );
}
