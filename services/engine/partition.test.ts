import fc from 'fast-check';
import type { Decision, Machine } from './machine';
import { accept, advance, memoryPartition, type Partition } from './partition';

/** A toy: a key counts its pokes and wishes to be woken after `sleep`; each waking is noted. */
interface Poke {
  readonly key: string;
  readonly at: number;
  /** How long after the clock the key is due; Infinity: never. */
  readonly sleep: number;
}

interface Sleeper {
  readonly key: string;
  readonly pokes: number;
  readonly sleep: number;
}

const DAY = 100;

type Sleepers = Partition<Sleeper, Poke, string, null>;

const slept = (state: Sleeper, dueAt: number, what: string): Decision<Sleeper, Poke, string> => ({
  state,
  dueAt,
  outputs: [what],
  refusals: [],
  outcome: 'slept',
});

const sleepers: Machine<Sleeper, Poke, string, null> = {
  build: 'toy',
  initialGlobals: null,
  keyOf: ({ key }) => key,
  timeOf: ({ at }) => at,
  versionAt: () => '1',
  decide: (state, work, { asOf, version }) => {
    if (version !== '1') throw new Error('no such version');
    if (work.kind !== 'record') {
      if (state === undefined) throw new Error('woken without a state');
      return slept(state, asOf + state.sleep, `${state.key} at ${asOf}`);
    }
    const { key, sleep } = work.input;
    if (sleep < 0) throw new Error('poked too hard');
    const next = { key, pokes: (state?.pokes ?? 0) + 1, sleep };
    return slept(next, asOf + sleep, `${key} poked at ${asOf}`);
  },
  tickAt: (instant) => Math.ceil(instant / DAY) * DAY,
  decode: unused,
  takeGlobal: unused,
  encodeState: unused,
  decodeState: unused,
  describe: unused,
  encodeOutput: unused,
  adopt: unused,
};

function unused(): never {
  throw new Error('a partition in memory has no bytes');
}

const newPartition = (): Sleepers => memoryPartition(sleepers, null);

/** What the ticks and the input bring, in order. */
function poke(partition: Sleepers, key: string, at: number, sleep = Infinity): string[] {
  const what: string[] = [];
  const decided = accept(partition, { key, at, sleep }, (ticked) => what.push(...ticked.outputs));
  return [...what, ...decided.outputs];
}

function moved(partition: Sleepers, instant: number): string[] {
  const what: string[] = [];
  advance(partition, instant, (ticked) => what.push(...ticked.outputs));
  return what;
}

describe('the clock of a partition', () => {
  it('is the greatest time seen: a late input is decided at the clock and does not set it back', () => {
    const partition = newPartition();
    expect(poke(partition, 'a', 250)).toEqual(['a poked at 250']);
    expect(poke(partition, 'b', 130)).toEqual(['b poked at 250']);
    expect(partition.clock).toBe(250);
    moved(partition, 10);
    expect(partition.clock).toBe(250);
  });

  it('takes an input at the instant of a tick after the tick', () => {
    const partition = newPartition();
    poke(partition, 'a', 10, 20);
    expect(poke(partition, 'a', 99)).toEqual(['a poked at 99']);
    poke(partition, 'b', 99, 1);
    expect(poke(partition, 'b', 100)).toEqual(['b at 100', 'b poked at 100']);
  });
});

describe('ticks', () => {
  it('come at the tick instant after a key is due, not before and not when it is due', () => {
    const partition = newPartition();
    poke(partition, 'a', 10, 20);
    expect(moved(partition, 99)).toEqual([]);
    expect(moved(partition, 100)).toEqual(['a at 100']);
  });

  it('come by due instant, then by key, among those that are due together', () => {
    const partition = newPartition();
    poke(partition, 'c', 1, 60);
    poke(partition, 'b', 1, 50);
    poke(partition, 'd', 1, 50);
    poke(partition, 'a', 1, 70);
    expect(moved(partition, 150)).toEqual(['b at 100', 'd at 100', 'c at 100', 'a at 100']);
  });

  it('come once at each tick instant passed, in a gap of years too, and never where nothing is due', () => {
    const partition = newPartition();
    poke(partition, 'daily', 5, 95);
    poke(partition, 'idle', 5);
    const ticks = poke(partition, 'idle', 5 + 3 * 365 * DAY).slice(0, -1);
    expect(ticks).toHaveLength(3 * 365);
    expect(ticks[0]).toBe('daily at 100');
    expect(ticks.at(-1)).toBe(`daily at ${3 * 365 * DAY}`);
    expect(new Set(ticks).size).toBe(ticks.length);
  });

  it('leave the clock where the input is, not at the last tick', () => {
    const partition = newPartition();
    poke(partition, 'a', 5, 10);
    moved(partition, 1_234);
    expect(partition.clock).toBe(1_234);
  });

  it('drop a key whose state is gone', () => {
    const decide: typeof sleepers.decide = (state, work, context) =>
      work.kind === 'tick'
        ? { ...slept({ key: 'a', pokes: 0, sleep: 0 }, 0, 'gone'), state: undefined }
        : sleepers.decide(state, work, context);
    const partition = memoryPartition({ ...sleepers, decide }, null);
    poke(partition, 'a', 5, 10);
    expect(moved(partition, 1_000)).toEqual(['gone']);
    expect([partition.states.size, partition.due.dueOf.size]).toEqual([0, 0]);
  });

  it('agree with a model that walks every tick instant and looks at every key', () => {
    const input = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      at: fc.integer({ min: 0, max: 3_000 }),
      sleep: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constant(Infinity)),
    });
    fc.assert(
      fc.property(fc.array(input, { maxLength: 30 }), (inputs) => {
        const partition = newPartition();
        const due = new Map<string, { at: number; sleep: number }>();
        let clock = Number.NEGATIVE_INFINITY;
        for (const { key, at, sleep } of inputs) {
          const expected: string[] = [];
          for (let tick = 0; tick <= at; tick += DAY) {
            if (tick <= clock) continue;
            const woken = [...due]
              .filter(([, entry]) => entry.at <= tick)
              .sort(([a, x], [b, y]) => x.at - y.at || (a < b ? -1 : 1));
            for (const [name, entry] of woken) {
              expected.push(`${name} at ${tick}`);
              due.set(name, { at: tick + entry.sleep, sleep: entry.sleep });
            }
          }
          clock = Math.max(clock, at);
          expected.push(`${key} poked at ${clock}`);
          due.set(key, { at: clock + sleep, sleep });
          expect(poke(partition, key, at, sleep)).toEqual(expected);
        }
      }),
    );
  });
});

describe('a machine that breaks an assumption', () => {
  it('stops the partition when it throws: it says so at every later call', () => {
    const partition = newPartition();
    poke(partition, 'a', 5);
    expect(() => poke(partition, 'a', 7, -1)).toThrow('poked too hard');
    expect(partition.states.get('a')?.pokes).toBe(1);
    expect(() => poke(partition, 'b', 8)).toThrow('has stopped');
    expect(() => moved(partition, 900)).toThrow('has stopped');
    expect(partition.states.has('b')).toBe(false);
  });

  it('stops it when a key stays due at its own tick, rather than going on for ever', () => {
    const partition = newPartition();
    poke(partition, 'secret-name', 10, 0);
    expect(() => moved(partition, 100)).toThrow(/^the machine leaves a key due at its own tick/);
    expect(() => moved(partition, 200)).toThrow('has stopped');
  });

  it('is kept from touching the partition while a tick is reported', () => {
    const partition = newPartition();
    poke(partition, 'a', 10, 20);
    const again = (): void => void poke(partition, 'b', 10);
    expect(() => advance(partition, 100, again)).toThrow('is taking an input');
  });
});
