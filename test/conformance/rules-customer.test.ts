import { addEvent, addPayment, datesAgo, yuan } from './draft';
import { DAY_MS, dayOf } from './evaluator/calendar';
import {
  entity,
  isMissing,
  methodology,
  natural,
  NOON,
  scoreOf,
  type Facts,
} from './rules.fixture';
import { compiled, shippedDocument } from '../support/methodologies';

/** The guideline's own examples of sections 1 and 2 (customer, geography), on the shipped methodology. */

const str =
  (days: number, strId = `s${days}`): Facts =>
  (draft) =>
    addEvent(draft, 'str_filed', { strId, role: 'subject' }, draft.asOf - days * DAY_MS);

describe('customer sub-items', () => {
  it('scores a listed company 1 and a partly closed foreign registry 4 (E-C1)', () => {
    const listed = entity({ set: { listingMic: 'XSHG' }, without: ['infoOpenness'] });
    expect(scoreOf(listed, 'C1')).toBe(1);
    expect(scoreOf(entity({ set: { infoOpenness: 'partial' } }), 'C1')).toBe(4);
  });

  it('scores counter, affiliate and intermediary 1, 2 and 4 (E-C2)', () => {
    const scores = ['counter', 'affiliate', 'intermediary'].map((channel) =>
      scoreOf(natural({ set: { channel } }), 'C2'),
    );
    expect(scores).toEqual([1, 2, 4]);
  });

  it('takes an ID valid to 2026-03-04 as valid that day and as expired on 03-05 (E-C3)', () => {
    const set = { idExpiry: dayOf(2026, 3, 4) };
    expect(scoreOf(natural({ set }), 'C3')).toBe(1);
    expect(scoreOf(natural({ set, asOf: NOON + DAY_MS }), 'C3')).toBe(5);
  });

  it('scores a suspicious transaction report of 364 days 4 and of 365 days 3 (E-C4)', () => {
    expect(scoreOf(natural({ facts: str(364) }), 'C4')).toBe(4);
    expect(scoreOf(natural({ facts: str(365) }), 'C4')).toBe(3);
  });

  it('merges two records of one report, keeping the earlier date (S-4)', () => {
    const facts: Facts = (draft) => {
      str(365, 's1')(draft);
      str(10, 's1')(draft);
    };
    expect(scoreOf(natural({ facts }), 'C4')).toBe(3);
    expect(natural({ facts }).directRules).toEqual([]);
  });

  it('scores 3 layers of ownership 3, 4 layers 4, a nominee 5 (E-C5)', () => {
    expect(scoreOf(entity({ set: { ownershipLayers: 3 } }), 'C5')).toBe(3);
    expect(scoreOf(entity({ set: { ownershipLayers: 4 } }), 'C5')).toBe(4);
    expect(scoreOf(entity({ set: { nomineeShareholder: true } }), 'C5')).toBe(5);
  });

  it('counts a penalty of 1,094 days and not of 1,095 (E-C6)', () => {
    const penalty =
      (days: number): Facts =>
      (draft) =>
        addEvent(draft, 'penalty', {}, draft.asOf - days * DAY_MS);
    expect(scoreOf(natural({ facts: penalty(1094) }), 'C6')).toBe(4);
    expect(scoreOf(natural({ facts: penalty(1095) }), 'C6')).toBe(1);
  });

  it('counts a notice about the financing of terrorism like any other (P-0)', () => {
    const facts: Facts = (draft) => addEvent(draft, 'law_enforcement_notice');
    expect(scoreOf(natural({ facts }), 'C6')).toBe(5);
  });

  it('scores who was born on 2008-03-04 as 17 the day before the birthday, as 18 on it (E-C7)', () => {
    const set = { birthDate: dayOf(2008, 3, 4) };
    expect(scoreOf(natural({ set, asOf: NOON - DAY_MS }), 'C7')).toBe(4);
    expect(scoreOf(natural({ set }), 'C7')).toBe(2);
  });

  it('scores what was founded on 2025-09-04 as 5 months old on 03-03, as 6 on 03-04 (E-C8)', () => {
    const set = { establishedDate: dayOf(2025, 9, 4) };
    expect(scoreOf(entity({ set, asOf: NOON - DAY_MS }), 'C8')).toBe(5);
    expect(scoreOf(entity({ set }), 'C8')).toBe(4);
  });

  it('scores each of C1 to C8 and gives no final rating without any (E-C0, S-8)', () => {
    const known = natural();
    expect(
      known.items.filter(({ id }) => id.startsWith('C')).map(({ missing }) => missing),
    ).toEqual(Array(6).fill(false));
    const unknown = natural({
      without: ['infoOpenness', 'channel', 'idCheck', 'lastScreened', 'birthDate'],
    });
    expect(unknown.items.filter(({ missing }) => missing).map(({ id }) => id)).toEqual([
      'C1',
      'C2',
      'C3',
      'C6',
      'C7',
    ]);
    expect(unknown.status).toBe('preliminary');
  });

  it('scores a gap with the missing score and a flag, never 0 (S-6)', () => {
    const gap = natural({ without: ['occupation'] });
    expect([scoreOf(gap, 'I1'), isMissing(gap, 'I1')]).toEqual([3, true]);
  });

  it('uses a profile of its own for natural persons and for all others, each totalling 100 (E-1)', () => {
    const items = [natural(), entity()].map((rating) => rating.items.map(({ id }) => id));
    expect(items.map((ids) => ['C5', 'C7', 'C8'].filter((id) => ids.includes(id)))).toEqual([
      ['C7'],
      ['C5', 'C8'],
    ]);
    expect([natural().total.sum, entity().total.sum]).toEqual(['100', '100']);
  });
});

describe('geography sub-items', () => {
  const owner = (country: string) => ({
    parties: [{ partyId: 'o1', role: 'beneficial_owner', domicile: { country } }],
  });
  /** `part` of 10,000.00 yuan goes to a country. */
  const turnover =
    (part: number, counterpartyCountry: string): Facts =>
    (draft) => {
      addPayment(draft, { kind: 'trade', amountCny: part, counterpartyCountry });
      addPayment(draft, { kind: 'trade', amountCny: yuan(10_000) - part });
    };

  it('scores the domicile of an owner in full and 20% of turnover one lower, 19.99% not at all (E-G0)', () => {
    expect(scoreOf(entity({ set: owner('XB') }), 'G2')).toBe(4);
    expect(scoreOf(natural({ facts: turnover(yuan(2000), 'XB') }), 'G2')).toBe(3);
    expect(scoreOf(natural({ facts: turnover(yuan(1999), 'XB') }), 'G2')).toBe(1);
  });

  it('scores a comprehensive regime 5 and one only of a country with jurisdiction 3 (E-G1)', () => {
    expect(scoreOf(natural({ set: { nationality: ['XD'] } }), 'G1')).toBe(5);
    expect(scoreOf(natural({ set: { nationality: ['XF'] } }), 'G1')).toBe(3);
  });

  it('scores a country that left a FATF list 23 months ago 3, 24 months ago 1 (E-G2)', () => {
    const document = shippedDocument('cn-aml-bank');
    const rows = { XA: { g1: 1, g2: 1, g3: 2, offshore: false, leftFatfOn: '2024-03-04' } };
    Object.assign(document.lists?.['countryRisk']?.rows ?? {}, rows);
    const left = compiled(document);
    const set = { nationality: ['XA'] };
    expect(scoreOf(natural({ set, asOf: NOON - DAY_MS }, left), 'G2')).toBe(3);
    expect(scoreOf(natural({ set }, left), 'G2')).toBe(1);
  });

  it('raises a place in region 310115 by a warning for 310000, and not one in 320100 (E-G3)', () => {
    const document = shippedDocument('cn-aml-bank');
    Object.assign(document.lists?.['regionRisk']?.rows ?? {}, { '31': 4 });
    const warned = compiled(document);
    const at = (region: string) => ({ domicile: { country: 'CN', region } });
    expect(scoreOf(natural({ set: at('310115') }, warned), 'G3')).toBe(4);
    expect(scoreOf(natural({ set: at('320100') }, warned), 'G3')).toBe(1);
  });

  it('scores an owner in an offshore centre 5, another prefecture of the province 2 (E-G4)', () => {
    expect(scoreOf(entity({ set: owner('XC') }), 'G4')).toBe(5);
    const set = { branchRegion: '320100', domicile: { country: 'CN', region: '320500' } };
    expect(scoreOf(natural({ set }), 'G4')).toBe(2);
  });
});

describe('principles', () => {
  it('traces every point to a sub-item: contributions add up to the score (P-7, W-7)', () => {
    const rating = natural({ set: { channel: 'video' }, facts: str(10) });
    const points = rating.items.reduce((sum, { contribution }) => sum + Number(contribution), 0);
    expect(points.toFixed(1)).toBe(rating.score);
    expect(rating.items.every(({ rules }) => rules.length > 0)).toBe(true);
  });

  it('marks every rating of the unconfirmed default, and none of a confirmed one (W-5)', () => {
    const document = shippedDocument('cn-aml-bank');
    const confirmed = compiled({
      ...document,
      governance: { ...document.governance, confirmedBy: 'the board' },
    });
    expect(natural({}, methodology).marks).toEqual(['unconfirmed-default']);
    expect(natural({}, confirmed).marks).toEqual([]);
  });

  it('counts alerts of 365 local dates, the oldest included (E-C4)', () => {
    const alerts =
      (dates: number): Facts =>
      (draft) => {
        for (let n = 0; n < 3; n += 1) {
          addEvent(draft, 'alert_closed', { outcome: 'reported' }, datesAgo(draft, dates));
        }
      };
    expect(scoreOf(natural({ facts: alerts(364) }), 'C4')).toBe(2);
    expect(scoreOf(natural({ facts: alerts(365) }), 'C4')).toBe(1);
  });
});
