import type { Journal, Range } from '@tidemark/schemas/records';
import { markDirty, moveRestart, oldestDirty, prunePlaces, takeSlice } from './checkpoint';
import { copyStep } from './copying';
import { Fenced, PartitionStopped } from './errors';
import { encodeJournal, globalRefusedAfter, sha256 } from './journal';
import { encoded, loadKeys } from './key-states';
import { addTo, noteStep } from './measures';
import type { CheckpointSlice, Commit } from './ports';
import { blobsOf, drop, type Live } from './recovery';
import { removedBy } from './replay';
import { newStep, type Step } from './step';

/** What a step is besides what it holds. */
export interface Closing {
  readonly kind: Journal['kind'];
  readonly range?: Range;
  readonly note?: string;
}

/** The step after the last one. */
export const stepOf = <State, Input, Output, Globals>({
  last,
  options,
}: Live<State, Input, Output, Globals>): Step => newStep(last.record.step + 1, options.time);

/** How far over its bound the checkpoint may go at once, when it has fallen behind. */
const CATCH_UP = 4;

/**
 * Makes a step durable and visible: outputs, journal record, positions and a slice of the checkpoint in
 * one commit; then the copy of the states.
 * @throws Fenced when another has taken over
 * @throws anything else: what was committed is not known; all states are to be dropped
 */
export async function commitStep<State, Input, Output, Globals>(
  live: Live<State, Input, Output, Globals>,
  step: Step,
  closing: Closing,
  pace: Pace,
): Promise<void> {
  const { executor, ports, places } = live;
  const { keys } = executor;
  markDirty(keys, step.touched, step.number, ports.clock.now());
  const due = keysDue(live, pace);
  const absent = oldestDirty(keys, due);
  if (absent.length > 0) await loadKeys(executor, absent);
  const taken = takeSlice(
    keys,
    step.number,
    due,
    places,
    (key, state) => encoded(executor, key, state),
    live.copying?.done ?? Number.POSITIVE_INFINITY,
  );
  const slice = taken ?? moveRestart(keys, step.number, places, live.last.record.restart);
  const journal = recordOf(live, step, closing, slice);
  const bytes = encodeJournal(journal);
  const { outputs } = step;
  const began = performance.now();
  live.trying = { step: step.number, bytes };
  const position = await commitCounted(live, { journal, bytes, outputs, checkpoint: slice });
  live.trying = undefined;
  live.last = { position, record: journal, bytes };
  live.sureAt = ports.clock.now();
  noteStep(live.measures, closing.kind, step, live.sureAt, performance.now() - began);
  live.measures.skewMs = ports.ledger.skewMs?.() ?? live.measures.skewMs;
  places.set(step.number, position);
  prunePlaces(places, journal.restart.step);
  executor.count('commits');
  if (slice !== undefined) executor.count('checkpointed', slice.blobs.length);
  if (live.copying !== undefined) {
    await copyStep(live.copying, step.number, step.touched, (keys) => blobsOf(executor, keys));
  }
  drop(live);
}

/** The commit, counted by what is known of its end where it fails. */
async function commitCounted<State, Input, Output, Globals>(
  { ports, owner, measures }: Live<State, Input, Output, Globals>,
  commit: Commit,
): Promise<number> {
  try {
    return await ports.ledger.commit(owner, commit);
  } catch (error) {
    const isOver = error instanceof Fenced || error instanceof PartitionStopped;
    addTo(measures.commits, isOver ? 'aborted' : 'unknown');
    throw error;
  }
}

function recordOf<State, Input, Output, Globals>(
  { executor, options, last, positions, sweep }: Live<State, Input, Output, Globals>,
  step: Step,
  { kind, range, note }: Closing,
  slice: CheckpointSlice | undefined,
): Journal {
  const { application, generation, partition, partitions } = options;
  const restart = slice?.restart ?? last.record.restart;
  return {
    application,
    generation,
    partition,
    partitions,
    step: step.number,
    kind,
    clock: executor.clock,
    time: step.time,
    slices: step.slices,
    positions: Object.fromEntries(positions),
    ...(range === undefined ? {} : { range }),
    ...(sweep === undefined ? {} : { sweep: { after: sweep.after, cause: sweep.cause } }),
    refused: step.refused,
    schemas: [...executor.schemas].map(([id, fingerprint]) => ({ id, fingerprint })),
    globalRefused: globalRefusedAfter(last.record, step.refused, options.globalTopics),
    removed: removedBy(executor.keys, step.entries),
    outputs: step.entries,
    restart: { step: restart.step, position: restart.position },
    build: executor.machine.build,
    version: executor.version,
    ...(note === undefined ? {} : { note }),
    previousHash: sha256(last.bytes),
  };
}

/** When states were last written to the checkpoint: they go there little by little. */
export interface Pace {
  at: number;
}

/**
 * How many states ride with this step, so that each is in the checkpoint about `intervalMs` after it
 * changed: a share of all that wait, by the time that has passed.
 */
function keysDue<State, Input, Output, Globals>(
  { executor: { keys }, options: { checkpoint }, ports }: Live<State, Input, Output, Globals>,
  pace: Pace,
): number {
  const now = ports.clock.now();
  const passed = Math.max(0, now - pace.at);
  const over = keys.dirty.size - checkpoint.dirtyMax;
  if (over > 0) {
    pace.at = now;
    return Math.min(over + checkpoint.keys, CATCH_UP * checkpoint.keys);
  }
  const [oldest] = keys.dirty.values();
  // what has waited too long goes with the next step, so that a step written for its sake takes it
  const overdue = oldest !== undefined && now - oldest.at >= checkpoint.intervalMs ? 1 : 0;
  const share = Math.max(overdue, Math.floor((keys.dirty.size * passed) / checkpoint.intervalMs));
  if (share === 0) return 0;
  pace.at = now;
  return Math.min(share, checkpoint.keys);
}
