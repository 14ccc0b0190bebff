import type { Work } from '@tidemark/engine/machine';
import {
  BUILDS,
  hashOf,
  TOLERANCE_MS,
  toyMachine,
  WINDOW_MS,
  type ToyInput,
  type ToyOutput,
  type ToyState,
} from './toy';
import type { ToyGlobals } from './toy-rules';

const NOW = 10_000_000;
const machine = toyMachine('toy-1');
const RULES: ToyGlobals = {
  rules: [
    { name: 'r1', at: 0, thresholds: [100, 200] },
    { name: 'r2', at: NOW + 1_000, thresholds: [1, 2, 3] },
  ],
  factors: [],
};

const input = (id: string, amount: number, more: Partial<ToyInput> = {}): ToyInput => ({
  ...{ id, key: 'k1', at: NOW - 1_000, kind: 'a', amount },
  ...more,
});

function decide(state: ToyState | undefined, what: ToyInput | 'tick', asOf = NOW) {
  const work: Work<ToyInput> = what === 'tick' ? { kind: 'tick' } : { kind: 'record', input: what };
  const version = machine.versionAt(RULES, asOf);
  const copy = state === undefined ? undefined : structuredClone(state);
  return machine.decide(copy, work, { asOf, globals: RULES, version });
}

describe('the toy machine', () => {
  it('grades the sum of what counts and publishes a chain of changes', () => {
    const first = decide(undefined, input('a', 50));
    const second = decide(first.state, input('b', 60));
    const outputs = [...first.outputs, ...second.outputs];
    expect(outputs.map(({ sequence, grade }) => [sequence, grade])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    const [{ kind: _kind, hash, ...content }] = second.outputs as [ToyOutput];
    expect(content.previousHash).toBe(first.outputs[0]?.hash);
    expect(hashOf(content)).toBe(hash);
    expect(decide(second.state, 'tick').outputs).toEqual([]);
  });

  it('takes a record once, and refuses another of its id', () => {
    const { state } = decide(undefined, input('a', 50));
    expect(decide(state, input('a', 50)).outcome).toBe('duplicate');
    const refused = decide(state, input('a', 51));
    expect(refused.refusals.map(({ code }) => code)).toEqual(['conflicting-duplicate']);
    expect(refused.state).toEqual(state);
  });

  it('is due when something begins or ceases to count, and is gone when nothing is left', () => {
    const at = NOW + 500;
    const early = decide(undefined, input('a', 50, { at }));
    expect([early.outputs.length, early.dueAt]).toEqual([0, at]);
    const counted = decide(early.state, 'tick', at);
    expect([counted.outputs.length, counted.dueAt]).toEqual([1, at + WINDOW_MS]);
    const gone = decide(counted.state, 'tick', at + WINDOW_MS);
    expect([gone.state, gone.dueAt]).toEqual([undefined, Infinity]);
    expect(gone.outputs.map(({ sequence, grade }) => [sequence, grade])).toEqual([[2, 0]]);
    expect(decide(undefined, input('a', 50), NOW + WINDOW_MS).outcome).toBe('late');
  });

  it('keeps a lasting key', () => {
    const { state } = decide(undefined, input('a', 50, { key: 'p1' }));
    const later = decide(state, 'tick', NOW + WINDOW_MS);
    expect([later.state?.facts, later.dueAt]).toEqual([{}, Infinity]);
  });

  it('refuses what is too far ahead, too large, or void when its time has come', () => {
    const codes = (one: ToyInput): string[] =>
      decide(undefined, one).refusals.map(({ code }) => code);
    expect(codes(input('a', 1, { at: NOW + TOLERANCE_MS + 1 }))).toEqual(['future']);
    expect(codes(input('a', 1_001))).toEqual(['amount']);
    expect(codes(input('a', 1, { kind: 'void' }))).toEqual(['void']);
    const waiting = decide(undefined, input('a', 1, { kind: 'void', at: NOW + 1_000 }));
    expect(waiting.refusals).toEqual([]);
    expect(decide(waiting.state, 'tick', NOW + 1_000).refusals).toHaveLength(1);
    expect(() => decide(undefined, input('a', 1, { kind: 'bomb' }))).toThrow('cannot bear');
    expect(() => decide(undefined, 'tick')).toThrow('without a state');
  });

  it('follows the version in force and the build', () => {
    const { state } = decide(undefined, input('a', 90));
    expect(decide(state, 'tick', NOW + 1_000).outputs[0]).toMatchObject({
      grade: 4,
      version: 'r2/',
    });
    const grades = BUILDS.map((build) => {
      const context = { asOf: NOW, globals: RULES, version: 'r1/' };
      return toyMachine(build).decide(undefined, { kind: 'record', input: input('a', 90) }, context)
        .state?.calculated;
    });
    expect(grades).toEqual([1, 2, 2]);
  });

  it('adopts what was published, also where that was nothing', () => {
    const first = decide(undefined, input('a', 50));
    const second = decide(first.state, input('b', 60));
    const texts = (outputs: readonly ToyOutput[]): string[] =>
      outputs.flatMap((output) => machine.describe(output).published ?? []);
    const [one, two] = [texts(first.outputs), texts(second.outputs)];
    if (second.state === undefined) throw new Error('the key is gone');
    expect(machine.adopt(second.state, one, two).published).toEqual(first.state?.published);
    expect(machine.adopt(second.state, [], two).published).toEqual(first.state?.published);
    expect(machine.adopt(second.state, [], [...one, ...two]).published.sequence).toBe(0);
    expect(machine.adopt(second.state, [], []).published).toEqual(second.state.published);
  });
});
