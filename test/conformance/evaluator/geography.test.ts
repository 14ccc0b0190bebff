import { addPayment, cleanNatural, newDraft, setProfile, type Draft } from '../draft';
import { evaluate } from '../evaluator';
import { dayOf } from './calendar';
import type { ListOverrides } from './lists';
import type { Attributes } from './records';

const NOON = 'T12:00:00+08:00';

function natural(set: Attributes = {}, date = '2026-03-04'): Draft {
  const draft = newDraft(Date.parse(date + NOON));
  setProfile(draft, { ...cleanNatural(draft), ...set });
  return draft;
}

function score(draft: Draft, id: string, lists?: ListOverrides): number | undefined {
  return evaluate(draft.records, draft.asOf, lists).items[id]?.score;
}

describe('geography sub-items', () => {
  it("scores an owner's domicile like an own one (E-G0)", () => {
    const owner = { partyId: 'o', role: 'beneficial_owner', domicile: { country: 'XB' } };
    expect(score(natural({ parties: [owner] }), 'G2')).toBe(4);
    expect(score(natural({ parties: [{ ...owner, role: 'shareholder' }] }), 'G2')).toBe(1);
  });

  it('counts a country one lower from 20 % of the turnover and ignores it at 19.99 % (E-G0)', () => {
    const share = (fen: number): number | undefined => {
      const draft = natural();
      addPayment(draft, { kind: 'trade', counterpartyCountry: 'XB', amountCny: fen });
      addPayment(draft, { kind: 'trade', amountCny: 10_000 - fen });
      return score(draft, 'G2');
    };
    expect(share(2000)).toBe(3);
    expect(share(1999)).toBe(1);
  });

  it('scores a comprehensive regime 5, one only of a country with jurisdiction 3 (E-G1)', () => {
    expect(score(natural({ nationality: ['XD'] }), 'G1')).toBe(5);
    expect(score(natural({ nationality: ['XF'] }), 'G1')).toBe(3);
  });

  it('scores a country that left a FATF list 3 for 24 full months, then its own level (E-G2)', () => {
    const left = { g1: 1, g2: 1, g3: 2, offshore: false, leftFatfOn: dayOf(2024, 3, 4) };
    const lists = { countryRisk: { XZ: left } };
    expect(score(natural({ nationality: ['XZ'] }, '2026-03-03'), 'G2', lists)).toBe(3);
    expect(score(natural({ nationality: ['XZ'] }, '2026-03-04'), 'G2', lists)).toBe(1);
  });

  it('raises places in a region under a warning and no others (E-G3)', () => {
    const lists = { regionRisk: { '310000': 4 } };
    const at = (region: string): Attributes => ({ domicile: { country: 'CN', region } });
    expect(score(natural(at('310115')), 'G3', lists)).toBe(4);
    expect(score(natural(at('320100')), 'G3', lists)).toBe(1);
    expect(score(natural(at('310115')), 'G3', { regionRisk: { '310100': 3 } })).toBe(3);
    expect(score(natural(at('310101')), 'G3', { regionRisk: { '310115': 3 } })).toBe(1);
  });

  it('scores an owner in an offshore centre 5, another prefecture of the province 2 (E-G4)', () => {
    const owner = { partyId: 'o', role: 'controller', nationality: ['XC'] };
    expect(score(natural({ parties: [owner] }), 'G4')).toBe(5);
    const at = (region: string): Attributes => ({
      branchRegion: '320100',
      domicile: { country: 'CN', region },
    });
    expect(
      ['320102', '320500', '310115'].map((region) => score(natural(at(region)), 'G4')),
    ).toEqual([1, 2, 3]);
  });

  it('takes the nearest place, abroad 4, and no distance from a place without region (E-G4)', () => {
    const abroad = { country: 'XA' };
    expect(score(natural({ domicile: abroad }), 'G4')).toBe(4);
    const near = { country: 'CN', region: '310101' };
    expect(score(natural({ domicile: abroad, registration: near }), 'G4')).toBe(1);
    const { items } = ((draft: Draft) => evaluate(draft.records, draft.asOf))(
      natural({ domicile: { country: 'CN' } }),
    );
    expect(items['G4']).toEqual({ score: 4, missing: true });
  });
});
