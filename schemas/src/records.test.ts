import fc from 'fast-check';
import { FAULT_CODES } from './faults';
import { parseRecord, type ParseOptions } from './records';
import { INPUT_KINDS, recordsOf } from './records.fixture';

const envelope = { id: 'e1', institution: 'bank', customer: 'c1', occurredAt: 0 };
const transaction = {
  ...envelope,
  type: 'transaction',
  txId: 'x1',
  kind: 'cash',
  direction: 'in',
  amount: 100,
  currency: 'CNY',
  amountCny: 100,
  status: 'booked',
};
const profile = (set: object, more: object = {}): object => ({
  ...envelope,
  type: 'profile-change',
  set,
  ...more,
});
const riskEvent = (kind: string, fields: object = {}): object => ({
  ...envelope,
  type: 'risk-event',
  kind,
  ...fields,
});
const party = { partyId: 'p', role: 'controller' };

/** The faults as `code at field`. */
function faultsOf(value: unknown, options?: ParseOptions): string[] {
  const result = parseRecord(value, options);
  return result.ok ? [] : result.faults.map(({ code, field }) => `${code} at ${field}`);
}

const MAX = 10 ** 15;

describe('a record is refused with the path of the fault', () => {
  it.each<[string, object, string]>([
    ['an unknown type', { ...transaction, type: 'payment' }, 'unknown-type at type'],
    ['no type', envelope, 'unknown-type at type'],
    ['an unknown field', { ...transaction, colour: 'red' }, 'unknown-field at colour'],
    [
      'an own __proto__',
      JSON.parse(
        `{"__proto__": 1, "type": "transaction"${JSON.stringify(transaction).replace(/^\{/, ',')}`,
      ) as object,
      'unknown-field at __proto__',
    ],
    [
      'an unknown field in a place',
      profile({ domicile: { country: 'CN', town: 'x' } }),
      'unknown-field at set.domicile.town',
    ],
    ['a required field left out', { ...transaction, txId: undefined }, 'missing-field at txId'],
    ['a required field of null', { ...transaction, status: null }, 'missing-field at status'],
    ['text for an amount', { ...transaction, amount: '100' }, 'wrong-type at amount'],
    ['a number for text', { ...transaction, txId: 5 }, 'wrong-type at txId'],
    ['a number for a boolean', { ...transaction, crossBorder: 1 }, 'wrong-type at crossBorder'],
    [
      'an object for a list',
      profile({ nationality: { 0: 'CN' } }),
      'wrong-type at set.nationality',
    ],
    ['a list for set', profile([]), 'wrong-type at set'],
    ['a fraction', { ...transaction, amount: 1.5 }, 'not-an-integer at amount'],
    [
      'an integer that is not exact',
      { ...transaction, amountCny: 2 ** 53 },
      'not-an-integer at amountCny',
    ],
    ['a negative amount', { ...transaction, amount: -1 }, 'out-of-range at amount'],
    ['a negative amount in fen', { ...transaction, amountCny: -1 }, 'out-of-range at amountCny'],
    ['an amount over 10^15', { ...transaction, amount: MAX + 1 }, 'out-of-range at amount'],
    [
      'a negative premium',
      profile({ annualPremium: { amount: -1, currency: 'USD' } }),
      'out-of-range at set.annualPremium.amount',
    ],
    [
      'negative net assets',
      profile({ netFinancialAssets: -1 }),
      'out-of-range at set.netFinancialAssets',
    ],
    [
      'no layer of ownership',
      profile({ ownershipLayers: 0 }),
      'out-of-range at set.ownershipLayers',
    ],
    ['a negative staff count', profile({ staffCount: -1 }), 'out-of-range at set.staffCount'],
    [
      'a staff count past 32 bits',
      profile({ staffCount: 2 ** 31 }),
      'out-of-range at set.staffCount',
    ],
    ['an empty id', { ...transaction, id: '' }, 'out-of-range at id'],
    ['an empty customer', { ...transaction, customer: '' }, 'out-of-range at customer'],
    ['half a surrogate pair', { ...transaction, customer: 'a\ud800' }, 'invalid-text at customer'],
    [
      'an institution with a colon',
      { ...transaction, institution: 'a:b' },
      'invalid-format at institution',
    ],
    [
      'an institution of 65 letters',
      { ...transaction, institution: 'a'.repeat(65) },
      'invalid-format at institution',
    ],
    [
      'a region of 5 digits',
      profile({ branchRegion: '31010' }),
      'invalid-format at set.branchRegion',
    ],
    ['an industry without letter', profile({ industry: '5191' }), 'invalid-format at set.industry'],
    ['an industry beyond T', profile({ industry: 'U51' }), 'invalid-format at set.industry'],
    ['an industry of 5 digits', profile({ industry: 'F51911' }), 'invalid-format at set.industry'],
    [
      'an IP region that is neither',
      { ...transaction, ipRegion: 'CHN' },
      'invalid-format at ipRegion',
    ],
    [
      'an unknown country',
      { ...transaction, counterpartyCountry: 'YY' },
      'unknown-country at counterpartyCountry',
    ],
    ['a country in small letters', profile({ idIssuer: 'cn' }), 'unknown-country at set.idIssuer'],
    [
      'an unknown country in a list',
      profile({ nationality: ['CN', 'YY'] }),
      'unknown-country at set.nationality[1]',
    ],
    [
      'an unknown country of a party',
      profile({ parties: [party, { ...party, domicile: { country: 'QL' } }] }),
      'unknown-country at set.parties[1].domicile.country',
    ],
    ['an unknown currency', { ...transaction, currency: 'CNX' }, 'unknown-currency at currency'],
    ['gold as a currency', { ...transaction, currency: 'XAU' }, 'unknown-currency at currency'],
    [
      'an unknown role',
      profile({ parties: [party, { ...party, role: 'owner' }] }),
      'unknown-value at set.parties[1].role',
    ],
    ['an unknown kind', riskEvent('rumour'), 'unknown-value at kind'],
    [
      'an unknown pattern',
      { ...envelope, type: 'link-fact', pattern: 'B9', hit: true },
      'unknown-value at pattern',
    ],
    [
      'a decision before the first',
      { ...envelope, type: 'decision', kind: 'confirm', sequence: 0, by: 'u' },
      'out-of-range at sequence',
    ],
    [
      'a source beyond the six (S-1)',
      profile({}, { provenance: { phone: { source: 7 } } }),
      'out-of-range at provenance.phone.source',
    ],
    [
      'provenance of no attribute',
      profile({}, { provenance: { fame: {} } }),
      'unknown-attribute at provenance.fame',
    ],
    ['null inside set', profile({ phone: null }), 'null-in-set at set.phone'],
    ['null inside extra', profile({ extra: { a: null } }), 'wrong-type at set.extra.a'],
    [
      'an extra attribute of the dictionary',
      profile({ extra: { phone: 'x' } }),
      'unknown-attribute at set.extra.phone',
    ],
    [
      'an extra attribute that every object has',
      profile({ extra: { constructor: 1 } }),
      'unknown-attribute at set.extra.constructor',
    ],
    ['a fraction in extra', profile({ extra: { a: 0.5 } }), 'not-an-integer at set.extra.a'],
    [
      'a name in set and clear',
      profile({ phone: '1' }, { clear: ['phone'] }),
      'set-and-cleared at clear[0]',
    ],
    [
      'an extra name in set and clear',
      profile({ extra: { a: 1 } }, { clear: ['cdd', 'extra.a'] }),
      'set-and-cleared at clear[1]',
    ],
    [
      'an unknown name in clear',
      profile({}, { clear: ['phone', 'fame'] }),
      'unknown-attribute at clear[1]',
    ],
    [
      'extra as a whole in clear',
      profile({}, { clear: ['extra'] }),
      'unknown-attribute at clear[0]',
    ],
    [
      'a field of another kind',
      riskEvent('penalty', { medium: 'general' }),
      'not-of-this-kind at medium',
    ],
    ['a field that the kind demands', riskEvent('alert_closed'), 'missing-field at outcome'],
    [
      'a demanded field of null',
      riskEvent('alert_closed', { outcome: null }),
      'missing-field at outcome',
    ],
  ])('%s', (_what, value, fault) => {
    expect(faultsOf(JSON.parse(JSON.stringify(value)) as unknown)).toEqual([fault]);
  });

  it.each(['list_changed', 'product_risk_changed', 'methodology_published', 'coefficient_changed'])(
    'the kind %s, which belongs to a global topic',
    (kind) => {
      const result = parseRecord(riskEvent(kind));
      expect(result).toMatchObject({
        ok: false,
        faults: [{ code: 'global-topic', field: 'kind' }],
      });
    },
  );

  it.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00+0800',
    '2026-01-01 00:00:00Z',
    '2026-01-01',
    '0000-01-01T00:00:00Z',
    'yesterday',
  ])('the time %s', (occurredAt) => {
    expect(faultsOf({ ...transaction, occurredAt })).toEqual(['invalid-time at occurredAt']);
  });

  it.each([
    '2026-02-30',
    '2025-02-29',
    '2100-02-29',
    '2026-00-01',
    '2026-1-1',
    '20260101',
    '2026-01-01T00:00:00Z',
  ])('the day %s', (birthDate) => {
    expect(faultsOf(profile({ birthDate }))).toEqual(['invalid-day at set.birthDate']);
  });

  it('with all its faults at once', () => {
    const value = { ...transaction, id: '', amount: -1, currency: 'CNX', colour: 1, txId: null };
    expect(faultsOf(value).sort()).toEqual([
      'missing-field at txId',
      'out-of-range at amount',
      'out-of-range at id',
      'unknown-currency at currency',
      'unknown-field at colour',
    ]);
  });

  it('and never with a value of the record in the reason', () => {
    const secret = 'SECRET-8613800';
    for (const name of Object.keys(transaction).filter((field) => field !== 'type')) {
      const result = parseRecord({ ...transaction, [name]: { secret } });
      expect(result.ok).toBe(false);
      expect(JSON.stringify(result)).not.toContain(secret);
    }
  });
});

describe('a record is taken', () => {
  it.each<[string, object]>([
    ['an amount of 0', { ...transaction, amount: 0 }],
    ['an amount of 10^15', { ...transaction, amount: MAX, amountCny: MAX }],
    [
      'a user-assigned country',
      profile({ nationality: ['AA', 'QM', 'QZ', 'XA', 'XZ', 'ZZ', 'XK'] }),
    ],
    ['a day before 1970', profile({ birthDate: -1 })],
    ['an empty list of products', profile({ expectedBusiness: [], usedBusiness: [] })],
    ['a change that states nothing', { ...envelope, type: 'profile-change' }],
    ['a clear of extra attributes', profile({ extra: { a: 1 } }, { clear: ['extra.b'] })],
    ['a region or a country as IP region', { ...transaction, ipRegion: 'US' }],
    ['a foreign field of null', riskEvent('penalty', { medium: null, agentId: null })],
    ['the optional field of a kind', riskEvent('account_opened', { accountId: 'a', agentId: 'g' })],
  ])('with %s', (_what, value) => {
    expect(faultsOf(value)).toEqual([]);
  });

  it('with a country that only the methodology lists', () => {
    const value = profile({ nationality: ['K1'] });
    expect(faultsOf(value)).toEqual(['unknown-country at set.nationality[0]']);
    expect(faultsOf(value, { countries: new Set(['K1']) })).toEqual([]);
  });

  it('with text times turned into integers, and null optional fields left out', () => {
    const result = parseRecord(
      profile(
        {
          birthDate: '1960-02-29',
          idExpiry: '1969-12-31',
          lastScreened: '2026-03-04T00:00:00.123456Z',
          parties: [{ ...party, nationality: null }],
        },
        { occurredAt: '2026-03-04T08:00:00+08:00', source: null },
      ),
    );
    expect(result).toStrictEqual({
      ok: true,
      record: {
        type: 'profile-change',
        ...envelope,
        occurredAt: Date.UTC(2026, 2, 4),
        set: {
          birthDate: Date.UTC(1960, 1, 29) / 86_400_000,
          idExpiry: -1,
          lastScreened: Date.UTC(2026, 2, 4) + 123,
          parties: [party],
        },
      },
    });
  });

  it('as a copy: the input may change afterwards', () => {
    const input = { ...envelope, type: 'profile-change', set: { nationality: ['CN'] } };
    const result = parseRecord(input);
    input.set.nationality.push('US');
    expect(result).toMatchObject({ ok: true, record: { set: { nationality: ['CN'] } } });
  });
});

describe('every record made invalid in one place', () => {
  it.each(INPUT_KINDS)('is refused: a %s with a field too many', (kind) => {
    fc.assert(
      fc.property(recordsOf(kind), fc.stringMatching(/^z[a-z]{3,9}$/), (record, name) => {
        expect(faultsOf({ ...record, [name]: 1 })).toEqual([`unknown-field at ${name}`]);
      }),
    );
  });

  it.each(INPUT_KINDS)('is refused: a %s with a field of no type at all', (kind) => {
    fc.assert(
      fc.property(recordsOf(kind), fc.nat(), (record, n) => {
        const names = Object.keys(record).filter((name) => name !== 'type' && name !== 'kind');
        const name = names[n % names.length] ?? 'id';
        expect(faultsOf({ ...record, [name]: Symbol('x') })).toContain(`wrong-type at ${name}`);
      }),
    );
  });
});

it('every fault code is raised by a test of this room', () => {
  const raised = new Set([
    'not-json',
    'not-an-object',
    'global-topic',
    'invalid-time',
    'invalid-day',
  ]);
  for (const value of [
    { ...transaction, type: 'x' },
    {
      ...transaction,
      id: '',
      txId: null,
      amount: 0.5,
      kind: 'x',
      currency: 'x',
      customer: 'a\udc00',
      y: 1,
      direction: 1,
      institution: '',
      counterpartyCountry: 'x',
    },
    profile({ phone: null, cdd: 'refused' }, { clear: ['cdd', 'fame'] }),
    riskEvent('penalty', { cdd: 'refused' }),
  ]) {
    for (const fault of faultsOf(value)) raised.add(fault.split(' ')[0] ?? '');
  }
  expect([...raised].sort()).toEqual(Object.keys(FAULT_CODES).sort());
});
