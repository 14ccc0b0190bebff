import { FIRST_INSTANT } from '@tidemark/schemas/iso-time';
import type { Sweep } from '@tidemark/schemas/records';
import { breathing } from './breath';
import { isCheckpointLost, markDirty, type Positions } from './checkpoint';
import { getFromCopy, newCopying, openCopy, wipeAhead, type Copying } from './copying';
import { GivenUp, PartitionStopped } from './errors';
import { emptyKeys, evict, learn } from './keys';
import { placeBefore } from './find-step';
import type { Machine } from './machine';
import { newMeasures, type Measures } from './measures';
import type { PartitionOptions } from './options';
import { readGlobals } from './past-globals';
import type {
  Blob,
  CheckpointLog,
  JournalEntry,
  OwnerToken,
  Ports,
  PutOutcome,
  StateStore,
} from './ports';
import { begin, checkIdentity, checkKnown, checkSignature, signIn } from './sign-in';
import { replayStep, type ReplayFindings } from './replay';
import { blobOf, getOver, spillDirty, type Spilled } from './spill';
import type { Executor } from './step';

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
  /** The journal record of a commit under way, or of one that has failed: it may be in the journal. */
  trying: Trying | undefined;
  /** When it was last sure that the partition is its own, by the clock. */
  sureAt: number;
  /** How far a running sweep is. */
  sweep: Sweep | undefined;
  /** How long a record has taken lately, milliseconds. */
  msPerRecord: number;
  /** Of the states, where there is a copy. */
  readonly copying: Copying | undefined;
  readonly measures: Measures;
}

export interface Trying {
  readonly step: number;
  readonly bytes: Uint8Array;
}

/** Told of the progress of a recovery, and of what it found. */
export interface RecoveryEvents {
  /** The newest record of the journal is this owner's. @param before the newest one until then */
  readonly signedIn: (last: JournalEntry, before: JournalEntry) => void;
  /** As far as the journal is, while it is not taken over. */
  readonly known: (last: JournalEntry | undefined) => void;
  readonly progress: (done: number, of: number) => void;
  readonly count: (name: string, n?: number) => void;
  /** The recovery is to be given up. */
  readonly stopping: () => boolean;
  /** The copy of the states has lost something: it is of no use. */
  readonly copyLost: boolean;
}

const JOURNAL_AT_ONCE = 100;

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
  const { ledger } = ports;
  goOn(events);
  await storeAnswers(ports, events);
  goOn(events);
  const owner = await ledger.fence();
  // who had to wait for it may have been told to stop, and is not to sign in any more
  goOn(events);
  const newest = (await ledger.last()) ?? (await begin(machine, ports, options, owner));
  checkIdentity(newest.record, options);
  await wipeAhead(ports, newest);
  const last = await signIn(machine, ports, options, owner, newest);
  events.signedIn(last, newest);
  options.told?.({ kind: 'signed-in', step: last.record.step, build: machine.build });
  const measures = options.measures ?? newMeasures();
  if (ports.states !== undefined && isCheckpointLost(newest, last)) {
    measures.checkpointLostAt = ports.clock.now();
    options.told?.({ kind: 'checkpoint-lost', step: last.record.step });
  }
  await checkSignature(ports, options, last, measures);
  const spilled: Spilled = new Map();
  const { states } = ports;
  const copying =
    states === undefined ? undefined : newCopying(states, last.position, ports.clock.now());
  const live: Live<State, Input, Output, Globals> = {
    executor: {
      machine,
      partition: options.partition,
      keys: emptyKeys(),
      get: (keys) =>
        copying === undefined
          ? getOver(spilled, keys, singleStates(ports))
          : getFromCopy(copying, keys),
      count: events.count,
      stateBytesMax: options.stateBytesMax,
      schemas: new Map(last.record.schemas.map(({ id, fingerprint }) => [id, fingerprint])),
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
    trying: undefined,
    sureAt: ports.clock.now(),
    sweep: last.record.sweep,
    msPerRecord: 0,
    copying,
    measures,
  };
  for (const topic of [...options.inputTopics, ...options.globalTopics]) {
    if (live.positions.has(topic)) continue;
    live.positions.set(topic, (await ports.inputs.bounds(topic)).first);
  }
  const from = await learnKeys(live, newest, events);
  await replay(live, from, events, spilled);
  return live;
}

/**
 * While the copy of the states is away nothing is fenced, and nobody signs in again and again. How far the
 * partition is can be told all the same.
 */
async function storeAnswers({ states, ledger }: Ports, { known }: RecoveryEvents): Promise<void> {
  try {
    await states?.watermark();
  } catch (error) {
    known(await ledger.last());
    throw error;
  }
}

const singleStates = ({
  states,
  checkpoints,
}: Ports): ((keys: readonly string[]) => Promise<readonly (Blob | undefined)[]>) => {
  if (states !== undefined) throw new Error('there is a copy of the states');
  return checkpoints.get;
};

/** A place from which steps are run again. */
interface From {
  readonly step: number;
  readonly position: number;
}

/** Learns of all keys that are stored. @returns from where steps are to be run again over them */
async function learnKeys<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  newest: JournalEntry,
  events: RecoveryEvents,
): Promise<From> {
  const { ports, options, copying, executor } = live;
  const { restart } = live.last.record;
  if (ports.states === undefined || copying === undefined) {
    for await (const batch of ports.states === undefined ? ports.checkpoints.due() : []) {
      goOn(events);
      for (const entry of batch) {
        // a step of this number would be taken for applied, and its records for decided
        checkKnown(options, entry.step, newest.record.step);
        learn(executor.keys, entry);
      }
    }
    return restart;
  }
  const opened = await openCopy(ports.states, ports.ledger, copying.owner, live.last);
  const watermark = events.copyLost ? undefined : opened;
  // the copy is used when it is an exact snapshot from which the journal's known places lead on
  const isExact =
    watermark !== undefined && watermark < live.last.record.step && watermark + 1 >= restart.step;
  if (!isExact) {
    await rebuildCopy(live, ports.states, ports.checkpoints, newest, events);
    return restart;
  }
  copying.done = watermark;
  // never 0: the owner after this one would begin the checkpoint anew over what is in it by then
  const since = Math.max(restart.step, FIRST_WITH_STATES);
  live.places.set(since - 1, restart.position);
  for await (const batch of ports.states.due()) {
    goOn(events);
    for (const entry of batch) {
      learn(executor.keys, entry);
      // above the checkpoint's position: dirty from there
      if (entry.step >= since) markDirty(executor.keys, [entry.key], since, FIRST_INSTANT);
    }
  }
  const position = await placeBefore(ports.ledger, restart.position, live.last.position, watermark);
  return { step: watermark + 1, position };
}

/** The step before it is the first of the journal, and has none. */
const FIRST_WITH_STATES = 1;

/** A long recovery does not keep a process that is to end; the next one begins it anew. */
function goOn({ stopping }: RecoveryEvents): void {
  if (stopping()) throw new GivenUp('the partition was stopped while it recovered');
}

/** Fills an empty copy from the checkpoints; it has no watermark until the replay is done. */
async function rebuildCopy<State, Input, Output, Globals>(
  { executor, options, copying }: Live<State, Input, Output, Globals>,
  states: StateStore,
  checkpoints: CheckpointLog,
  newest: JournalEntry,
  events: RecoveryEvents,
): Promise<void> {
  if (copying === undefined) return;
  const { owner } = copying;
  events.count('rebuilds');
  options.told?.({ kind: 'rebuild-begun', step: newest.record.step });
  await states.forget(owner);
  for await (const blobs of checkpoints.blobs()) {
    goOn(events);
    for (const { key, step, dueAt, bytes } of blobs) {
      // a step of this number would be taken for applied, and its records for decided
      checkKnown(options, step, newest.record.step);
      learn(executor.keys, { key, step, dueAt, removed: bytes === undefined });
    }
    await states.put({ owner, previous: undefined, step: undefined, blobs });
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
    adopted: new Map(),
    lacks: ({ step, build }) => {
      throw new PartitionStopped(
        `step ${step}: this build keeps nothing of a key of which ${build} kept a state, so what it published has no place: run ${build} until its checkpoint has passed the step, or mend this build`,
        { reason: 'version' },
      );
    },
  };
  const changed = new Set<string>();
  let before: JournalEntry | undefined;
  let done = 0;
  const of = last.record.step - from.step + 1;
  const breathe = breathing(ports.clock);
  for await (const entry of entriesFrom(ports, from.position, last.record.step)) {
    goOn(events);
    const { step } = entry.record;
    if (before === undefined && step >= from.step && step > 0) {
      throw journalBegins(step, Math.max(1, from.step) - 1);
    }
    if (step < from.step) {
      if (step === from.step - 1) await readGlobals(executor, ports, options, entry.record);
    } else {
      const ran = await replayStep(executor, ports.inputs, before, entry, findings);
      const { dirty } = executor.keys;
      const known = dirty.size;
      markDirty(executor.keys, ran.touched, step, executor.clock);
      // else nothing is dirty from this step on, and no replay will begin before it
      if (dirty.size > known && before !== undefined) places.set(step - 1, before.position);
      for (const key of ran.touched) changed.add(key);
      events.count('replayed-steps');
      done += 1;
      events.progress(done, of);
      if (ports.states === undefined) spillDirty(executor, spilled, options.cacheKeys);
    }
    before = entry;
    await breathe();
  }
  places.set(last.record.step, last.position);
  if (live.copying !== undefined) await settle(live, live.copying, changed, events);
}

const journalBegins = (first: number, wanted: number): PartitionStopped =>
  new PartitionStopped(
    `the journal begins with step ${first}, and a replay needs it from step ${wanted} on: it was cut. Restore it, or begin a new generation`,
    { reason: 'data' },
  );

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
      throw new PartitionStopped(`the journal ends before step ${lastStep}, which was written`, {
        reason: 'data',
      });
    }
  }
}

/** States that are encoded at once, about 20 ms. */
const BLOBS_AT_ONCE = 1_000;

/**
 * Brings the copy of the states up to the journal. One that has a watermark gets a single write: until
 * then all in it is of steps up to the watermark. In one that is being rebuilt nobody trusts anything
 * before the last write, so it is filled slice by slice.
 */
async function settle<State, Input, Output, Globals>(
  { executor, last, options, ports }: Live<State, Input, Output, Globals>,
  copying: Copying,
  changed: ReadonlySet<string>,
  events: RecoveryEvents,
): Promise<void> {
  const { states, owner, done } = copying;
  const previous = done < 0 ? undefined : done;
  const { step } = last.record;
  const breathe = breathing(ports.clock);
  const keys = [...changed];
  let blobs: Blob[] = [];
  for (let at = 0; at < keys.length; at += BLOBS_AT_ONCE) {
    if (previous === undefined && blobs.length > 0) {
      checkPut(await states.put({ owner, previous, step: undefined, blobs }));
      blobs = [];
    }
    for (const blob of blobsOf(executor, keys.slice(at, at + BLOBS_AT_ONCE))) blobs.push(blob);
    await breathe();
    goOn(events);
  }
  checkPut(await states.put({ owner, previous, step, blobs }));
  copying.done = step;
  if (previous === undefined) options.told?.({ kind: 'rebuilt', step });
}

function checkPut(outcome: PutOutcome): void {
  if (outcome === 'applied' || outcome === 'already') return;
  throw new Error(`the copy of the states answered ${outcome}: recovery begins again`);
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
  copying,
}: Live<State, Input, Output, Globals>): void {
  if (keys.cached.size <= options.cacheKeys) return;
  evict(keys, options.cacheKeys, ({ key, step }) =>
    copying === undefined ? !keys.dirty.has(key) : step <= copying.done,
  );
}
