import { shippedDocument, shippedFramework } from '../support/methodologies';
import { documentMutants } from './mutants/document-mutants';
import { mutateDocument } from './mutants/mutation-run';
import { rulesServed } from './mutants/serves';
import { mutantsText, tableText } from './report';
import { citedRules, readRules, type Rule } from './rules';
import { summaryLine, summaryOf, tableOf, type MutantRun, type TestRun } from './table';

const RULES: Rule[] = [
  { id: 'E-C7', term: '自然人客户年龄', modality: 'none', by: 'M' },
  { id: 'E-C8', term: '存续时间', modality: 'MAY', by: 'M' },
  { id: 'E-B2.1', term: '同一人或少数人操作', modality: 'none', by: 'M', open: 'link facts' },
  { id: 'P-8', term: '工作流程', modality: 'INFO', by: 'P', duty: 'a person weighs it' },
];
const TESTS: TestRun[] = [
  { file: 'services/rating/a.test.ts', name: 'scores 17 years 4 (E-C7 to E-C8)', passed: true },
  { file: 'services/rating/a.test.ts', name: 'takes the link fact (E-B2.1)', passed: true },
];
const mutant = (rule: string, killedBy: string | null, equivalent: string | null = null) => ({
  what: `a mutant of ${rule}`,
  rules: [rule],
  killedBy,
  equivalent,
});
const MUTANTS: MutantRun[] = [
  mutant('E-C7', 'customers'),
  mutant('E-C7', null, 'nobody can tell'),
  mutant('E-C8', 'loader'),
  mutant('E-B2.1', 'customers'),
];

const states = (tests = TESTS, mutants = MUTANTS): string[] =>
  tableOf(RULES, tests, mutants).map(({ rule, state, why }) => `${rule.id} ${state} ${why}`.trim());

describe('the conformance table', () => {
  const others = ['E-B2.1 open link facts', 'P-8 person a person weighs it'];

  it('counts a rule as covered that tests cite and whose mutants are noticed', () => {
    expect(states()).toEqual(['E-C7 covered', 'E-C8 covered', ...others]);
  });

  it('opens a rule whose tests vanish', () => {
    expect(states(TESTS.slice(1))).toEqual([
      'E-C7 open no test cites it',
      'E-C8 open no test cites it',
      ...others,
    ]);
  });

  it('opens a rule whose tests fail, whatever else passes', () => {
    const failing = [...TESTS, { file: 'a', name: 'is broken (E-C8)', passed: false }];
    expect(states(failing)[1]).toBe('E-C8 open 1 of the tests that cite it fail');
  });

  it('opens a rule with a mutant that nobody noticed, or with none', () => {
    expect(states(TESTS, [...MUTANTS, mutant('E-C8', null)])[1]).toBe(
      'E-C8 open 1 mutants went unnoticed',
    );
    expect(states(TESTS, MUTANTS.slice(0, 1))[1]).toBe(
      'E-C8 open tests cite it, but nothing that decides it was mutated',
    );
  });

  it('does not count tests of the independent evaluator: they say nothing about the product', () => {
    const elsewhere = TESTS.map((test) => ({
      ...test,
      file: 'test/conformance/evaluator/x.test.ts',
    }));
    expect(states(elsewhere)[0]).toBe('E-C7 open no test cites it');
  });

  it('shows open rules with the tests that cite them all the same', () => {
    const rows = tableOf(RULES, TESTS, MUTANTS);
    const text = tableText(rows);
    expect(text).toContain('open: link facts\n          takes the link fact (E-B2.1)');
    expect(mutantsText([...MUTANTS, mutant('E-C8', null)])).toContain(
      'survived: 1\n  a mutant of E-C8',
    );
    expect(summaryLine(summaryOf(rows, MUTANTS), '2026-03-04')).toBe(
      "Conformance on 2026-03-04: 4 rules, 2 covered, 1 open, 1 a person's duty; 3 of 3 mutants " +
        'killed (and 1 equivalent ones). `npm run conformance` prints the table.',
    );
  });
});

describe('citations', () => {
  const order = readRules().map(({ id }) => id);

  it.each([
    ['scores (E-C4, S-4)', 'E-C4 S-4'],
    ['bars (X-L1 to X-L3)', 'X-L1 X-L2 X-L3'],
    ['hits (E-B2.1), orders (X-P)', 'E-B2.1 X-P'],
    ['takes the link fact of E-B4.4 until', 'E-B4.4'],
    ['weighs inherent risk (E-B0a)', 'E-B0a'],
    ['P1, an employee; X-H9 and F-4 are no rules', ''],
  ])('in "%s" are "%s"', (name, ids) => {
    expect(citedRules(name, order).join(' ')).toBe(ids);
  });
});

describe('mutants of the default methodology', () => {
  const document = shippedDocument('cn-aml-bank');

  it('are made for every rule that names a place, and places exist', () => {
    const mutants = documentMutants(document);
    const served = new Set([...rulesServed(document, readRules(), mutants).values()].flat());
    const placed = readRules().filter(({ at }) => at !== undefined);
    expect(placed.filter(({ id }) => !served.has(id)).map(({ id }) => id)).toEqual([]);
  });

  it('are noticed: some bounds of each of three rules, moved by one', async () => {
    const rules = readRules().filter(({ id }) => ['E-C7', 'X-L3', 'M-E0'].includes(id));
    const framework = shippedFramework('cn-2013-2');
    const options = { rules, document, framework, customers: 600, perRule: 2, seed: 7 };
    const runs = await mutateDocument(options);
    expect(runs.length).toBeGreaterThanOrEqual(6);
    expect(runs.filter(({ killedBy }) => killedBy === null)).toEqual([]);
  });
});
