import fc from 'fast-check';
import type { GradeChange, InputRecord } from '@tidemark/schemas/records';
import { FEATURE_NAMES, variantDocument, type Variant } from './carry-over.fixture';
import { decide, type CustomerDecision, type CustomerInput } from './customer';
import { decodeState, encodeState } from './customer-codec';
import { plainState } from './customer-codec.fixture';
import {
  compiledMethodology,
  contents,
  CUSTOMER,
  INSTITUTION,
  lags,
  gaps,
  NOON,
  recordsOf,
  shippedDocument,
  type Content,
} from './customer.fixture';
import { MS_PER_DAY } from './calendar';
import { evaluateAll } from './grading/evaluate';
import type { Output } from './grading/publish';
import { carryOverFaults } from './methodology/carry-over';
import type { MethodologyDocument } from './methodology/document';
import type { Methodology } from './methodology/methodology';
import type { CustomerState } from './state';

const TICK: CustomerInput = { kind: 'tick', institution: INSTITUTION, customer: CUSTOMER };
const SWEEP: CustomerInput = { ...TICK, kind: 'sweep', cause: 'version' };

/** Many products on few days. */
const purchases: fc.Arbitrary<Content> = fc
  .record({
    product: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    counterpartyId: fc.constantFrom('p1', 'p2'),
    amountCny: fc.constantFrom(0, 1, 20_000_000),
  })
  .map((fields) => ({
    type: 'transaction',
    kind: 'cash',
    direction: 'in',
    ...fields,
    amount: fields.amountCny,
    currency: 'CNY',
    status: 'booked',
  }));

const mixed = fc.record({
  content: contents,
  gap: gaps,
  lag: fc.oneof(fc.constant(0), lags),
});
const busy = fc.record({
  content: purchases,
  gap: fc.constantFrom(0, 0, MS_PER_DAY),
  lag: fc.constantFrom(0, 1, 2, 14, 15, 31, 44, 45, 89).map((days) => days * MS_PER_DAY),
});

/** Records in the order of arrival, each with the clock at which it comes. */
const arrivals = fc
  .tuple(
    fc.array(busy, { maxLength: 12 }),
    fc.array(mixed, { minLength: 2, maxLength: 16 }),
    fc.boolean(),
  )
  .map(([some, others, first]) => {
    let clock = NOON;
    const steps = first ? [...some, ...others] : [...others, ...some];
    const entries = steps.map(({ content, gap, lag }) => {
      clock += gap;
      return { content, at: clock - lag };
    });
    let asOf = NOON;
    return recordsOf(entries).map((record) => {
      asOf = Math.max(asOf, record.occurredAt);
      return { record, asOf };
    });
  })
  .filter(({ length }) => length > 1);

type Stream = readonly { readonly record: InputRecord; readonly asOf: number }[];

interface Played {
  readonly state: CustomerState | undefined;
  readonly outputs: readonly Output[];
}

/** Decides about all records, under `from` before the position `move`, under `to` afterwards. */
function play(from: Methodology, to: Methodology, stream: Stream, move: number, by: By): Played {
  let state: CustomerState | undefined;
  const outputs: Output[] = [];
  const earlier = (fingerprint: string): Methodology => {
    expect(fingerprint).toBe(from.fingerprint);
    return from;
  };
  const take = (input: CustomerInput, methodology: Methodology, asOf: number): CustomerDecision => {
    const decided = decide(state, input, { methodology, asOf, earlier });
    // All that has changed by the time of a move is put down to it, not to time.
    const isMove = from !== to && methodology === to && state?.methodology === from.fingerprint;
    for (const { record } of decided.outputs) {
      if (isMove && 'cause' in record) expect(record.cause.kind).not.toBe('tick');
    }
    ({ state } = decided);
    outputs.push(...decided.outputs);
    return decided;
  };
  stream.forEach(({ record, asOf }, i) => {
    if (i === move && by !== 'record' && state !== undefined) {
      take(by === 'tick' ? TICK : SWEEP, to, asOf);
      expect(take(SWEEP, to, asOf).outputs).toEqual([]);
    }
    take({ kind: 'record', record }, i < move ? from : to, asOf);
  });
  return { state, outputs };
}

/** What is known of the customer and what follows from it: not who published what when. */
function calculated(methodology: Methodology, state: CustomerState | undefined): unknown {
  if (state === undefined) return undefined;
  const bytes = encodeState(methodology, state);
  const copy = decodeState(methodology, bytes);
  evaluateAll(methodology, copy, copy.asOf);
  const { profile, links, events, series, results, segment, pending, methodology: follows } = copy;
  expect([...state.results]).toEqual([...results]);
  return plainState(methodology, {
    ...copy,
    ...{ profile, links, events, series, results, segment, pending, methodology: follows },
    identities: { slots: [], size: 0 },
    untils: [],
    dueAt: 0,
    firstSeen: 0,
    waited: false,
    published: NOTHING_PUBLISHED,
  });
}

const NOTHING_PUBLISHED: CustomerState['published'] = {
  sequence: 0,
  grade: 0,
  status: 'preliminary',
  basis: '',
  openBasis: '',
  rule: null,
  methodology: '',
  reviewDueOn: null,
  firstRatedAt: null,
  hash: null,
  confirmedBy: null,
  results: new Uint8Array(0),
  tasks: new Set(),
};

/**
 * Sequence numbers without a gap, each change with the hash of the one before and all that changed
 * since; tasks opened and closed in turn, and none that the methodology does not have.
 */
function checkPublished({ outputs, state }: Played, methodology: Methodology): void {
  let last: GradeChange | undefined;
  let isNew = false;
  const open = new Set<string>();
  const scores = new Map<string, number | null>();
  for (const output of outputs) {
    if (output.kind === 'grade-change') {
      const { record } = output;
      expect(record.sequence).toBe((last?.sequence ?? 0) + 1);
      expect(record.previousHash).toBe(last?.hash ?? null);
      expect(record.previousGrade).toBe(last?.grade ?? null);
      expect(record.grade).not.toBe(last?.grade);
      for (const { code, to } of record.reasons) scores.set(code, to);
      last = record;
      isNew = true;
    } else if (output.kind === 'rating') {
      if (isNew) {
        for (const { id, score } of output.record.items)
          expect([id, scores.get(id)]).toEqual([id, score]);
      }
      isNew = false;
    } else if ('task' in output) {
      expect(open.has(output.task)).toBe(!output.open);
      if (output.open) open.add(output.task);
      else open.delete(output.task);
    }
  }
  if (state === undefined) return;
  expect([...state.published.tasks].sort()).toEqual([...open].sort());
  expect(state.published.hash).toBe(last?.hash ?? null);
  const known = methodology.tasks.map(({ key }) => key);
  expect([...open].filter((key) => !known.includes(key))).toEqual([]);
}

type By = 'record' | 'tick' | 'sweep';

/**
 * Moves a customer after a part of its records, and compares it then and after all of them.
 * @returns whether there was something to move
 */
function checkMove(
  from: Methodology,
  to: Methodology,
  stream: Stream,
  at: number,
  by: By,
): boolean {
  const move = 1 + (at % (stream.length - 1));
  let moved = false;
  for (const some of [stream.slice(0, move + 1), stream]) {
    const played = play(from, to, some, move, by);
    const whole = play(to, to, some, 0, 'record');
    // Records that are too old for the other version's windows leave no customer there.
    if (played.state?.methodology !== to.fingerprint || whole.state === undefined) continue;
    moved = true;
    expect(calculated(to, played.state)).toEqual(calculated(to, whole.state));
    checkPublished(played, to);
  }
  return moved;
}

const variants: fc.Arbitrary<Variant> = fc.record({
  features: fc.subarray([...FEATURE_NAMES], { minLength: 1 }),
  smaller: fc.subarray([...FEATURE_NAMES]),
  turn: fc.nat(3),
  task: fc.constantFrom('collect-birth-date', 'ask-for-birth-date'),
  segment: fc.constantFrom('has(customerKind)', "customerKind == 'natural'"),
});

/** A pair of versions of which the second needs nothing that the first did not keep. */
const pairs = fc.tuple(variants, variants).map(([a, b]) => {
  const features = a.features.filter((name) => b.features.includes(name));
  const all = features.length === 0 ? a.features : features;
  return [a, { ...b, features: all, smaller: [...a.smaller, ...b.smaller] }] as const;
});

const moveBy = fc.constantFrom('record' as const, 'tick' as const, 'sweep' as const);

describe('a state that is carried over', () => {
  it('is the one in which all records had been folded by the other version, whenever it is moved', () => {
    let moved = 0;
    fc.assert(
      fc.property(pairs, arrivals, fc.nat(20), moveBy, ([a, b], stream, at, by) => {
        const from = compiledMethodology(variantDocument('1', a));
        const to = compiledMethodology(variantDocument('2', b));
        fc.pre(carryOverFaults(from, to).length === 0);
        if (checkMove(from, to, stream, at, by)) moved += 1;
      }),
      { numRuns: 150 },
    );
    expect(moved).toBeGreaterThan(90);
  });

  it('is so under the shipped document with other bands, or with another list in place of its own', () => {
    const bank = edited('1.0.0', (document) => document);
    const others = [
      edited('1.0.1', (document) => ({
        ...document,
        bands: document.bands.map(({ grade, from }) => ({ grade, from: from + 3 * (grade - 1) })),
      })),
      edited('1.0.2', (document) => ({
        ...document,
        lists: { ...document.lists, countryRisk: OTHER_COUNTRIES },
      })),
    ];
    fc.assert(
      fc.property(
        arrivals,
        fc.nat(20),
        moveBy,
        fc.constantFrom(...others),
        (stream, at, by, to) => {
          expect(carryOverFaults(bank, to)).toEqual([]);
          checkMove(bank, to, stream, at, by);
        },
      ),
      { numRuns: 60 },
    );
  });
});

const OTHER_COUNTRIES = {
  rows: { XA: { g1: 5, g2: 5, g3: 5, offshore: true } },
  default: { g1: 1, g2: 1, g3: 1, offshore: false },
};

function edited(
  version: string,
  edit: (document: MethodologyDocument) => MethodologyDocument,
): Methodology {
  return compiledMethodology({ ...edit(shippedDocument('cn-aml-bank')), version });
}
