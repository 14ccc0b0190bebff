import type { Attributes } from './evaluator/records';
import { addEvent, yuan } from './draft';
import { DAY_MS, dayOf } from './evaluator/calendar';
import { entity, methodology, natural, NOON, type Facts, type Given } from './rules.fixture';
import { rateByCore } from './core';
import { p2, p3, p4, p6 } from './personas';
import { differingOrders, ordersByGrade, reviewsOfCleared } from './mutants/orders';

/** The guideline's own examples of sections 5 and 8, and the bands, on the shipped methodology. */

const event =
  (kind: string, fields = {}, days = 1): Facts =>
  (draft) =>
    addEvent(draft, kind, fields, draft.asOf - days * DAY_MS);

/** A resident pensioner, free of all six disqualifiers. */
const PENSIONER: Attributes = { expectedBusiness: ['pension'], netFinancialAssets: yuan(200_000) };
const pensioner = (set: Attributes = {}, facts?: Facts, without?: Given['without']): string =>
  natural({
    set: { ...PENSIONER, ...set },
    ...(facts && { facts }),
    ...(without && { without }),
  }).basis;

describe('direct low', () => {
  it('takes a low-risk type with all six known to be false, and none with one unknown (X-L0)', () => {
    expect(pensioner()).toBe('direct-lowest');
    expect(pensioner({}, undefined, ['cdd'])).toBe('scored');
    expect(pensioner({ expectedBusiness: ['deposit'] })).toBe('scored');
    expect(entity({ set: { legalForm: 'state_organ' } }).rule).toBe('X-L0');
  });

  it('is free at 200,000.00 yuan of net financial assets and barred at 200,000.01 (X-L1)', () => {
    expect(pensioner({ netFinancialAssets: 20_000_001 })).toBe('scored');
    const organ = (netFinancialAssets: number): string =>
      entity({ set: { legalForm: 'state_organ', netFinancialAssets } }).basis;
    expect([organ(50_000_000), organ(50_000_001)]).toEqual(['direct-lowest', 'scored']);
  });

  it('is free at a premium of USD 1,000.00 and barred at 1,000.01 (X-L1)', () => {
    const premium = (amount: number): string =>
      pensioner({ annualPremium: { amount, currency: 'USD' } });
    expect([premium(100_000), premium(100_001)]).toEqual(['direct-lowest', 'scored']);
  });

  it('is barred by the use of trust (X-L2)', () => {
    const organ = { legalForm: 'state_organ' };
    expect(entity({ set: organ }).basis).toBe('direct-lowest');
    expect(entity({ set: { ...organ, usedBusiness: ['trust'] } }).basis).toBe('scored');
  });

  it('is barred by a foreign passport; a permit issued in the mainland bars non-residents only (X-L3)', () => {
    expect(pensioner({ idType: 'passport', idIssuer: 'XA' })).toBe('scored');
    const organ = { legalForm: 'state_organ' };
    expect(entity({ set: { ...organ, residency: 'non_resident' } }).basis).toBe('scored');
    expect(pensioner({ idType: 'hkmo_permit', idIssuer: 'CN' })).toBe('direct-lowest');
  });

  it('is barred by one suspicious transaction report of any age and role (X-L4)', () => {
    expect(pensioner({}, event('str_filed', { strId: 's1', role: 'counterparty' }, 4000))).toBe(
      'scored',
    );
  });

  it('is free with a daughter whose kinship is proven and barred by a neighbour (X-L5)', () => {
    expect(pensioner({ agentKind: 'relative', kinship: true })).toBe('direct-lowest');
    expect(pensioner({ agentKind: 'relative', kinship: false })).toBe('scored');
    expect(pensioner({ agentKind: 'unrelated' })).toBe('scored');
  });

  it('is barred by refused due diligence, which is direct highest too, not by a delay (X-L6, X-P)', () => {
    expect(pensioner({ cdd: 'delayed' })).toBe('direct-lowest');
    expect(pensioner({ cdd: 'refused' })).toBe('direct-highest');
  });

  it('leaves a barred customer the lowest grade by score (X-L7)', () => {
    const draft = p6({}, []);
    const rating = rateByCore(methodology, draft.records, draft.asOf);
    expect(rating).toMatchObject({ score: '24.0', calculatedGrade: 1, basis: 'scored' });
  });
});

describe('direct highest', () => {
  it('holds on a control-list hit, keeps the score, and ends when the hit is cleared (X-H1, X-H0)', () => {
    const hit = event('control_list_hit', { entryId: 'l1' }, 2);
    const rating = natural({ facts: hit });
    expect(rating).toMatchObject({ rule: 'X-H1', calculatedGrade: 5, gradeByScore: 1 });
    const cleared: Facts = (draft) => {
      hit(draft);
      event('control_list_cleared', { entryId: 'l1' })(draft);
    };
    expect(natural({ facts: cleared }).directRules).toEqual([]);
  });

  it('holds for a spouse, and 11 months after office, not 12 (X-H2)', () => {
    expect(natural({ set: { pepStatus: 'relative' } }).rule).toBe('X-H2');
    const left = (day: number): readonly string[] =>
      natural({ set: { pepStatus: 'foreign_pep', leftOffice: day } }).directRules;
    expect(left(dayOf(2025, 3, 5))).toEqual(['X-H2']);
    expect(left(dayOf(2025, 3, 4))).toEqual([]);
  });

  it('holds for a firm whose owner is a listed person (X-H3)', () => {
    const owner = { partyId: 'o1', role: 'beneficial_owner', controlListed: true };
    expect(entity({ set: { parties: [owner] } })).toMatchObject({ rule: 'X-H3', gradeByScore: 1 });
  });

  it('holds with 2 reports in 730 days, not with 1, nor when the older is 730 days old (X-H4)', () => {
    const reports =
      (...days: number[]): Facts =>
      (draft) =>
        days.forEach((age) =>
          event('str_filed', { strId: `s${age}`, role: 'subject' }, age)(draft),
        );
    expect(natural({ facts: reports(1) }).directRules).toEqual([]);
    expect(natural({ facts: reports(1, 729) }).directRules).toEqual(['X-H4']);
    expect(natural({ facts: reports(1, 730) }).directRules).toEqual([]);
  });

  it('adjusts the grade when a second report is filed, in one published result (P-4)', () => {
    const facts: Facts = (draft) => {
      event('str_filed', { strId: 's1', role: 'subject' }, 30)(draft);
      event('str_filed', { strId: 's2', role: 'subject' }, 0)(draft);
    };
    expect(natural({ facts })).toMatchObject({
      grade: 5,
      measures: ['M-E1', 'M-E2', 'M-E3', 'M-E4', 'M-E5', 'M-E6', 'M-E9'],
    });
  });

  it('holds when due diligence is refused, not when it is delayed (X-H5)', () => {
    expect(natural({ set: { cdd: 'refused' } }).rule).toBe('X-H5');
    expect(natural({ set: { cdd: 'delayed' } }).directRules).toEqual([]);
  });

  it('holds when the owner of an entity is unidentified after 30 days, not after 29 (X-H6)', () => {
    const after = (ms: number): readonly string[] =>
      entity({ set: { boStatus: 'unknown', relationshipStart: NOON - ms } }).directRules;
    expect(after(30 * DAY_MS - 1)).toEqual([]);
    expect(after(30 * DAY_MS)).toEqual(['X-H6']);
  });

  it('leaves the highest grade to the score where no rule holds: R 54.0 (X-H7)', () => {
    const draft = p4();
    const rating = rateByCore(methodology, draft.records, draft.asOf);
    expect(rating).toMatchObject({ score: '54.0', calculatedGrade: 5, basis: 'scored' });
  });
});

describe('bands', () => {
  it('gives 42.0 and more grade 4 and less grade 3, and the score R = S / 5 (W-7, W-8)', () => {
    const grades = [p3(), p3(299_999_999), p2({ birthDate: dayOf(2001, 3, 4) })].map((draft) => {
      const rating = rateByCore(methodology, draft.records, draft.asOf);
      return [rating?.score, rating?.gradeByScore];
    });
    expect(grades).toEqual([
      ['42.6', 4],
      ['41.2', 3],
      ['35.8', 3],
    ]);
  });

  it('scores from 20 where every sub-item has 1 (W-6, W-7)', () => {
    expect([natural().score, entity().score]).toEqual(['20.0', '20.0']);
  });
});

describe('measures that follow the grade', () => {
  const { measures } = ordersByGrade(methodology);

  it('orders enhanced ones at grade 5 in the same change (M-0, M-E0, M-E1, M-E2, M-E3, M-E4, M-E5, M-E6, M-E9)', () => {
    expect(measures[5]).toEqual(['M-E1', 'M-E2', 'M-E3', 'M-E4', 'M-E5', 'M-E6', 'M-E9']);
    expect(measures[4]).toEqual(['M-E2', 'M-E3', 'M-E5']);
  });

  it('orders simplified ones at grade 1 alone (M-S0, M-S1, M-S2, M-S3, M-S4, P-1)', () => {
    expect(measures[1]).toEqual(['M-S1', 'M-S2', 'M-S3', 'M-S4']);
    expect([measures[2], measures[3]]).toEqual([[], []]);
  });

  it('reviews grade 5/4/3/2/1 after 6/12/24/36/36 months, the first time at most after 36 (T-2, T-3)', () => {
    expect(ordersByGrade(methodology).reviewDueOn).toEqual({
      1: dayOf(2029, 3, 4),
      2: dayOf(2029, 3, 4),
      3: dayOf(2028, 3, 4),
      4: dayOf(2027, 3, 4),
      5: dayOf(2026, 9, 4),
    });
  });

  it('reviews for the first time 36 months after the first rating, whatever the ladder says (T-3)', () => {
    const [listed, cleared] = reviewsOfCleared(methodology).slice(-2);
    expect([listed, cleared]).toEqual([dayOf(2026, 9, 4), dayOf(2029, 3, 4)]);
  });

  it('shortens the clock by an upward change and never postpones what is due (T-4)', () => {
    expect(differingOrders(methodology)).toBeUndefined();
  });
});
