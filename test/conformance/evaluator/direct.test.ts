import {
  addEvent,
  addLink,
  cleanEntity,
  cleanNatural,
  newDraft,
  setProfile,
  yuan,
  type Draft,
} from '../draft';
import { evaluate } from '../evaluator';
import { DAY_MS, dayOf } from './calendar';
import type { Attributes } from './records';

const ASOF = Date.parse('2026-03-04T12:00:00+08:00');

function natural(set: Attributes = {}): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, { ...cleanNatural(draft), ...set });
  return draft;
}

function entity(set: Attributes = {}): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, { ...cleanEntity(draft), ...set });
  return draft;
}

function organ(set: Attributes = {}): Draft {
  return entity({ legalForm: 'state_organ', ...set });
}

function pensioner(set: Attributes = {}): Draft {
  return natural({ expectedBusiness: ['pension'], ...set });
}

/** A draft whose profile lacks the named attributes. */
function without(draft: Draft, ...names: string[]): Draft {
  const { id, institution, customer } = setProfile(newDraft(ASOF), {}, ASOF, 'zz');
  draft.records.push({
    type: 'profile-change',
    id,
    institution,
    customer,
    occurredAt: ASOF,
    clear: names,
  });
  return draft;
}

function rules(draft: Draft): string[] {
  return evaluate(draft.records, ASOF).directRules;
}

const LOW = ['X-L0'];

describe('industry and identity', () => {
  const scores = (draft: Draft): (number | undefined)[] => {
    const { items } = evaluate(draft.records, ASOF);
    return [items['I1']?.score, items['I2']?.score, items['I3']?.score];
  };

  it('scores jewellery retail 4 and clothes 1 (I-1)', () => {
    expect(scores(entity({ industry: 'F5245' }))[0]).toBe(4);
    expect(scores(entity({ industry: 'F5232' }))[0]).toBe(1);
  });

  it('scores scrap recovery 5 and software 1 (I-3)', () => {
    expect(scores(entity({ industry: 'F5191' }))[2]).toBe(5);
    expect(scores(entity({ industry: 'I6513' }))[2]).toBe(1);
  });

  it('scores employees two lower, owners in full, others by occupation (I-1, I-3)', () => {
    expect(scores(natural({ occupation: 'employee', industry: 'F5191' }))[2]).toBe(3);
    expect(scores(natural({ occupation: 'owner', industry: 'F5191' }))[2]).toBe(5);
    expect(scores(natural({ occupation: 'student', industry: 'F5191' }))).toEqual([2, 1, 1]);
    expect(scores(natural({ occupation: 'employee', industry: 'C1310', gaming: true }))).toEqual([
      3, 1, 3,
    ]);
  });

  it('scores no link 1 and a foreign PEP 5, who is also highest (I-2, X-H2)', () => {
    expect(scores(natural())[1]).toBe(1);
    expect(scores(natural({ pepStatus: 'foreign_pep' }))[1]).toBe(5);
    expect(rules(natural({ pepStatus: 'foreign_pep' }))).toEqual(['X-H2']);
  });

  it('stays highest 11 months after office and scores 4 from the 12th (I-2, X-H2)', () => {
    const left = (day: number): Draft => natural({ pepStatus: 'foreign_pep', leftOffice: day });
    expect(rules(left(dayOf(2025, 3, 5)))).toEqual(['X-H2']);
    expect(rules(left(dayOf(2025, 3, 4)))).toEqual([]);
    expect(scores(left(dayOf(2025, 3, 4)))[1]).toBe(4);
  });
});

describe('direct highest', () => {
  it('holds from a hit until that entry is cleared (X-H1)', () => {
    const draft = natural();
    addEvent(draft, 'control_list_hit', { entryId: 'l1' }, ASOF - 2 * DAY_MS);
    addEvent(draft, 'control_list_cleared', { entryId: 'l2' });
    expect(rules(draft)).toEqual(['X-H1']);
    addEvent(draft, 'control_list_cleared', { entryId: 'l1' });
    expect(rules(draft)).toEqual([]);
  });

  it('takes a spouse, a confirmed hit, and kin among the parties (X-H2)', () => {
    expect(rules(natural({ pepStatus: 'relative' }))).toEqual(['X-H2']);
    const hit = natural();
    addEvent(hit, 'pep_confirmed', {}, ASOF - DAY_MS, 'b');
    addEvent(hit, 'pep_cleared', {}, ASOF - DAY_MS, 'a');
    expect(rules(hit)).toEqual(['X-H2']);
    const kin = { partyId: 'k', role: 'relative', pepStatus: 'foreign_pep' };
    expect(rules(natural({ parties: [kin] }))).toEqual(['X-H2']);
    expect(rules(natural({ parties: [{ ...kin, pepStatus: 'domestic_pep' }] }))).toEqual([]);
  });

  it('takes a listed or exposed owner, or one who is a listed customer (X-H3)', () => {
    const owner = { partyId: 'o', role: 'beneficial_owner' };
    expect(rules(entity({ parties: [{ ...owner, controlListed: true }] }))).toEqual(['X-H3']);
    expect(rules(entity({ parties: [{ ...owner, pepStatus: 'associate' }] }))).toEqual(['X-H3']);
    const linked = entity();
    addLink(linked, 'X-H3');
    expect(rules(linked)).toEqual(['X-H3']);
  });

  it('needs 2 reports in 730 days; at 730 days the older is out (X-H4)', () => {
    const reported = (olderMs: number): Draft => {
      const draft = natural();
      addEvent(draft, 'str_filed', { strId: 's1', role: 'subject' });
      addEvent(draft, 'str_filed', { strId: 's2', role: 'subject' }, ASOF - olderMs);
      return draft;
    };
    expect(rules(reported(730 * DAY_MS - 1))).toEqual(['X-H4']);
    expect(rules(reported(730 * DAY_MS))).toEqual([]);
  });

  it('holds when due diligence is refused and not when it is delayed (X-H5)', () => {
    const draft = natural();
    addEvent(draft, 'cdd_changed', { cdd: 'delayed' });
    expect(rules(draft)).toEqual([]);
    addEvent(draft, 'cdd_changed', { cdd: 'refused' }, ASOF);
    expect(rules(draft)).toEqual(['X-H5']);
  });

  it('waits 30 days for the owner of an entity (X-H6)', () => {
    const unknown = (ageMs: number): Draft =>
      entity({ boStatus: 'unknown', relationshipStart: ASOF - ageMs });
    expect(rules(unknown(30 * DAY_MS - 1))).toEqual([]);
    expect(rules(unknown(30 * DAY_MS))).toEqual(['X-H6']);
  });

  it('takes a forbidden place and a freeze of any age, not an inquiry (X-H6)', () => {
    expect(rules(natural({ nationality: ['CN', 'XD'] }))).toEqual(['X-H6']);
    const draft = natural();
    addEvent(draft, 'judicial_inquiry', { measure: 'inquiry' });
    expect(rules(draft)).toEqual([]);
    addEvent(draft, 'judicial_inquiry', { measure: 'freeze' }, ASOF - 4000 * DAY_MS);
    expect(rules(draft)).toEqual(['X-H6']);
  });

  it('takes a comprehensive regime without a FATF call, and the reverse (X-H6)', () => {
    const country = { g1: 1, g2: 1, g3: 1, offshore: false };
    const ruled = (risk: typeof country): string[] =>
      evaluate(natural({ nationality: ['XZ'] }).records, ASOF, { countryRisk: { XZ: risk } })
        .directRules;
    expect(ruled({ ...country, g1: 5 })).toEqual(['X-H6']);
    expect(ruled({ ...country, g2: 5 })).toEqual(['X-H6']);
    expect(ruled({ ...country, g1: 4, g2: 4, g3: 5 })).toEqual([]);
  });

  it('goes before direct low (X-P)', () => {
    expect(evaluate(organ({ cdd: 'refused' }).records, ASOF)).toMatchObject({
      directRules: ['X-H5'],
      calculatedGrade: 5,
      basis: 'direct-highest',
    });
  });
});

describe('direct low', () => {
  it('takes listed types with all six known false, and no others (X-L0)', () => {
    expect(rules(organ())).toEqual(LOW);
    expect(rules(pensioner())).toEqual(LOW);
    expect(rules(natural())).toEqual([]);
    expect(rules(pensioner({ usedBusiness: ['deposit'] }))).toEqual([]);
    expect(rules(without(organ(), 'cdd'))).toEqual([]);
  });

  it.each([
    ['natural', pensioner, 200_000],
    ['sole trader', (set: Attributes) => organ({ customerKind: 'sole_trader', ...set }), 200_000],
    ['entity', organ, 500_000],
  ])('lets a %s have exactly the limit of assets (X-L1)', (_, make, limit) => {
    expect(rules(make({ netFinancialAssets: yuan(limit) }))).toEqual(LOW);
    expect(rules(make({ netFinancialAssets: yuan(limit) + 1 }))).toEqual([]);
    expect(rules(without(make({}), 'netFinancialAssets'))).toEqual([]);
  });

  it.each([
    ['annual, CNY', 10_000, 'CNY', 'annualPremium', {}],
    ['annual, USD', 1_000, 'USD', 'annualPremium', {}],
    ['single, CNY', 200_000, 'CNY', 'singlePremium', { premiumCash: false }],
    ['single, USD', 20_000, 'USD', 'singlePremium', { premiumCash: false }],
    ['single in cash, CNY', 10_000, 'CNY', 'singlePremium', { premiumCash: true }],
    ['single in cash, USD', 1_000, 'USD', 'singlePremium', { premiumCash: true }],
  ])('lets a premium have exactly the limit: %s (X-L1)', (_, limit, currency, name, more) => {
    const premium = (fen: number): Draft =>
      pensioner({ [name]: { amount: fen, currency }, ...more });
    expect(rules(premium(limit * 100))).toEqual(LOW);
    expect(rules(premium(limit * 100 + 1))).toEqual([]);
  });

  it('takes absent premiums as none, except at an insurer (X-L1)', () => {
    expect(rules(organ({ institutionType: 'bank' }))).toEqual(LOW);
    expect(rules(organ({ institutionType: 'insurance' }))).toEqual([]);
    const none = { amount: 0, currency: 'CNY' };
    expect(
      rules(organ({ institutionType: 'insurance', annualPremium: none, singlePremium: none })),
    ).toEqual(LOW);
  });

  it('bars trust and what is not stated (X-L2)', () => {
    expect(rules(organ({ usedBusiness: ['trust'] }))).toEqual([]);
    expect(rules(without(organ(), 'expectedBusiness'))).toEqual([]);
    expect(rules(organ({ expectedBusiness: [] }))).toEqual(LOW);
  });

  it('bars a foreign passport and non-residents, not a permit issued in the mainland (X-L3)', () => {
    expect(rules(pensioner({ idType: 'passport', idIssuer: 'XA' }))).toEqual([]);
    expect(
      rules(pensioner({ nationality: ['HK'], idType: 'hkmo_permit', idIssuer: 'CN' })),
    ).toEqual(LOW);
    expect(rules(organ({ residency: 'non_resident' }))).toEqual([]);
  });

  it('bars one report of any age and role (X-L4)', () => {
    const draft = organ();
    addEvent(draft, 'str_filed', { strId: 's', role: 'counterparty' }, ASOF - 5000 * DAY_MS);
    expect(rules(draft)).toEqual([]);
  });

  it('lets proven kin, guardians and professionals act, not neighbours (X-L5)', () => {
    expect(rules(pensioner({ agentKind: 'relative', kinship: true }))).toEqual(LOW);
    expect(rules(pensioner({ agentKind: 'relative' }))).toEqual([]);
    expect(rules(pensioner({ agentKind: 'guardian' }))).toEqual(LOW);
    expect(rules(pensioner({ agentKind: 'professional' }))).toEqual(LOW);
    expect(rules(pensioner({ agentKind: 'unrelated' }))).toEqual([]);
    expect(rules(pensioner({ agentKind: 'nonprofessional_intermediary' }))).toEqual([]);
  });

  it('is not barred by delayed due diligence, only by a refusal (X-L6)', () => {
    expect(rules(organ({ cdd: 'delayed' }))).toEqual(LOW);
    expect(rules(organ({ cdd: 'refused' }))).toEqual(['X-H5']);
  });
});

describe('marks', () => {
  it('says identity-only in the first 90 days and by-reference for who may follow (12.7, P-10)', () => {
    const marks = (set: Attributes): string[] => evaluate(natural(set).records, ASOF).marks;
    expect(marks({ relationshipStart: ASOF - 90 * DAY_MS })).toEqual(['unconfirmed-default']);
    expect(
      marks({ relationshipStart: ASOF - 90 * DAY_MS + 1, institutionType: 'payment' }),
    ).toEqual(['by-reference', 'identity-only', 'unconfirmed-default']);
  });
});
