import fc from 'fast-check';
import type { InputRecord, Transaction } from '@tidemark/schemas/records';
import { MS_PER_DAY } from './calendar';
import type { CustomerInput } from './customer';
import { decide } from './customer';
import { decodeState, encodeAs, encodeState } from './customer-codec';
import { plainState } from './customer-codec.fixture';
import {
  compiledMethodology,
  contents,
  CUSTOMER,
  INSTITUTION,
  lags,
  NOON,
  recordOf,
  recordsOf,
  shippedDocument,
  step,
} from './customer.fixture';
import type { CustomerState } from './state';

const methodology = compiledMethodology(shippedDocument('cn-aml-bank'));
const other = compiledMethodology(shippedDocument('trade-credit-aaa-c'));

const copyOf = (state: CustomerState): CustomerState =>
  decodeState(methodology, encodeState(methodology, state));
const plain = (state: CustomerState): object => plainState(methodology, state);

/** All records at one clock, in the order given. */
function atOnce(records: readonly InputRecord[], asOf: number): CustomerState | undefined {
  let state: CustomerState | undefined;
  for (const record of records) state = step(methodology, state, record, asOf).state;
  return state;
}

const moments = fc.array(fc.record({ content: contents, at: lags.map((lag) => NOON - lag) }), {
  minLength: 30,
  maxLength: 40,
});

/** A state with something of everything. */
function someState(): CustomerState {
  const [entries = []] = fc.sample(moments, { seed: 7, numRuns: 1 });
  const state = atOnce(recordsOf(entries), NOON);
  if (state === undefined) throw new Error('the seed gives no state');
  return state;
}

describe('the bytes of a state', () => {
  it('hold sums beyond 2^53, days before 1970, any text and what no dictionary knows', () => {
    const state = someState();
    const values: [string, unknown][] = [
      ['netFinancialAssets', 2n ** 70n],
      ['staffCount', -(2n ** 64n)],
      ['ownershipLayers', Number.MAX_SAFE_INTEGER],
      ['birthDate', -40_000],
      ['leftOffice', -(2 ** 49)],
      ['phone', '\u{1F600}\uD800é漢\u0000'],
      ['groupId', '000123'],
      ['idIssuer', '999999999999999'],
      ['industry', '9999999999999999'],
      ['gaming', 'not a bool'],
      ['notInTheDictionary', [true, undefined, { b: 1.5, a: ['+', -1] }]],
      ['kinship', undefined],
    ];
    for (const [name, value] of values) {
      const register = { value, at: -5, by: 'é1', estimated: name === 'phone' };
      state.profile.set(name, register as never);
    }
    state.links.set('B2.1', { hit: true, count: 2, at: NOON, by: 'l1' });
    state.links.set('X-H3', { hit: false, count: undefined, at: NOON, by: 'l2' });
    const rows = state.series[0]?.single?.rows;
    if (rows !== undefined && rows.length > 0) rows[1] = 2n ** 80n;
    state.untils[3] = 12.5;
    state.untils[4] = state.dueAt = Number.NEGATIVE_INFINITY;
    state.results[5] = 77;
    Object.assign(state.published, { basis: 'else', hash: 'no hash', methodology: 'old@1' });
    state.published.tasks.add('a task of before');
    expect(plain(copyOf(state))).toEqual(plain(state));
  });

  it('keep records that wait for their time', () => {
    const first = recordOf(
      { type: 'profile-change', set: { customerKind: 'natural' } },
      'p1',
      NOON,
    );
    const waiting = [
      recordOf({ type: 'risk-event', kind: 'alert_closed', outcome: 'reported' }, 'w1', NOON + 9),
      posting('w2', 'tx1', NOON + 60_000),
    ];
    const state = atOnce([first, ...waiting], NOON);
    if (state === undefined) throw new Error('no state');
    const copy = copyOf(state);
    expect(copy.pending).toEqual(waiting);
    expect(copy.dueAt).toBe(NOON + 9);
    const only = atOnce(waiting, NOON);
    if (only !== undefined) expect(plain(copyOf(only))).toEqual(plain(only));
  });

  it('forget identities like the state they come from: a reused id counts once the horizon passed', () => {
    const days = methodology.horizonDays;
    const start = atOnce([posting('t1', 'x1', NOON)], NOON);
    if (start === undefined) throw new Error('no state');
    const again = posting('t1', 'x1', NOON + days * MS_PER_DAY);
    const context = { methodology, asOf: again.occurredAt };
    const copy = copyOf(decide(start, tick, context).state ?? start);
    expect(decide(copy, { kind: 'record', record: again }, context).outcome).toBe('applied');
    expect(decide(start, { kind: 'record', record: again }, context).outcome).toBe('applied');
  });

  it('are refused when a byte is wrong or missing', () => {
    const bytes = encodeState(methodology, someState());
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeState(methodology, bytes.slice(0, length))).toThrow(Error);
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const spoilt = bytes.slice();
        spoilt[at] = (spoilt[at] ?? 0) ^ change;
        expect(() => decodeState(methodology, spoilt)).toThrow(Error);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
        expect(() => decodeState(methodology, any)).toThrow(Error);
      }),
    );
  });

  it('are refused when they are of another format', () => {
    const bytes = encodeState(methodology, someState());
    bytes[0] = 3;
    expect(() => decodeState(methodology, bytes)).toThrow('format 3: this build reads format 2');
  });

  it('of format 1 are read as the state that they hold', () => {
    const state = someState();
    const first = encodeAs(1, methodology, state);
    expect(first).not.toEqual(encodeState(methodology, state));
    expect(plain(decodeState(methodology, first))).toEqual(plain(state));
    expect(encodeState(methodology, decodeState(methodology, first))).toEqual(
      encodeState(methodology, state),
    );
  });

  it('are the same whether or not parts of them were kept from before', () => {
    fc.assert(
      fc.property(moments, (entries) => {
        let kept: CustomerState | undefined;
        let fresh: CustomerState | undefined;
        recordsOf(entries).forEach((record, i) => {
          const asOf = NOON + i * 17 * 3_600_000;
          kept = step(methodology, kept, record, asOf).state;
          fresh = step(methodology, fresh, record, asOf).state;
          if (kept === undefined || fresh === undefined) return;
          const bytes = encodeState(methodology, kept);
          fresh = { ...fresh, profileText: undefined, resultsText: undefined, tidyOn: NaN };
          expect(bytes).toEqual(encodeState(methodology, fresh));
        });
      }),
      { numRuns: 30 },
    );
  });

  it('are refused under another methodology, naming both', () => {
    const bytes = encodeState(methodology, someState());
    const named = new RegExp(
      `${methodology.fingerprint.slice(0, 16)}.*${other.fingerprint.slice(0, 16)}`,
    );
    expect(() => decodeState(other, bytes)).toThrow(named);
    expect(() => encodeState(other, someState())).toThrow('carry it over first');
  });
});

const tick: CustomerInput = { kind: 'tick', institution: INSTITUTION, customer: CUSTOMER };

const posting = (id: string, txId: string, at: number): Transaction =>
  recordOf(
    {
      type: 'transaction',
      txId,
      kind: 'cash',
      direction: 'in',
      amount: 500,
      currency: 'CNY',
      amountCny: 500,
      status: 'booked',
    },
    id,
    at,
  ) as Transaction;
