/** The conformance table: what is known of every rule of the guideline, from a real run. */
import type { Rule } from './rules';
import { citedRules } from './rules';

/** A test as it ran. */
export interface TestRun {
  /** From the root of the tree. */
  readonly file: string;
  /** With the names of the groups around it. */
  readonly name: string;
  readonly passed: boolean;
}

/** A mutant as it ended; `equivalent` is the reason why nobody could tell it from the original. */
export interface MutantRun {
  /** Where and what was changed. */
  readonly what: string;
  readonly rules: readonly string[];
  readonly killedBy: string | null;
  readonly equivalent: string | null;
}

export type State = 'covered' | 'open' | 'person';

export interface Row {
  readonly rule: Rule;
  readonly state: State;
  /** Why it is open or a person's duty; empty when covered. */
  readonly why: string;
  /** Tests that cite it and passed. */
  readonly tests: readonly TestRun[];
  readonly killed: number;
  /** Without the equivalent ones. */
  readonly mutants: number;
}

/** Files that test the instruments (the independent evaluator, the generator), not the product. */
const OF_THE_INSTRUMENTS =
  /^test\/conformance\/(?:evaluator|customers|personas|table|rules\.test|mutants)/;

/**
 * A rule is covered when a test of the product cites it and passes, no citing test fails, something
 * that decides it was mutated, and every mutant was noticed; `open` in rules.yaml keeps it open.
 */
export function tableOf(
  rules: readonly Rule[],
  tests: readonly TestRun[],
  mutants: readonly MutantRun[],
): Row[] {
  const order = rules.map(({ id }) => id);
  const citing = new Map<string, TestRun[]>();
  for (const test of tests) {
    if (OF_THE_INSTRUMENTS.test(test.file)) continue;
    for (const id of citedRules(test.name, order)) {
      const known = citing.get(id);
      if (known === undefined) citing.set(id, [test]);
      else known.push(test);
    }
  }
  return rules.map((rule) => {
    const cited = citing.get(rule.id) ?? [];
    const own = mutants.filter(
      (mutant) => mutant.equivalent === null && mutant.rules.includes(rule.id),
    );
    const killed = own.filter(({ killedBy }) => killedBy !== null).length;
    const failed = cited.filter(({ passed }) => !passed).length;
    const figures = { cited: cited.length, failed, killed, mutants: own.length };
    return {
      rule,
      ...stateOf(rule, figures),
      tests: cited.filter(({ passed }) => passed),
      killed,
      mutants: own.length,
    };
  });
}

interface Figures {
  readonly cited: number;
  readonly failed: number;
  readonly killed: number;
  readonly mutants: number;
}

function stateOf(
  rule: Rule,
  { cited, failed, killed, mutants }: Figures,
): Pick<Row, 'state' | 'why'> {
  if (rule.duty !== undefined) return { state: 'person', why: rule.duty };
  const open = (why: string): Pick<Row, 'state' | 'why'> => ({ state: 'open', why });
  if (failed > 0) return open(`${failed} of the tests that cite it fail`);
  if (rule.open !== undefined) return open(rule.open);
  if (cited === 0) return open('no test cites it');
  if (mutants === 0) return open('tests cite it, but nothing that decides it was mutated');
  if (killed < mutants) return open(`${mutants - killed} mutants went unnoticed`);
  return { state: 'covered', why: '' };
}

export interface Summary {
  readonly rules: number;
  readonly covered: number;
  readonly open: number;
  readonly person: number;
  readonly killed: number;
  /** Without the equivalent ones. */
  readonly mutants: number;
  readonly equivalent: number;
}

export function summaryOf(rows: readonly Row[], mutants: readonly MutantRun[]): Summary {
  const count = (state: State): number => rows.filter((row) => row.state === state).length;
  const real = mutants.filter(({ equivalent }) => equivalent === null);
  return {
    rules: rows.length,
    covered: count('covered'),
    open: count('open'),
    person: count('person'),
    killed: real.filter(({ killedBy }) => killedBy !== null).length,
    mutants: real.length,
    equivalent: mutants.length - real.length,
  };
}

/** One line for a README. @param date ISO date of the run */
export const summaryLine = (s: Summary, date: string): string =>
  `Conformance on ${date}: ${s.rules} rules, ${s.covered} covered, ${s.open} open, ` +
  `${s.person} a person's duty; ${s.killed} of ${s.mutants} mutants killed ` +
  `(and ${s.equivalent} equivalent ones). \`npm run conformance\` prints the table.`;
