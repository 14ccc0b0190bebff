import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { MethodologyDocument } from './document';
import { checkFramework, ruleOf, type FrameworkDocument } from './framework';
import { loadMethodology } from './load';

const read = (name: string): unknown =>
  parse(readFileSync(join(__dirname, '..', 'methodologies', name), 'utf8'));
const framework = read('cn-2013-2.framework.yaml') as FrameworkDocument;

/** A fresh copy of the shipped document, changed by `edit`. */
function edited(edit: (document: Draft) => void): MethodologyDocument {
  const document = read('cn-aml-bank.yaml') as Draft;
  edit(document);
  return document as unknown as MethodologyDocument;
}
interface Draft {
  levels: number;
  aggregate: string;
  grades: Record<string, unknown>;
  items: Record<string, Record<string, unknown>>;
  direct: { lowest: { unless: { rule: string }[] } };
  review: { months: Record<string, number>; firstReviewMonths: number; initialWorkingDays: number };
  measures: Record<string, string[]>;
  governance: Record<string, unknown>;
  personas: unknown[];
}

const found = (edit: (document: Draft) => void): string[] =>
  checkFramework(edited(edit), framework).map(({ path, rule }) => `${path} ${rule}`);

const deviation = {
  rule: 'E-G4',
  method: 'comparison',
  process: 'minutes',
  conclusion: 'no worse',
};
const withoutDistance = (document: Draft): void => {
  document.items['G4'] = { ...document.items['G4'], rules: ['E-G0'] };
};

describe('the framework of 2013', () => {
  it('accepts the shipped document', () => {
    expect(found(() => undefined)).toEqual([]);
  });

  it('names the rule of each check, and none without a framework', () => {
    expect(ruleOf(framework, 'weightsTotal')).toBe('W-2');
    expect(ruleOf(framework, 'weightPositive')).toBe('W-2');
    expect(ruleOf(framework, 'scoreRange')).toBe('W-6');
    expect(ruleOf(framework, 'bands')).toBe('W-8');
    expect(ruleOf(framework, 'confirmedBy')).toBe('W-5');
    expect(ruleOf(undefined, 'bands')).toBeNull();
    expect(ruleOf({ ...framework, checks: {} }, 'bands')).toBeNull();
  });

  it('refuses a weight without a rationale (W-3)', () => {
    expect(found((d) => delete d.items['C7']?.['rationale'])).toEqual(['/items/C7/rationale W-3']);
    expect(found((d) => Object.assign(d.items['C7'] ?? {}, { rationale: ' ' }))).toEqual([
      '/items/C7/rationale W-3',
    ]);
  });

  it('refuses an item that is not adopted without a reason or with a weight (W-4)', () => {
    const extra = {
      element: 'business',
      title: { zh: '证券', en: 'Securities' },
      rules: ['E-B5.2'],
      score: { value: '1' },
      adopted: false,
    };
    const refused = (item: Record<string, unknown>): string[] => {
      const result = loadMethodology(
        edited((d) => (d.items['B6'] = item)),
        framework,
      );
      return result.ok ? [] : result.faults.map(({ path, rule }) => `${path} ${rule}`);
    };
    expect(refused(extra)).toEqual(['/items/B6 W-4']);
    expect(refused({ ...extra, reason: 'no securities business' })).toEqual([]);
    expect(refused({ ...extra, reason: 'none', weight: { NP: 1 } })).toEqual(['/items/B6 W-4']);
  });

  it('refuses two grades and accepts three (W-9), and ties levels to grades (W-7)', () => {
    const keep = (n: number) => (d: Draft) => {
      d.levels = n;
      d.grades = Object.fromEntries(Object.entries(d.grades).slice(0, n));
      d.review.months = n === 2 ? { 2: 6, 1: 12 } : { 3: 6, 2: 12, 1: 24 };
      d.measures = { [n]: ['M-E1'] };
    };
    expect(found(keep(2))).toEqual(['/grades W-9']);
    expect(found(keep(3))).toEqual([]);
    expect(found((d) => (d.levels = 6))).toEqual(['/levels W-7']);
  });

  it('refuses an own tool without a written description (W-1)', () => {
    const own = (d: Draft): unknown => (d.aggregate = 'highest');
    expect(found((d) => (own(d), delete d.governance['document']))).toEqual([
      '/governance/document W-1',
    ]);
    expect(found(own)).toEqual([]);
  });

  it('refuses an element without an item, unless a deviation says why (I-0)', () => {
    const withoutIndustry = (d: Draft): void => {
      for (const id of ['I1', 'I2', 'I3']) delete d.items[id];
    };
    expect(found(withoutIndustry)).toEqual([
      '/items I-0',
      '/items I-1',
      '/items I-2',
      '/items I-3',
    ]);
    const because = ['I-0', 'I-1', 'I-2', 'I-3'].map((rule) => ({ ...deviation, rule }));
    expect(found((d) => (withoutIndustry(d), (d.governance['deviations'] = because)))).toEqual([]);
  });

  it('refuses a missing sub-item with two of the three record parts, accepts three (P-5)', () => {
    expect(found(withoutDistance)).toEqual(['/items E-G4']);
    const two = { ...deviation, conclusion: '' };
    expect(found((d) => (withoutDistance(d), (d.governance['deviations'] = [two])))).toEqual([
      '/items E-G4',
      '/governance/deviations/0/conclusion P-5',
    ]);
    expect(found((d) => (withoutDistance(d), (d.governance['deviations'] = [deviation])))).toEqual(
      [],
    );
  });

  it('does not count an item that is not adopted as serving its rules (W-4)', () => {
    expect(
      found((d) => {
        delete d.items['G4']?.['weight'];
        Object.assign(d.items['G4'] ?? {}, { adopted: false, reason: 'local customers only' });
      }),
    ).toEqual(['/items E-G4']);
  });

  it('refuses a direct low that one of its bars does not stop (X-L0, X-L4)', () => {
    expect(
      found((d) => {
        const { lowest } = d.direct;
        lowest.unless = lowest.unless.filter(({ rule }) => rule !== 'X-L4');
      }),
    ).toEqual(['/direct/lowest/unless X-L4']);
  });

  it('refuses 7/12 and 6/13 months and accepts 6/12/24/48/96 (T-2)', () => {
    const ladder = (months: Record<string, number>) => (d: Draft) => (d.review.months = months);
    expect(found(ladder({ 5: 7, 4: 12, 3: 24, 2: 36, 1: 36 }))).toEqual(['/review/months/5 T-2']);
    expect(found(ladder({ 5: 6, 4: 13, 3: 24, 2: 36, 1: 36 }))).toEqual(['/review/months/4 T-2']);
    expect(found(ladder({ 5: 6, 4: 12, 3: 24, 2: 48, 1: 96 }))).toEqual([]);
    expect(found(ladder({ 5: 6, 4: 12, 3: 24, 2: 48, 1: 97 }))).toEqual(['/review/months/1 T-2']);
    expect(found(ladder({ 5: 6, 4: 12, 3: 24, 2: 36 }))).toEqual(['/review/months/1 T-2']);
    expect(found(ladder({ 5: 0, 4: 0, 3: 0, 2: 0, 1: 0 }))).toContain('/review/months/5 T-2');
  });

  it('refuses a first review after 37 months (T-3) and 11 working days (T-1)', () => {
    expect(found((d) => (d.review.firstReviewMonths = 37))).toEqual([
      '/review/firstReviewMonths T-3',
    ]);
    expect(found((d) => (d.review.initialWorkingDays = 11))).toEqual([
      '/review/initialWorkingDays T-1',
    ]);
  });

  it('refuses a highest grade without enhanced measures (M-E0)', () => {
    expect(found((d) => delete d.measures['5'])).toEqual(['/measures/5 M-E0']);
  });

  it('refuses simplified measures above grade 1 (M-S0) and enhanced ones at it (P-1)', () => {
    expect(found((d) => (d.measures['3'] = ['M-S1']))).toEqual(['/measures/3/0 M-S0']);
    expect(found((d) => (d.measures['1'] = ['M-S1', 'M-E1']))).toEqual(['/measures/1/1 P-1']);
  });

  it('refuses a document that nobody approved, implements or runs (O-2, O-5)', () => {
    expect(found((d) => (d.governance['approvedBy'] = ''))).toEqual(['/governance/approvedBy O-2']);
    expect(found((d) => delete d.governance['owner'])).toEqual(['/governance/owner O-2']);
    expect(found((d) => delete d.governance['processOwner'])).toEqual([
      '/governance/processOwner O-5',
    ]);
  });

  it('refuses outsourced work without an agreement or an approval (O-9)', () => {
    expect(
      found((d) => (d.governance['outsourcing'] = { agreementId: 'a-1', approvalId: '' })),
    ).toEqual(['/governance/outsourcing/approvalId O-9']);
    expect(
      found((d) => (d.governance['outsourcing'] = { agreementId: 'a-1', approvalId: 'b-1' })),
    ).toEqual([]);
  });

  it('refuses a document without personas (O-6)', () => {
    expect(found((d) => (d.personas = []))).toEqual(['/personas O-6']);
  });
});
