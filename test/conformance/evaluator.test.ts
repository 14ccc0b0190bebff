/** The six personas of guideline section 13 with their boundary variants. */
import {
  addEvent,
  addLink,
  addPayment,
  addPayments,
  cleanEntity,
  cleanNatural,
  datesAgo,
  newDraft,
  setProfile,
  yuan,
  type Draft,
} from './draft';
import { evaluate, type Evaluation } from './evaluator';
import { DAY_MS, dayOf } from './evaluator/calendar';
import type { Attributes } from './evaluator/records';

/** Local noon of the day on which the personas are rated. */
const ASOF = Date.parse('2026-03-04T12:00:00+08:00');
const LIVES_HERE = { country: 'CN', region: '310100' };

const NP_ITEMS = 'C1 C2 C3 C4 C6 C7 G1 G2 G3 G4 B1 B2 B3 B4 B5 I1 I2 I3'.split(' ');
const EN_ITEMS = 'C1 C2 C3 C4 C5 C6 C8 G1 G2 G3 G4 B1 B2 B3 B4 B5 I1 I2 I3'.split(' ');

function expectScores(result: Evaluation, ids: string[], scores: string): void {
  expect(
    Object.fromEntries(Object.entries(result.items).map(([id, item]) => [id, item.score])),
  ).toEqual(
    Object.fromEntries(scores.split(' ').map((score, index) => [ids[index], Number(score)])),
  );
  expect(Object.values(result.items).some((item) => item.missing)).toBe(false);
}

/** `online` of `count` payments in 90 dates are online; small ones without other traits. */
function addShare(draft: Draft, online: number, count: number): void {
  addPayments(draft, online, { kind: 'trade', channel: 'online' });
  addPayments(draft, count - online, { kind: 'trade', channel: 'counter' });
}

function rated(draft: Draft): Evaluation {
  return evaluate(draft.records, draft.asOf);
}

function p1(): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, {
    ...cleanNatural(draft),
    birthDate: dayOf(1992, 1, 15),
    infoOpenness: 'audited',
    occupation: 'employee',
    industry: 'C1310',
    expectedBusiness: ['payroll'],
    netFinancialAssets: yuan(350_000),
  });
  addShare(draft, 9, 10);
  return draft;
}

function p2(changes: Attributes = {}): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, {
    ...cleanNatural(draft),
    nationality: ['XB'],
    domicile: LIVES_HERE,
    birthDate: dayOf(2005, 9, 1),
    idType: 'passport',
    idIssuer: 'XB',
    idCheck: 'foreign_verified',
    infoOpenness: 'registry',
    occupation: 'student',
    ...changes,
  });
  addPayment(draft, { kind: 'cash', channel: 'counter', amountCny: yuan(50_000) });
  addPayment(draft, {
    kind: 'remittance',
    channel: 'online',
    crossBorder: true,
    counterpartyCountry: 'XB',
    amountCny: yuan(15_000),
  });
  addPayments(draft, 2, { kind: 'trade', channel: 'online', amountCny: yuan(15_000) });
  addPayment(draft, { kind: 'trade', channel: 'counter', amountCny: yuan(5_000) });
  return draft;
}

function p3(cashFen = yuan(3_000_000)): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, {
    ...cleanEntity(draft),
    legalForm: 'sole_proprietorship',
    industry: 'F5191',
    establishedDate: dayOf(2024, 7, 1),
    infoOpenness: 'registry',
  });
  addPayment(draft, { kind: 'cash', channel: 'counter', amountCny: cashFen });
  addPayments(draft, 12, {
    direction: 'out',
    channel: 'counter',
    counterpartyKind: 'natural',
    amountCny: yuan(60_000),
  });
  for (const dates of [10, 20, 120, 200]) {
    addEvent(draft, 'alert_closed', { outcome: 'not_reported' }, datesAgo(draft, dates));
  }
  return draft;
}

function p4(opened = 5): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, {
    ...cleanEntity(draft),
    industry: 'F5181',
    establishedDate: dayOf(2025, 10, 20),
    channel: 'intermediary',
    infoOpenness: 'partial',
    nomineeShareholder: true,
    boStatus: 'verified',
    agentKind: 'unrelated',
    relationshipStart: ASOF - 100 * DAY_MS,
    parties: [{ partyId: 'o1', role: 'beneficial_owner', domicile: { country: 'XC' } }],
  });
  for (const dates of [10, 120, 200]) {
    addEvent(draft, 'alert_closed', { outcome: 'not_reported' }, datesAgo(draft, dates));
  }
  for (let account = 0; account < opened; account += 1) {
    addEvent(draft, 'account_opened', { accountId: `a${account}` }, datesAgo(draft, 40));
  }
  addPayments(draft, 15, {
    channel: 'online',
    ipRegion: '440300',
    counterpartyKind: 'natural',
    amountCny: yuan(80_000),
  });
  addPayments(draft, 2, {
    kind: 'remittance',
    channel: 'counter',
    crossBorder: true,
    counterpartyCountry: 'XC',
    counterpartyKind: 'entity',
    amountCny: yuan(900_000),
  });
  addLink(draft, 'B2.3');
  addLink(draft, 'B4.4');
  return draft;
}

function p5(): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, {
    ...cleanNatural(draft),
    nationality: ['XA'],
    domicile: LIVES_HERE,
    birthDate: dayOf(1968, 1, 1),
    idType: 'passport',
    idIssuer: 'XA',
    idCheck: 'foreign_verified',
    infoOpenness: 'registry',
    occupation: 'homemaker',
    pepStatus: 'relative',
    expectedBusiness: ['deposit'],
  });
  addPayment(draft, {
    kind: 'remittance',
    channel: 'online',
    crossBorder: true,
    counterpartyCountry: 'XA',
  });
  addPayment(draft, { kind: 'trade', channel: 'counter', product: 'private_banking' });
  return draft;
}

function p6(changes: Attributes = {}, patterns: string[] = ['B4.1', 'B4.3']): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, {
    ...cleanNatural(draft),
    birthDate: dayOf(1944, 1, 1),
    infoOpenness: 'audited',
    expectedBusiness: ['pension'],
    netFinancialAssets: yuan(200_000),
    agentKind: 'unrelated',
    ...changes,
  });
  for (const pattern of patterns) addLink(draft, pattern);
  return draft;
}

describe('the personas of section 13', () => {
  it('P1, salaried resident: 22.2, grade 1, direct low barred by X-L1', () => {
    const result = rated(p1());
    expectScores(result, NP_ITEMS, '2 1 1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1');
    expect(result).toMatchObject({
      total: '111',
      score: '22.2',
      gradeByScore: 1,
      calculatedGrade: 1,
      basis: 'scored',
      directRules: [],
    });
  });

  it('P2, foreign student: 36.4, grade 3', () => {
    const result = rated(p2());
    expectScores(result, NP_ITEMS, '3 1 3 1 1 2 1 4 3 1 2 2 3 1 1 2 1 1');
    expect(result).toMatchObject({
      total: '182',
      score: '36.4',
      gradeByScore: 3,
      calculatedGrade: 3,
    });
  });

  it('P2 aged 25: C7 1, 35.8, grade 3 (E-C7)', () => {
    const result = rated(p2({ birthDate: dayOf(2001, 3, 4) }));
    expect(result).toMatchObject({ total: '179', score: '35.8', calculatedGrade: 3 });
    expect(result.items['C7']).toEqual({ score: 1, missing: false });
  });

  it('P3, scrap trader: 42.6, grade 4', () => {
    const result = rated(p3());
    expectScores(result, EN_ITEMS, '3 1 1 2 3 1 3 1 1 1 1 5 3 1 1 3 1 1 5');
    expect(result).toMatchObject({
      total: '213',
      score: '42.6',
      gradeByScore: 4,
      calculatedGrade: 4,
      directRules: [],
    });
  });

  it('P3 with one fen less cash: B1 4, 41.2, grade 3 (E-B1)', () => {
    const result = rated(p3(yuan(2_999_999.99)));
    expect(result).toMatchObject({ total: '206', score: '41.2', calculatedGrade: 3 });
    expect(result.items['B1']?.score).toBe(4);
  });

  it('P4, shell company: 54.0, grade 5 by score, not X-H6 since the owner is known', () => {
    const result = rated(p4());
    expectScores(result, EN_ITEMS, '4 4 1 2 5 1 5 1 2 2 5 1 5 2 4 4 2 1 2');
    expect(result).toMatchObject({
      total: '270',
      score: '54.0',
      gradeByScore: 5,
      calculatedGrade: 5,
      basis: 'scored',
      directRules: [],
    });
  });

  it('P4 with 3 accounts opened: B5 3, 52.8, grade 4 (E-B5)', () => {
    const result = rated(p4(3));
    expect(result).toMatchObject({ total: '264', score: '52.8', calculatedGrade: 4 });
    expect(result.items['B5']?.score).toBe(3);
  });

  it("P5, foreign PEP's spouse: 32.0, shadow grade 2, highest by X-H2", () => {
    const result = rated(p5());
    expectScores(result, NP_ITEMS, '3 1 3 1 1 1 1 1 2 1 1 2 2 1 3 1 5 1');
    expect(result).toMatchObject({
      total: '160',
      score: '32.0',
      gradeByScore: 2,
      calculatedGrade: 5,
      basis: 'direct-highest',
      directRules: ['X-H2'],
    });
  });

  it('P6, pensioner with an agent: 26.0, grade 2, direct low barred by X-L5', () => {
    const result = rated(p6());
    expectScores(result, NP_ITEMS, '2 1 1 1 1 3 1 1 1 1 1 1 1 5 1 1 1 1');
    expect(result).toMatchObject({
      total: '130',
      score: '26.0',
      gradeByScore: 2,
      calculatedGrade: 2,
      basis: 'scored',
      directRules: [],
    });
  });

  it('P6 without a pattern: B4 3, 24.0, grade 1 by score although barred (X-L7)', () => {
    const result = rated(p6({}, []));
    expect(result).toMatchObject({
      total: '120',
      score: '24.0',
      calculatedGrade: 1,
      basis: 'scored',
    });
    expect(result.items['B4']?.score).toBe(3);
  });

  it('P6 with a proven daughter as agent: B4 2, direct low allowed (X-L0, X-L5)', () => {
    const result = rated(p6({ agentKind: 'relative', kinship: true }, []));
    expect(result).toMatchObject({
      total: '115',
      calculatedGrade: 1,
      basis: 'direct-lowest',
      directRules: ['X-L0'],
    });
    expect(result.items['B4']?.score).toBe(2);
  });

  it('P6 with a proven daughter and one fen too much: barred, 23.0, grade 1 (X-L1)', () => {
    const result = rated(
      p6({ agentKind: 'relative', kinship: true, netFinancialAssets: yuan(200_000.01) }, []),
    );
    expect(result).toMatchObject({
      total: '115',
      score: '23.0',
      calculatedGrade: 1,
      basis: 'scored',
      directRules: [],
    });
  });
});

describe('a customer of whom little is known', () => {
  it('is not rated without customer_kind (12.7)', () => {
    const draft = newDraft(ASOF);
    setProfile(draft, { infoOpenness: 'public' });
    expect(rated(draft)).toMatchObject({ segment: null, items: {} });
  });

  it.each([
    ['natural', 'NP', '279', '55.8'],
    ['entity', 'EN', '295', '59.0'],
    ['sole_trader', 'EN', '295', '59.0'],
  ])(
    'scores grade 5 when only the kind %s is stated (12.7)',
    (customerKind, segment, total, score) => {
      const draft = newDraft(ASOF);
      setProfile(draft, { customerKind });
      expect(rated(draft)).toMatchObject({
        segment,
        total,
        score,
        gradeByScore: 5,
        calculatedGrade: 5,
      });
      expect(rated(draft).marks).toEqual(['unconfirmed-default']);
    },
  );
});
