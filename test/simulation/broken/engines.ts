import { runPartition } from '@tidemark/engine/runner';
import type { Engine } from '../world';
import {
  checkpointBeforeCommit,
  journalAfterCommit,
  journalKnowsCheckpoint,
  noFencing,
  noStepCompare,
  readsAtAnyWatermark,
} from './ports';
import { brokenRunner, type Patch } from './source';

/** An engine with one fault, to see whether the simulator finds it. */
export interface Broken {
  readonly name: string;
  readonly make: () => Engine;
}

const patched = (name: string, ...patches: readonly Patch[]): Broken => ({
  name,
  make: () => ({ runPartition: brokenRunner(patches) }),
});

const wrapped = (name: string, wrap: NonNullable<Engine['wrap']>): Broken => ({
  name,
  make: () => ({ runPartition, wrap }),
});

export const BROKEN: readonly Broken[] = [
  wrapped('journal-after-commit', journalAfterCommit),
  wrapped('no-step-compare-in-store', noStepCompare),
  wrapped('no-fencing', noFencing),
  wrapped('checkpoint-before-commit', checkpointBeforeCommit),
  wrapped('journal-knows-checkpoint', journalKnowsCheckpoint),
  wrapped('reads-copy-at-any-watermark', readsAtAnyWatermark),
  patched('no-step-compare-in-replay', {
    file: 'decide.ts',
    find: 'entry.step >= step.number && entry.decidedIn !== step.number',
    put: 'false',
  }),
  patched(
    'outputs-published-during-replay',
    {
      file: 'recovery.ts',
      find: 'markDirty(executor.keys, ran.touched, step, executor.clock);',
      put: `markDirty(executor.keys, ran.touched, step, executor.clock);
        (executor.again ??= []).push(...ran.outputs);`,
    },
    {
      file: 'commit.ts',
      find: '  const { outputs } = step;',
      put: '  const outputs = [...(executor.again ?? []).splice(0), ...step.outputs];',
    },
  ),
  patched('new-owner-forgets-dirty', {
    file: 'recovery.ts',
    find: 'markDirty(executor.keys, ran.touched, step, executor.clock);',
    put: '',
  }),
  patched('new-owner-forgets-dirty-in-copy', {
    file: 'recovery.ts',
    find: 'if (entry.step >= since) markDirty',
    put: 'if (false) markDirty',
  }),
  patched('half-a-checkpoint-begins-anew', {
    file: 'recovery.ts',
    find: 'Math.max(restart.step, FIRST_WITH_STATES)',
    put: 'restart.step',
  }),
  patched(
    'tick-replayed-by-count',
    {
      file: 'background.ts',
      find: "await commitStep(live, step, { kind: 'tick', range }, pace);",
      put: "await commitStep(live, step, { kind: 'tick', range, note: String(count) }, pace);",
    },
    {
      file: 'replay.ts',
      find: '    if (due === undefined || due.at > toDue) return;\n    if (due.at === toDue && due.key > range.toKey) return;\n',
      put: '    if (due === undefined || (step.ticks = (step.ticks ?? 0) + 1) > step.tickCount) return;\n',
    },
    {
      file: 'replay.ts',
      find: 'await replayTick(executor, step, record);',
      put: 'step.tickCount = Number(record.note ?? 0); await replayTick(executor, step, record);',
    },
    {
      file: 'replay.ts',
      find: 'const [taken] = takeDue(executor.keys.due, toDue, 1);',
      put: 'const [taken] = takeDue(executor.keys.due, Infinity, 1);',
    },
  ),
  patched('published-recomputed-on-replay', {
    file: 'replay.ts',
    find: '{ state: machine.adopt(state, published, mine), dueAt }',
    put: '{ state, dueAt }',
  }),
  patched('lost-state-taken-for-new', {
    file: 'keys.ts',
    find: "throw new StateLost('a known key has no state: the copy of the states is rebuilt');",
    put: 'return;',
  }),
  patched('trusts-copy-ahead', {
    file: 'copying.ts',
    find: 'watermark === undefined || watermark <= record.step',
    put: 'true',
  }),
];

/** @throws RangeError when there is none of that name */
export function brokenEngine(name: string): Engine {
  const found = BROKEN.find((broken) => broken.name === name);
  if (found === undefined) throw new RangeError(`no engine is broken like that: ${name}`);
  return found.make();
}
