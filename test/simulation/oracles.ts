import type { PartitionData } from '@tidemark/engine/adapters/memory/cluster';
import type { Blob } from '@tidemark/engine/ports';
import { foldJournal, type Fold, type Pause, type Version } from './fold';
import { expectEqual, expectThat } from './oracle-fault';
import type { Random } from './random';
import {
  GLOBAL_TOPICS,
  hashOf,
  INPUT_TOPICS,
  toyMachine,
  toyTickAt,
  type ToyInput,
  type ToyOutput,
  type ToyState,
} from './toy';
import { rulesAt } from './toy-rules';

const KEY_OUTPUTS = 'grades';

/** What the journal of a partition, folded, says; compared with everything that was published. */
export function checkPublished(data: PartitionData, pause?: Pause): Fold {
  const fold = foldJournal(data, pause);
  const { published } = data.ledger;
  fold.outputs.forEach((expected, i) => {
    const actual = published[i];
    const at = `output ${i} of step ${expected.step}`;
    expectEqual('outputs', `${at}: topic`, actual?.topic, expected.topic);
    expectEqual('outputs', `${at}: key`, actual?.key, expected.key);
    if (expected.value !== undefined) {
      expectEqual('outputs', `${at}: value`, textOf(actual?.value), expected.value);
    }
  });
  expectEqual('outputs', 'number of outputs', published.length, fold.outputs.length);
  checkSequences(data);
  return fold;
}

const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

/** Each key's grades count up from 1, each holding the hash of the one before. */
function checkSequences({ ledger }: PartitionData): void {
  const last = new Map<string, ToyOutput>();
  for (const { topic, key, value } of ledger.published) {
    if (topic !== KEY_OUTPUTS) continue;
    const { kind: _kind, hash, ...content } = JSON.parse(textOf(value) ?? '') as ToyOutput;
    const before = last.get(key);
    const isNew = content.sequence === 1 && (before === undefined || before.grade === 0);
    const sequence = isNew ? 1 : (before?.sequence ?? 0) + 1;
    expectEqual('sequence', `sequence of ${key}`, content.sequence, sequence);
    const previous = isNew ? null : (before?.hash ?? null);
    expectEqual('sequence', `previous hash of ${key} ${sequence}`, content.previousHash, previous);
    expectEqual('sequence', `hash of ${key} ${sequence}`, hash, hashOf(content));
    last.set(key, { kind: 'grade', hash, ...content });
  }
}

/** A partition at rest: nothing that was appended is left, nothing is due, no sweep runs. */
export function checkAtRest(data: PartitionData, fold: Fold, time: 'wall' | 'event'): void {
  for (const topic of [...INPUT_TOPICS, ...GLOBAL_TOPICS]) {
    expectEqual(
      'missing',
      `${topic} read up to`,
      fold.positions.get(topic),
      data.topics.get(topic)?.next,
    );
  }
  expectEqual('missing', 'a sweep is not at its end', fold.sweep, undefined);
  for (const [key, { dueAt, state }] of fold.keys) {
    if (state === undefined) continue;
    const tickAt = time === 'wall' ? dueAt : toyTickAt(dueAt);
    expectThat('due', `${key} is due and was not taken`, tickAt > fold.clock);
  }
}

/**
 * The copy of all states is exact, and at the last step.
 * @param lossy single states were lost, which are missed only when they are wanted
 */
export function checkStates(data: PartitionData, fold: Fold, lossy: boolean): void {
  const { watermark, blobs, due } = data.states;
  expectEqual('states', 'watermark', watermark, fold.step);
  for (const [key, { history }] of fold.keys) {
    if (lossy && due.has(key) && !blobs.has(key)) continue;
    const version = history.at(-1);
    checkBlob(fold, 'states', key, blobs.get(key), version);
    if (version !== undefined && version.state !== undefined) {
      expectEqual('due', `due entry of ${key}`, due.get(key)?.dueAt, version.dueAt);
    }
  }
  for (const key of blobs.keys()) {
    expectThat('states', `${key} was never known`, fold.keys.has(key));
  }
}

/** Every blob of the checkpoint is the state after its step, and none is older than the restart. */
export function checkCheckpoint(data: PartitionData, fold: Fold): void {
  const { restart, blobs } = data.ledger.checkpoint;
  if (restart === undefined) return;
  for (const [key, { history }] of fold.keys) {
    const blob = blobs.get(key);
    const needed = lastUpTo(history, restart.step - 1);
    if (blob === undefined) {
      const isThere = needed !== undefined && needed.state !== undefined;
      expectThat('checkpoint', `${key} is missing, restart is ${restart.step}`, !isThere);
      continue;
    }
    expectThat(
      'checkpoint',
      `${key}@${blob.step} is older than step ${needed?.step}, restart is ${restart.step}`,
      needed === undefined || blob.step >= needed.step,
    );
    checkBlob(fold, 'checkpoint', key, blob, lastUpTo(history, blob.step));
  }
}

const lastUpTo = (history: readonly Version[], step: number): Version | undefined =>
  history.findLast((version) => version.step <= step);

function checkBlob(
  fold: Fold,
  what: string,
  key: string,
  blob: Blob | undefined,
  version: Version | undefined,
): void {
  const isRemoved = version === undefined || version.state === undefined;
  if (blob === undefined || blob.bytes === undefined) {
    expectThat(what, `the state of ${key} is missing`, isRemoved);
    return;
  }
  expectThat(what, `${key}@${blob.step} holds a state that was removed`, !isRemoved);
  expectEqual(what, `step of ${key}`, blob.step, version?.step);
  expectEqual(
    what,
    `state of ${key}@${blob.step}`,
    plain(fold, textOf(blob.bytes)),
    plain(fold, version?.state),
  );
  expectEqual('due', `due instant of ${key}@${blob.step}`, blob.dueAt, version?.dueAt);
}

/**
 * A state without what another build calculates otherwise: after a change of build a replayed state
 * holds the grade of the present one, until the sweep has been there.
 */
function plain({ builds }: Fold, state: string | undefined): string | undefined {
  if (state === undefined || builds.size === 1) return state;
  const { calculated: _calculated, ...kept } = JSON.parse(state) as ToyState;
  return JSON.stringify(kept);
}

/** The records of a partition, in any order and at once, give the same grades. */
export function checkConvergence(
  data: PartitionData,
  fold: Fold,
  time: 'wall' | 'event',
  random: Random,
): void {
  const machine = toyMachine(fold.build);
  const version = fold.version;
  if (time === 'wall') {
    const expected = rulesAt(fold.globals, fold.clock).version;
    expectEqual('convergence', 'version in force', version, expected);
  }
  const byKey = new Map<string, ToyInput[]>();
  for (const input of acceptable(data)) {
    const of = byKey.get(input.key);
    if (of === undefined) byKey.set(input.key, [input]);
    else of.push(input);
  }
  for (const [key, inputs] of byKey) {
    const folded = fold.keys.get(key)?.state;
    // in event time a key is at the clock of its last record or tick
    const asOf = time === 'wall' ? fold.clock : (fold.decidedAt.get(key) ?? fold.clock);
    let state: ToyState | undefined;
    for (const input of random.shuffle(inputs)) {
      ({ state } = machine.decide(
        state,
        { kind: 'record', input },
        {
          ...{ asOf, globals: fold.globals, version },
        },
      ));
    }
    expectEqual('convergence', `grade of ${key}`, folded?.calculated ?? 0, state?.calculated ?? 0);
    expectEqual('convergence', `facts of ${key}`, factsOf(folded), factsOf(state));
    expectEqual(
      'convergence',
      `published grade of ${key}`,
      folded?.published.grade ?? 0,
      state?.calculated ?? 0,
    );
  }
}

/** What the records say, without those that no order would take. */
function acceptable(data: PartitionData): ToyInput[] {
  const machine = toyMachine('toy-1');
  const first = new Map<string, ToyInput>();
  const taken: ToyInput[] = [];
  for (const topic of INPUT_TOPICS) {
    for (const { value } of data.topics.get(topic)?.records ?? []) {
      const decoded = machine.decode(topic, value, machine.initialGlobals);
      if (!decoded.ok) continue;
      const input = decoded.value;
      const known = first.get(input.id) ?? input;
      first.set(input.id, known);
      if (known.amount === input.amount && input.kind !== 'bomb') taken.push(input);
    }
  }
  return taken;
}

const factsOf = (state: ToyState | undefined): string =>
  JSON.stringify(Object.entries(state?.facts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
