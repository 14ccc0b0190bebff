/** The six personas of guideline section 13 with their boundary variants. */
import { newDraft, setProfile, yuan, type Draft } from './draft';
import { evaluate, type Evaluation } from './evaluator';
import { dayOf } from './evaluator/calendar';
import { ASOF, p1, p2, p3, p4, p5, p6 } from './personas';

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

function rated(draft: Draft): Evaluation {
  return evaluate(draft.records, draft.asOf);
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
