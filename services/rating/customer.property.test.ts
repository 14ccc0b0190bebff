import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { GradeChange, InputRecord, Rating } from '@tidemark/schemas/records';
import { MS_PER_DAY } from './calendar';
import { rateInFull } from './customer';
import {
  cashAndTrade,
  compiledMethodology,
  contents,
  gaps,
  lags,
  NOON,
  recordOf,
  recordsOf,
  shippedDocument,
  step,
  worsening,
  type Content,
} from './customer.fixture';
import { evaluateAll, focus } from './grading/evaluate';
import type { Output } from './grading/publish';
import type { Methodology } from './methodology/methodology';
import type { CustomerState } from './state';

const methodology = compiledMethodology(shippedDocument('cn-aml-bank'));
const FUTURE_MS = 5 * 60_000;

/** Results and segment of a full evaluation at a time, on a copy without derived parts. */
function inFull(state: CustomerState, asOf: number): { results: number[]; segment: number } {
  const copy = structuredClone(state);
  copy.places = undefined;
  evaluateAll(methodology, copy, asOf);
  return { results: [...copy.results], segment: copy.segment };
}

interface Step {
  readonly gap: number;
  readonly lag: number;
  readonly content: Content | 'tick' | 'due';
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    gap: gaps,
    lag: fc.oneof(
      { weight: 2, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: lags },
      { weight: 1, arbitrary: fc.integer({ min: -FUTURE_MS, max: -1 }) },
    ),
    content: fc.oneof(
      { weight: 5, arbitrary: contents },
      { weight: 1, arbitrary: fc.constant('tick' as const) },
      { weight: 2, arbitrary: fc.constant('due' as const) },
    ),
  }),
  { minLength: 1, maxLength: 25 },
);

interface Moment {
  readonly state: CustomerState | undefined;
  readonly input: InputRecord | 'tick';
  readonly asOf: number;
  readonly outputs: readonly Output[];
  readonly outcome: string;
  readonly dueAt: number;
}

/** Runs the steps of a stream; `seen` is called after each. */
function run(stream: readonly Step[], of: Methodology, seen: (moment: Moment) => void): void {
  let state: CustomerState | undefined;
  let clock = NOON;
  let dueAt = Number.POSITIVE_INFINITY;
  const times: number[] = [];
  for (const { gap, lag } of stream) times.push((clock += gap) - lag);
  const made = recordsOf(
    stream.flatMap(({ content }, i) =>
      typeof content === 'string' ? [] : [{ content, at: times[i] ?? 0 }],
    ),
  );
  clock = NOON;
  let next = 0;
  for (const { gap, content } of stream) {
    clock += gap;
    let input: InputRecord | 'tick' = 'tick';
    if (content === 'due' && Number.isFinite(dueAt)) clock = Math.max(clock, dueAt);
    if (typeof content !== 'string') {
      const record = made[next];
      if (record === undefined) return;
      next += 1;
      input = record;
    } else if (state === undefined) continue;
    const decided = step(of, state, input, clock);
    ({ state, dueAt } = decided);
    seen({ ...decided, input, asOf: clock });
  }
}

describe('incremental evaluation', () => {
  function equalsFull(stream: readonly Step[]): void {
    run(stream, methodology, ({ state, asOf, dueAt, outcome, outputs }) => {
      if (state === undefined) return;
      if (dueAt <= asOf) {
        // a record that changes nothing leaves to time what is time's
        expect(['duplicate', 'late', 'refused']).toContain(outcome);
        expect(outputs).toEqual([]);
        return;
      }
      const now = { results: [...state.results], segment: state.segment };
      if (state.results.length > 0) expect(now).toEqual(inFull(state, asOf));
      expect(dueAt).toBeGreaterThan(asOf);
      if (Number.isFinite(dueAt) && state.results.length > 0) {
        expect(inFull(state, dueAt - 1)).toEqual(now);
      }
    });
  }

  it('equals a full evaluation after every event and tick, and nothing changes before dueAt (P-4, T-4)', () => {
    fc.assert(fc.property(steps, equalsFull), { numRuns: 250 });
  });

  it('equals it also where one item reads another (E-B1, I-3)', () => {
    const gap = fc.integer({ min: 0, max: 4 * MS_PER_DAY });
    const stream = fc.array(fc.record({ gap, lag: fc.constant(0), content: cashAndTrade }), {
      minLength: 3,
      maxLength: 15,
    });
    fc.assert(fc.property(stream, equalsFull), { numRuns: 60 });
  });

  it('evaluates only the units that the event touches, that read a changed one, or that are due', () => {
    const evaluated = new Set<number>();
    const watched: Methodology = {
      ...methodology,
      units: methodology.units.map((unit) => ({
        ...unit,
        evaluate: (env) => {
          evaluated.add(unit.index);
          return unit.evaluate(env);
        },
      })),
    };
    let evaluations = 0;
    let moments = 0;
    fc.assert(
      fc.property(steps, (stream) => {
        let before: CustomerState | undefined;
        evaluated.clear();
        run(stream, watched, ({ state, input, asOf }) => {
          const allowed = new Set<number>();
          const grow = (index: number): void => {
            if (allowed.has(index)) return;
            allowed.add(index);
            for (const reader of methodology.readers[index] ?? []) grow(reader);
          };
          const known = before !== undefined && before.results.length > 0;
          before?.untils.forEach((until, index) => until <= asOf && grow(index));
          const folded = [...(before?.pending ?? []), ...(input === 'tick' ? [] : [input])];
          const keys = folded.flatMap(keysOf);
          for (const key of keys) methodology.touches.get(key)?.forEach(grow);
          // two at one moment may take the customer to another segment and back: then all is evaluated
          const isTurned = keys.filter((key) => key === 'a:customerKind').length > 1;
          if (known && before?.segment === state?.segment && !isTurned) {
            expect([...evaluated].filter((index) => !allowed.has(index))).toEqual([]);
            evaluations += evaluated.size;
            moments += 1;
          }
          evaluated.clear();
          before = state === undefined ? undefined : structuredClone(state);
        });
      }),
      { numRuns: 150 },
    );
    expect(evaluations / moments).toBeLessThan(methodology.units.length / 3);
  });
});

/** What a record may touch: its attributes, pattern, and the facts of its own kind. */
function keysOf(record: InputRecord): string[] {
  switch (record.type) {
    case 'profile-change':
      return [...Object.keys(record.set ?? {}), ...(record.clear ?? [])].map((name) => `a:${name}`);
    case 'link-fact':
      return [`l:${record.pattern}`];
    case 'risk-event':
    case 'transaction': {
      const { env, series, seriesOf, eventFeatures } = methodology;
      env.record = record as never;
      const risk = record.type === 'risk-event';
      const holds = (where: ((of: typeof env) => unknown) | undefined): boolean =>
        where === undefined || where(env) === true;
      return [
        ...seriesOf[risk ? 'riskEvents' : 'transactions']
          .filter((index) => holds(series[index]?.where))
          .map((index) => `s:${index}`),
        ...(risk ? eventFeatures.flatMap(({ where }, i) => (holds(where) ? [`e:${i}`] : [])) : []),
        ...(risk && record.kind === 'cdd_changed' ? ['a:cdd'] : []),
      ];
    }
    default:
      return [];
  }
}

const FINAL = NOON + 3 * MS_PER_DAY;
const tied = fc.constantFrom(0, MS_PER_DAY, 30 * MS_PER_DAY);

/** A set of records that have all happened by FINAL; several share an instant. */
const sets: fc.Arbitrary<InputRecord[]> = fc
  .array(fc.record({ content: contents, lag: fc.oneof(tied, lags) }), {
    minLength: 2,
    maxLength: 25,
  })
  .map((entries) =>
    recordsOf(entries.map(({ content, lag }) => ({ content, at: FINAL - lag }))).filter(
      ({ occurredAt }) => occurredAt <= FINAL,
    ),
  );

interface Arrival {
  readonly order: number;
  readonly again: number;
  readonly lead: number;
  readonly wait: number;
}
const arrivals: fc.Arbitrary<Arrival[]> = fc.array(
  fc.record({
    order: fc.double({ min: 0, max: 1, noNaN: true }),
    again: fc.double({ min: 0, max: 2, noNaN: true }),
    lead: fc.constantFrom(0, 0, 0, 1, FUTURE_MS),
    wait: fc.constantFrom(0, 0, 1, MS_PER_DAY, 40 * MS_PER_DAY),
  }),
  { minLength: 25, maxLength: 25 },
);

/** The rating at FINAL when the records came in some order, some twice, over some clocks. */
function arrived(
  records: readonly InputRecord[],
  plan: readonly Arrival[],
  sortedByTime: boolean,
): Rating | undefined {
  const queue = records.flatMap((record, i) => {
    const { order = 0, again = 2, lead = 0, wait = 0 } = plan[i] ?? {};
    const time = sortedByTime ? record.occurredAt : 0;
    const first = { record, time, order, lead, wait };
    return again < 1 ? [first, { ...first, order: again, lead: 0 }] : [first];
  });
  queue.sort((a, b) => a.time - b.time || a.order - b.order);
  let state: CustomerState | undefined;
  let clock = Number.NEGATIVE_INFINITY;
  for (const { record, lead, wait } of queue) {
    clock = Math.min(FINAL, Math.max(clock + wait, record.occurredAt - lead));
    const decided = step(methodology, state, record, clock);
    expect(decided.refusals).toEqual([]);
    ({ state } = decided);
  }
  if (state === undefined) return undefined;
  ({ state } = step(methodology, state, 'tick', FINAL));
  return state === undefined ? undefined : rateInFull(methodology, state, FINAL);
}

/** The calculated part of a rating: all that must not depend on how facts came. */
const calculated = (rating: Rating | undefined): object | undefined =>
  rating && {
    items: rating.items,
    total: rating.total,
    score: rating.score,
    gradeByScore: rating.gradeByScore,
    calculatedGrade: rating.calculatedGrade,
    basis: rating.basis,
    rule: rating.rule,
    directRules: rating.directRules,
    marks: rating.marks,
  };

describe('convergence', () => {
  it('gives one rating, evidence included, for one set of records in any order, any number of times, over any clocks (S-4, P-3)', () => {
    fc.assert(
      fc.property(sets, arrivals, arrivals, fc.boolean(), (records, one, other, byTime) => {
        const reversed = records.map((_, i) => ({ order: -i, again: 2, lead: 0, wait: 0 }));
        const rating = calculated(arrived(records, one, byTime));
        expect(calculated(arrived(records, other, !byTime))).toEqual(rating);
        expect(calculated(arrived(records, reversed, false))).toEqual(rating);
      }),
      { numRuns: 250 },
    );
  });
});

describe('exactness', () => {
  it('sums windows beyond 2^53 like a BigInt oracle, reversals taken back (E-B1, E-G0)', () => {
    const huge = fc.record({
      amount: fc.oneof(
        fc.constantFrom(10 ** 15, 10 ** 15 - 1, 1, 0),
        fc.integer({ min: 0, max: 10 ** 15 }),
      ),
      days: fc.constantFrom(0, 1, 29, 30, 89, 90, 178, 179, 180),
      reversed: fc.constantFrom(false, false, true),
      first: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(huge, { minLength: 9, maxLength: 40 }), (amounts) => {
        let state: CustomerState | undefined;
        const expected = { cash30d: 0n, turnover180d: 0n };
        amounts.forEach(({ amount, days, reversed, first }, i) => {
          const booked: Content = {
            type: 'transaction',
            txId: `t${i}`,
            kind: 'cash',
            direction: 'in',
            amount,
            amountCny: amount,
            currency: 'CNY',
            status: 'booked',
          };
          const at = NOON - days * MS_PER_DAY;
          const records = [recordOf(booked, `b${i}`, at)];
          if (reversed) {
            const back = recordOf(
              { ...booked, status: 'reversed' },
              `r${i}`,
              Math.min(at + 1, NOON),
            );
            if (first) records.unshift(back);
            else records.push(back);
          } else {
            if (days < 30) expected.cash30d += BigInt(amount);
            if (days < 180) expected.turnover180d += BigInt(amount);
          }
          for (const record of records) ({ state } = step(methodology, state, record, NOON));
        });
        if (state === undefined) throw new Error('no state');
        focus(methodology, state, NOON);
        for (const [name, sum] of Object.entries(expected)) {
          const value = methodology.features.get(name)?.run(methodology.env);
          expect(
            typeof value === 'number' || typeof value === 'bigint' ? BigInt(value) : value,
          ).toBe(sum);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('totals S = sum(a * p) like a BigInt oracle, R = S/m in [100/m, 100], graded by the bands (W-6, W-7, W-8)', () => {
    const percent = (text: string): bigint => BigInt(Math.round(Number(text) * 10_000));
    fc.assert(
      fc.property(sets, arrivals, (records, plan) => {
        const rating = arrived(records, plan, false);
        if (rating === undefined) return;
        let sum = 0n;
        let weights = 0n;
        for (const { score, weight } of rating.items) {
          expect([1, 2, 3, 4, 5]).toContain(score);
          sum += BigInt(score) * percent(weight);
          weights += percent(weight);
        }
        expect(weights).toBe(1_000_000n);
        expect(percent(rating.total.sum)).toBe(sum);
        expect(sum).toBeGreaterThanOrEqual(1_000_000n);
        expect(sum).toBeLessThanOrEqual(5_000_000n);
        expect(percent(rating.score) * 5n).toBe(sum);
        const bands = methodology.document.bands.filter(
          ({ from }) => percent(String(from)) * 5n <= sum,
        );
        expect(rating.gradeByScore).toBe(bands.length);
      }),
      { numRuns: 150 },
    );
  });
});

describe('monotonicity', () => {
  it('never lowers score or calculated grade by a report, notice, hit, alert or a link fact that hits (E-C4, E-C6, E-B2, E-B4, X-H0, X-L4)', () => {
    fc.assert(
      fc.property(sets, worsening(fc.constant('fresh')), lags, (records, content, lag) => {
        const worse = recordOf(content, 'worse', FINAL - lag);
        const before = arrived(records, [], false);
        const after = arrived([...records, worse], [], false);
        if (before === undefined || after === undefined) {
          expect(after).toBe(before);
          return;
        }
        expect(Number(after.score)).toBeGreaterThanOrEqual(Number(before.score));
        expect(after.calculatedGrade).toBeGreaterThanOrEqual(before.calculatedGrade);
        before.items.forEach(({ score }, i) => {
          expect(after.items[i]?.score).toBeGreaterThanOrEqual(score);
        });
      }),
      { numRuns: 300 },
    );
  });
});

/** RFC 8785 for the plain values of a grade change, written here a second time. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, of]) => `${JSON.stringify(name)}:${canonical(of)}`).join(',')}}`;
}

/** Records that are sent again: how long after the step before, and which one of those so far. */
const repeats = fc.array(
  fc.record({
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    which: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  }),
  { minLength: 25, maxLength: 25 },
);

describe('what is published', () => {
  it('is the same however often records come again, whatever time has passed since (S-4, P-3)', () => {
    let behind = 0;
    fc.assert(
      fc.property(steps, repeats, (stream, again) => {
        const moments: Moment[] = [];
        run(stream, methodology, (moment) => moments.push(moment));
        const published = moments.flatMap(({ outputs }) => outputs);
        let state: CustomerState | undefined;
        const taken: InputRecord[] = [];
        const seen: Output[] = [];
        moments.forEach(({ input, asOf, outcome }, i) => {
          const decided = step(methodology, state, input, asOf);
          ({ state } = decided);
          seen.push(...decided.outputs);
          if (input !== 'tick' && outcome !== 'refused') taken.push(input);
          const { part, which } = again[i] ?? { part: 0, which: 0 };
          const record = taken[Math.floor(which * taken.length)];
          const next = moments[i + 1]?.asOf;
          if (record === undefined || state === undefined || next === undefined) return;
          const repeated = step(
            methodology,
            state,
            record,
            Math.floor(asOf + part * (next - asOf)),
          );
          ({ state } = repeated);
          seen.push(...repeated.outputs);
          if (repeated.dueAt <= asOf + part * (next - asOf)) behind += 1;
        });
        expect(seen).toEqual(published);
      }),
      { numRuns: 400 },
    );
    // a few dozen of them meet a customer whom time has yet to reach
    expect(behind).toBeGreaterThan(10);
  });

  it('is one grade change for each change of grade, contiguous from 1, hashed into a chain; no change, no event (P-3, P-4, M-0)', () => {
    fc.assert(
      fc.property(steps, (stream) => {
        let last: GradeChange | undefined;
        const open = new Set<string>();
        run(stream, methodology, ({ state, asOf, outputs, dueAt }) => {
          for (const output of outputs) {
            if (output.kind === 'grade-change') {
              const { hash, ...rest } = output.record;
              expect(hash).toBe(createHash('sha256').update(canonical(rest)).digest('hex'));
              expect(rest.previousHash).toBe(last?.hash ?? null);
              expect(rest.sequence).toBe((last?.sequence ?? 0) + 1);
              expect(rest.id).toBe(`bank-1:c-1:${rest.sequence}`);
              expect(rest.previousGrade).toBe(last?.grade ?? null);
              expect(rest.grade).not.toBe(last?.grade);
              const up = rest.grade > (last?.grade ?? 0) ? 'up' : 'down';
              expect(rest.direction).toBe(last === undefined ? 'initial' : up);
              expect(rest.occurredAt).toBe(asOf);
              expect(rest.status).toBe('preliminary');
              last = output.record;
            } else if (output.kind === 'rating') {
              expect(output.record.sequence).toBe(last?.sequence);
              expect(output.record.grade).toBe(last?.grade);
            } else if (output.kind === 'review-task') {
              const { id, action } = output.record;
              expect(open.has(id)).toBe(action === 'close');
              if (action === 'open') open.add(id);
              else open.delete(id);
            }
          }
          if (state === undefined) return;
          expect(state.published.sequence).toBe(last?.sequence ?? 0);
          if (last === undefined || state.segment < 0 || dueAt <= asOf) return;
          const copy = structuredClone(state);
          const rating = rateInFull(methodology, copy, asOf);
          expect(rating?.calculatedGrade).toBe(last.grade);
          expect(rating?.basis).toBe(state.published.basis);
          const missing = rating?.items.filter(({ missing: is }) => is).map(({ id }) => id);
          expect(
            [...open]
              .filter((id) => !id.endsWith('customer-kind'))
              .map((id) => id.split(':').pop()),
          ).toEqual(
            expect.arrayContaining(
              missing?.filter((id) => methodology.document.items[id]?.missing?.task) ?? [],
            ),
          );
        });
      }),
      { numRuns: 250 },
    );
  });
});
