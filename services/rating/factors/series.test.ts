import { zone } from '../calendar';
import type { Exact } from '../exact';
import type { Env, Value } from '../expression/node';
import { emptyState } from '../state';
import type { Layout, Measure, Window } from './buckets';
import { fold, readGroups, readSingle, tidy, type Grouping, type SeriesPlan } from './series';
import fc from 'fast-check';

const MEASURES: Measure[] = [
  { kind: 'count' },
  { kind: 'sum', field: 'amount' },
  { kind: 'max', field: 'amount' },
];
const CAP = 3;
const UTC = zone('UTC');
const WINDOWS: Window[] = [
  { days: 1, before: 0 },
  { days: 3, before: 0 },
  { days: 40, before: 0 },
  { days: 4, before: 3 },
];
const layout: Layout = {
  columns: MEASURES,
  distincts: [{ kind: 'distinct', field: 'who', cap: CAP }],
  windows: WINDOWS,
  reach: 40,
};

const plan = (grouping: Grouping): SeriesPlan => ({
  key: 'k',
  of: 'transactions',
  where: undefined,
  grouping,
  layout,
});

function newEnv(): Env {
  return {
    asOf: 0,
    today: 0,
    until: Number.POSITIVE_INFINITY,
    zone: UTC,
    state: emptyState('i', 'c'),
    score: () => undefined,
    record: {},
    locals: [],
    pass: 0,
    passes: 0,
  };
}

interface Booked {
  readonly day: number;
  readonly amount: number;
  readonly who: string | undefined;
  readonly place: string | undefined;
  readonly reversed: 'no' | 'after' | 'before';
}

const booked: fc.Arbitrary<Booked> = fc.record({
  day: fc.integer({ min: 0, max: 60 }),
  amount: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(10 ** 15, 2 ** 53 - 1)),
  who: fc.constantFrom('a', 'b', 'c', 'd', 'e', undefined),
  place: fc.constantFrom('x', 'y', '-', undefined),
  reversed: fc.constantFrom('no', 'no', 'after', 'before'),
});

const inWindow = (day: number, { days, before }: Window, today: number): boolean =>
  day > today - before - days && day <= today - before;

/** What a window holds, from the list of records alone. */
function naive(records: readonly Booked[], window: Window, today: number): Exact[] {
  const held = records.filter(({ day }) => inWindow(day, window, today));
  const standing = held.filter(({ reversed }) => reversed === 'no');
  const sum = standing.reduce((total, { amount }) => total + BigInt(amount), 0n);
  const who = new Set(held.flatMap((record) => record.who ?? []));
  return [
    standing.length,
    sum <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : sum,
    Math.max(0, ...held.map(({ amount }) => amount)),
    ...(window.before === 0 ? [Math.min(CAP, who.size)] : []),
  ];
}

const SLOTS = [{ column: 0 }, { column: 1 }, { column: 2 }, { distinct: 0 }] as const;
const slotsOf = ({ before }: Window): readonly (typeof SLOTS)[number][] =>
  before === 0 ? SLOTS : SLOTS.slice(0, 3);

/** Books a list in some order while the date moves on; a record waits for its date. */
function bookAll(
  env: Env,
  of: SeriesPlan,
  records: readonly Booked[],
  arrival: readonly number[],
): void {
  const actions = records.flatMap((record, i) => {
    const at = arrival[i] ?? 0;
    const book = {
      record,
      at,
      change: record.reversed === 'before' ? 'book-reversed' : 'book',
    } as const;
    // In `before` the reversal came first: it does nothing but mark the posting (fold.ts).
    return record.reversed === 'after'
      ? [
          book,
          { record, at: arrival[i + records.length] ?? 0, change: 'reverse' as const, after: true },
        ]
      : [book];
  });
  const order = actions
    .map((action, i) => ({
      ...action,
      i,
      day: Math.max(action.record.day, Math.floor(action.at * 60)),
    }))
    .map((action) =>
      'after' in action
        ? { ...action, day: Math.max(action.day, dayOfBooking(actions, action.i)) }
        : action,
    )
    .sort((a, b) => a.day - b.day || a.i - b.i);
  for (const { record, day, change } of order) {
    env.today = day;
    env.record = { amount: record.amount, who: record.who, place: record.place };
    fold(of, 0, env, record.day, change);
  }
}
const dayOfBooking = (
  actions: readonly { readonly record: Booked; readonly at: number }[],
  i: number,
): number => {
  const { record, at } = actions[i - 1] ?? { record: { day: 0 }, at: 0 };
  return Math.max(record.day, Math.floor(at * 60));
};

const lists = fc.array(booked, { maxLength: 60, size: 'max' });
const arrivals = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  minLength: 50,
  maxLength: 50,
});

describe('a series', () => {
  it('equals a naive list of records: sum, count, max, distinct, windows before, reversals in any order, days dropping', () => {
    fc.assert(
      fc.property(
        lists,
        arrivals,
        fc.array(fc.integer({ min: 60, max: 105 }), { maxLength: 4 }),
        (records, arrival, later) => {
          const env = newEnv();
          const of = plan({ kind: 'none' });
          bookAll(env, of, records, arrival);
          for (const today of [
            env.today,
            ...later.filter((day) => day >= env.today).sort((a, b) => a - b),
          ]) {
            env.today = today;
            WINDOWS.forEach((window, index) => {
              const found = slotsOf(window).map((slot) => {
                env.until = Number.POSITIVE_INFINITY;
                return readSingle(env, of, { series: 0, window: index, slot });
              });
              expect(found).toEqual(naive(records, window, today));
              // The content stays the same until the instant that it names.
              const next = Math.min(env.until / 86_400_000, today + 45);
              expect(next).toBeGreaterThan(today);
              for (const day of new Set([today, Math.floor((today + next) / 2), next - 1])) {
                expect(naive(records, window, day).slice(0, 2)).toEqual(found.slice(0, 2));
              }
            });
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    [{ kind: 'by', fields: ['place'] }, ({ place }: Booked) => [JSON.stringify({ place })]],
    [
      { kind: 'by', fields: ['place', 'who'] },
      ({ place, who }: Booked) => [JSON.stringify({ place, who })],
    ],
    [
      { kind: 'each', fields: ['place', 'who'] },
      ({ place, who }: Booked) =>
        [...new Set([place, who])].flatMap((key) =>
          key === undefined ? [] : [JSON.stringify({ key })],
        ),
    ],
  ] as const)('keeps groups apart like a naive list (%j)', (grouping, keysOf) => {
    fc.assert(
      fc.property(lists, arrivals, (records, arrival) => {
        const env = newEnv();
        const of = plan(grouping);
        bookAll(env, of, records, arrival);
        tidy(env.state, [of], env.today);
        WINDOWS.forEach((window, index) => {
          for (const [place, slot] of slotsOf(window).entries()) {
            const found = readGroups(env, of, { series: 0, window: index, slot });
            const groups = new Map<string, Value>();
            for (const key of new Set(records.flatMap(keysOf))) {
              const own = records.filter((record) => keysOf(record).includes(key));
              const value = naive(own, window, env.today)[place];
              if (value !== 0) groups.set(key, value);
            }
            const shown = found.map((group) => {
              const { value, ...fields } = group as { value: Value };
              return [JSON.stringify(fields), value] as const;
            });
            expect(new Map(shown)).toEqual(groups);
          }
        });
      }),
      { numRuns: 150 },
    );
  });

  it('loses no record when it forgets empty groups, however many there are (E-B2.6)', () => {
    const env = newEnv();
    const of = plan({ kind: 'by', fields: ['place'] });
    const groups = 1000;
    for (let i = 0; i < groups; i += 1) {
      env.record = { amount: 1, place: `p${i}` };
      fold(of, 0, env, 0, 'book');
    }
    const feature = { series: 0, window: 0, slot: { column: 0 } };
    expect(readGroups(env, of, feature)).toHaveLength(groups);
  });

  it('forgets groups that no window reaches, so that their number stays bounded', () => {
    const env = newEnv();
    const of = plan({ kind: 'by', fields: ['place'] });
    for (let day = 0; day < 3000; day += 1) {
      env.today = day;
      env.record = { amount: 1, place: `p${day}` };
      fold(of, 0, env, day, 'book');
    }
    expect(env.state.series[0]?.groups?.keys.length).toBeLessThanOrEqual(130);
  });
});
