import { COUNTRY_CODES, isCountry } from './countries';
import { CURRENCY_CODES, isCurrency, minorUnits } from './currencies';
import {
  LINK_PATTERNS,
  PARTY_FIELDS,
  PROFILE_ATTRIBUTES,
  RISK_EVENT_FIELDS,
  RISK_EVENT_KINDS,
  TRANSACTION_FIELDS,
} from './dictionary';

const names = (kind: string): string[] =>
  Object.entries(PROFILE_ATTRIBUTES).flatMap(([name, type]) => (type.kind === kind ? [name] : []));

describe('the attribute dictionary', () => {
  it('has the times, days, amounts and lists that the records define', () => {
    expect(names('instant').sort()).toEqual([
      'decidedAt',
      'firstRatedAt',
      'lastScreened',
      'relationshipStart',
    ]);
    expect(names('day').sort()).toEqual(['birthDate', 'establishedDate', 'idExpiry', 'leftOffice']);
    expect(names('fen')).toEqual(['netFinancialAssets']);
    expect(names('money').sort()).toEqual(['annualPremium', 'singlePremium']);
    expect(names('place').sort()).toEqual(['businessPlace', 'domicile', 'registration']);
    expect(names('strings').sort()).toEqual(['expectedBusiness', 'usedBusiness']);
    expect(names('countries')).toEqual(['nationality']);
    expect(names('parties')).toEqual(['parties']);
    expect(names('region').sort()).toEqual(['branchRegion', 'openingRegion']);
    expect(names('industry')).toEqual(['industry']);
    expect(PROFILE_ATTRIBUTES['extra']).toBeUndefined();
  });

  it('knows the closed sets', () => {
    expect(PROFILE_ATTRIBUTES['customerKind']).toEqual({
      kind: 'enum',
      values: ['natural', 'entity', 'sole_trader'],
    });
    expect(PARTY_FIELDS['pepStatus']).toEqual(PROFILE_ATTRIBUTES['pepStatus']);
    expect(LINK_PATTERNS).toEqual(['B2.1', 'B2.3', 'B4.1', 'B4.3', 'B4.4', 'X-H3']);
  });

  it('names facts of transactions and risk events, not whose they are', () => {
    expect(TRANSACTION_FIELDS['amountCny']).toEqual({ kind: 'fen' });
    expect(TRANSACTION_FIELDS['amount']).toEqual({ kind: 'int' });
    expect(TRANSACTION_FIELDS['ipRegion']).toEqual({ kind: 'string' });
    expect(TRANSACTION_FIELDS['occurredAt']).toEqual({ kind: 'instant' });
    for (const fields of [TRANSACTION_FIELDS, RISK_EVENT_FIELDS]) {
      expect(Object.keys(fields)).not.toEqual(expect.arrayContaining(['customer']));
    }
  });

  it('has the fields of every kind of risk event', () => {
    const declared = RISK_EVENT_FIELDS['kind'];
    expect(Object.keys(RISK_EVENT_KINDS)).toEqual(declared?.values);
    expect(RISK_EVENT_KINDS['str_filed']).toEqual({
      fields: ['strId', 'role', 'agentId'],
      required: ['strId', 'role'],
    });
    for (const { fields } of Object.values(RISK_EVENT_KINDS)) {
      for (const field of fields) expect(RISK_EVENT_FIELDS).toHaveProperty(field);
    }
  });
});

describe('the tables of codes', () => {
  it('hold the countries of ISO 3166-1', () => {
    expect(new Set(COUNTRY_CODES).size).toBe(249);
    const named = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
    expect(COUNTRY_CODES.filter((code) => named.of(code) === undefined)).toEqual([]);
  });

  it.each([
    ['AA', true],
    ['AB', false],
    ['QL', false],
    ['QM', true],
    ['QZ', true],
    ['XA', true],
    ['XZ', true],
    ['YA', false],
    ['ZZ', true],
    ['AN', false],
    ['CHN', false],
  ])('answer for the country %s: %s', (code, known) => {
    expect(isCountry(code)).toBe(known);
  });

  it('hold the minor units of ISO 4217', () => {
    expect(new Set(CURRENCY_CODES).size).toBe(CURRENCY_CODES.length);
    expect(['CNY', 'JPY', 'KWD', 'CLF', 'XCG'].map(minorUnits)).toEqual([2, 0, 3, 4, 2]);
    expect(['XAU', 'XXX', 'DEM', 'cny', ''].filter(isCurrency)).toEqual([]);
  });
});
