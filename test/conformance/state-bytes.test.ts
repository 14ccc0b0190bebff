import fc from 'fast-check';
import { parseRecord, type InputRecord } from '@tidemark/schemas/records';
import { MS_PER_DAY } from '@tidemark/rating/calendar';
import { decide, type CustomerDecision, type CustomerInput } from '@tidemark/rating/customer';
import { decodeState, encodeState } from '@tidemark/rating/customer-codec';
import { plainState } from '@tidemark/rating/customer-codec.fixture';
import type { CustomerState } from '@tidemark/rating/state';
import { shippedMethodology } from '../support/methodologies';
import { generateCustomer } from './customers';

const methodology = shippedMethodology('cn-aml-bank');
const seeds = fc.integer({ min: 1, max: 1_000_000 });

interface Step {
  readonly input: CustomerInput;
  readonly asOf: number;
}

function recordsOf(seed: number): { records: InputRecord[]; asOf: number } {
  const { records, asOf } = generateCustomer(seed);
  const parsed = records.map((value) => {
    const result = parseRecord(value);
    if (!result.ok) throw new Error(JSON.stringify(result.faults));
    return result.record;
  });
  return { records: parsed, asOf };
}

/** The records of a seed under a clock that moves on by these gaps, in ms. */
function stream(seed: number, gaps: readonly number[]): Step[] {
  const { records, asOf } = recordsOf(seed);
  const steps: Step[] = [];
  let clock = asOf - 200 * MS_PER_DAY;
  records.forEach((record, i) => {
    const late = steps.length % 3 === 0 ? Math.max(clock, record.occurredAt - 60_000) : clock;
    clock = late + (gaps[i % gaps.length] ?? 0);
    steps.push({ input: { kind: 'record', record }, asOf: clock });
    if (i % 4 !== 3) return;
    const { institution, customer } = record;
    steps.push({ input: { kind: 'tick', institution, customer }, asOf: clock + MS_PER_DAY });
    clock += MS_PER_DAY;
  });
  return steps;
}

type Told = Omit<CustomerDecision, 'state'>;

function run(
  steps: readonly Step[],
  start?: CustomerState,
): { state: CustomerState | undefined; told: Told[] } {
  let state = start;
  const told: Told[] = [];
  for (const { input, asOf } of steps) {
    if (input.kind === 'tick' && state === undefined) continue;
    const { state: next, ...rest } = decide(state, input, { methodology, asOf });
    told.push(rest);
    state = next;
  }
  return { state, told };
}

const copyOf = (state: CustomerState): CustomerState =>
  decodeState(methodology, encodeState(methodology, state));

const plain = (state: CustomerState): object => plainState(methodology, state);

/** All records at one clock, in the order given. */
function atOnce(records: readonly InputRecord[], asOf: number): CustomerState | undefined {
  return run(records.map((record) => ({ input: { kind: 'record', record }, asOf }))).state;
}

const gapLists = fc.array(
  fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 3 * MS_PER_DAY }),
    fc.integer({ min: 0, max: 120 * MS_PER_DAY }),
  ),
  { minLength: 1, maxLength: 8 },
);

describe('the bytes of a state', () => {
  it('lose nothing: what follows a cut is the same with and without them', () => {
    fc.assert(
      fc.property(
        seeds,
        gapLists,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, gaps, cut) => {
          const steps = stream(seed, gaps);
          const at = Math.floor(cut * steps.length);
          const whole = run(steps);
          const before = run(steps.slice(0, at));
          const copy = before.state === undefined ? undefined : copyOf(before.state);
          const after = run(steps.slice(at), copy);
          expect([...before.told, ...after.told]).toEqual(whole.told);
          expect(after.state === undefined).toBe(whole.state === undefined);
          if (after.state === undefined || whole.state === undefined) return;
          expect(encodeState(methodology, after.state)).toEqual(
            encodeState(methodology, whole.state),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('give back the state as it was, but for what is empty or derived', () => {
    fc.assert(
      fc.property(seeds, gapLists, (seed, gaps) => {
        const { state } = run(stream(seed, gaps));
        if (state === undefined) return;
        const bytes = encodeState(methodology, state);
        expect(plain(decodeState(methodology, bytes))).toEqual(plain(state));
      }),
      { numRuns: 100 },
    );
  });

  it('are the same for the same facts at the same clock, in any order and with duplicates', () => {
    fc.assert(
      fc.property(seeds, fc.infiniteStream(fc.nat()), (seed, picks) => {
        const { records, asOf } = recordsOf(seed);
        const shuffled = shuffle([...records, ...records.slice(0, records.length / 2)], picks);
        const one = atOnce(records, asOf);
        const two = atOnce(shuffled, asOf);
        expect(two === undefined).toBe(one === undefined);
        if (one === undefined || two === undefined) return;
        // Since when known and what was published depend on the order by nature.
        two.firstSeen = one.firstSeen;
        two.waited = one.waited;
        const published = copyOf(one).published;
        expect(encodeState(methodology, { ...two, published })).toEqual(
          encodeState(methodology, { ...one, published }),
        );
      }),
      { numRuns: 150 },
    );
  });
});

function shuffle<T>(values: T[], picks: Iterator<number>): T[] {
  const rest = [...values];
  const shuffled: T[] = [];
  while (rest.length > 0) {
    const pick: number = picks.next().value ?? 0;
    shuffled.push(...rest.splice(pick % rest.length, 1));
  }
  return shuffled;
}
