/** Documents that the framework of 2013 must refuse, and some on the bound that it must accept. */
import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import { checkFramework, type FrameworkDocument } from '@tidemark/rating/methodology/framework';
import { applied, type DocumentMutant } from './document-mutants';

export interface BrokenDocument {
  readonly name: string;
  readonly edits: DocumentMutant['edits'];
  /** Rule ids of the faults, in their order; none: it is accepted. */
  readonly faults: readonly string[];
}

const DEVIATION = {
  rule: 'E-G4',
  method: 'comparison',
  process: 'minutes',
  conclusion: 'no worse',
};

type Edit = readonly [pointer: string, value: unknown];

const broken = (name: string, faults: readonly string[], ...edits: Edit[]): BrokenDocument => ({
  name,
  faults,
  edits: edits.map(([pointer, value]) => ({ path: pointer.split('/').slice(1), value })),
});

const SUB_ITEMS: Readonly<Record<string, string>> = {
  'E-C1': 'C1',
  'E-C2': 'C2',
  'E-C3': 'C3',
  'E-C4': 'C4',
  'E-C5': 'C5',
  'E-C6': 'C6',
  'E-C7': 'C7',
  'E-C8': 'C8',
  'E-G1': 'G1',
  'E-G2': 'G2',
  'E-G3': 'G3',
  'E-G4': 'G4',
  'E-B1': 'B1',
  'E-B2': 'B2',
  'E-B3': 'B3',
  'E-B4': 'B4',
  'E-B5': 'B5',
  'I-1': 'I1',
  'I-2': 'I2',
  'I-3': 'I3',
};
const ELEMENTS: Readonly<Record<string, string>> = {
  'E-C0': 'E-C',
  'E-G0': 'E-G',
  'E-B0': 'E-B',
  'I-0': 'I-',
};

const months = (five: number, four: number, three = 24, two = 36, one = 36): Edit => [
  '/review/months',
  { 5: five, 4: four, 3: three, 2: two, 1: one },
];
const grades = (count: number): Edit[] => [
  ['/levels', count],
  [
    '/grades',
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [i + 1, { zh: `${i + 1}`, en: `${i + 1}` }]),
    ),
  ],
  ['/review/months', count === 2 ? { 2: 6, 1: 12 } : { 3: 6, 2: 12, 1: 24 }],
  ['/measures', { [count]: ['M-E1'] }],
];

export function brokenDocuments(document: MethodologyDocument): BrokenDocument[] {
  const unless = document.direct?.lowest?.unless ?? [];
  return [
    broken('the shipped document', []),
    ...Object.entries(SUB_ITEMS).map(([rule, id]) =>
      broken(
        `no item serves ${rule}`,
        [rule],
        [`/items/${id}/rules`, document.items[id]?.rules.filter((other) => other !== rule)],
      ),
    ),
    ...Object.entries(ELEMENTS).map(([rule, prefix]) => {
      const ids = Object.keys(SUB_ITEMS).filter((id) => id.startsWith(prefix));
      const edits = ids.map((id): Edit => [`/items/${SUB_ITEMS[id] ?? ''}`, undefined]);
      return broken(`no item serves an element (E-0, ${rule})`, [rule, ...ids], ...edits);
    }),
    ...['X-L1', 'X-L2', 'X-L3', 'X-L4', 'X-L5', 'X-L6'].map((rule) =>
      broken(
        `${rule} does not bar direct low (X-L0)`,
        [rule],
        ['/direct/lowest/unless', unless.filter((bar) => bar.rule !== rule)],
      ),
    ),
    broken(
      'a deviation without a conclusion (P-5)',
      ['E-G4', 'P-5'],
      ['/items/G4/rules', ['E-G0']],
      ['/governance/deviations', [{ ...DEVIATION, conclusion: '' }]],
    ),
    broken(
      'a deviation with all three parts (P-5)',
      [],
      ['/items/G4/rules', ['E-G0']],
      ['/governance/deviations', [DEVIATION]],
    ),
    broken('a weight without rationale (W-3)', ['W-3'], ['/items/C7/rationale', ' ']),
    broken('2 grades (W-9)', ['W-9'], ...grades(2)),
    broken('3 grades (W-9)', [], ...grades(3)),
    broken('6 levels and 5 grades (W-7)', ['W-7'], ['/levels', 6]),
    broken(
      'an own tool without a description (W-1)',
      ['W-1'],
      ['/aggregate', 'highest'],
      ['/governance/document', ''],
    ),
    broken('reviews of 7/12 months (T-2)', ['T-2'], months(7, 12)),
    broken('reviews of 6/13 months (T-2)', ['T-2'], months(6, 13)),
    broken('reviews of 6/12/24/48/96 months (T-2)', [], months(6, 12, 24, 48, 96)),
    broken('reviews of 6/12/24/48/97 months (T-2)', ['T-2'], months(6, 12, 24, 48, 97)),
    broken('a first review after 37 months (T-3)', ['T-3'], ['/review/firstReviewMonths', 37]),
    broken(
      'a first rating after 11 working days (T-1)',
      ['T-1'],
      ['/review/initialWorkingDays', 11],
    ),
    broken('no enhanced measure at the top (M-E0)', ['M-E0'], ['/measures/5', ['Z-1']]),
    broken('a simplified measure at grade 3 (M-S0)', ['M-S0'], ['/measures/3', ['M-S1']]),
    broken('an enhanced measure at grade 1 (P-1)', ['P-1'], ['/measures/1', ['M-E1']]),
    broken('nobody approved it (O-2)', ['O-2'], ['/governance/approvedBy', '']),
    broken('nobody implements it (O-2)', ['O-2'], ['/governance/owner', '']),
    broken('nobody runs the process (O-5)', ['O-5'], ['/governance/processOwner', '']),
    broken(
      'outsourced without approval (O-9)',
      ['O-9'],
      ['/governance/outsourcing', { agreementId: 'a-1', approvalId: '' }],
    ),
    broken('no personas (O-6)', ['O-6'], ['/personas', []]),
  ];
}

/** The rule ids of the faults that the framework finds. */
export const faultsOf = (
  document: MethodologyDocument,
  framework: FrameworkDocument,
  { edits }: BrokenDocument,
): (string | null)[] =>
  checkFramework(applied(document, { path: '', change: '', edits }), framework).map(
    ({ rule }) => rule,
  );

export interface FrameworkMutant {
  readonly what: string;
  readonly rules: readonly string[];
  readonly framework: unknown;
}

/** Every demand left out, every number one to either side. */
export function frameworkMutants(framework: FrameworkDocument): FrameworkMutant[] {
  const mutants: FrameworkMutant[] = [];
  const visit = (
    node: unknown,
    path: readonly (string | number)[],
    rules: readonly string[],
  ): void => {
    const pointer = `/${path.join('/')}`;
    const add = (change: string, changed: unknown): void => {
      mutants.push({
        what: `${framework.id}.framework.yaml ${pointer}: ${change}`,
        rules,
        framework: changed,
      });
    };
    if (typeof node === 'number') {
      for (const other of [node + 1, node - 1]) {
        add(`${node} becomes ${other}`, replaced(framework, path, other));
      }
    } else if (Array.isArray(node)) {
      node.forEach((entry: unknown, i) => {
        const own = typeof entry === 'string' ? [entry, ...rules] : [...ruleOf(entry), ...rules];
        const others = node.filter((_, j) => j !== i);
        mutants.push({
          what: `${framework.id}.framework.yaml ${pointer}/${i}: left out`,
          rules: own,
          framework: replaced(framework, path, others),
        });
      });
    } else if (typeof node === 'object' && node !== null) {
      const own = [...ruleOf(node), ...rules];
      if (ruleOf(node).length > 0) {
        mutants.push({
          what: `${framework.id}.framework.yaml ${pointer}: left out`,
          rules: own,
          framework: replaced(framework, path, undefined),
        });
      }
      for (const [key, inner] of Object.entries(node)) visit(inner, [...path, key], own);
    }
  };
  for (const [key, node] of Object.entries(framework)) {
    if (key === 'title' || key === 'directHighest') continue;
    visit(node, [key], key === 'elements' || key === 'subItems' ? ['E-0'] : []);
  }
  return mutants;
}

const ruleOf = (node: unknown): string[] => {
  if (typeof node !== 'object' || node === null || !('rule' in node)) return [];
  return typeof node.rule === 'string' ? [node.rule] : [];
};

function replaced(
  node: unknown,
  [key, ...rest]: readonly (string | number)[],
  value: unknown,
): unknown {
  if (key === undefined) return value;
  const copy: Record<string, unknown> = { ...(node as Record<string, unknown>) };
  const result = replaced(copy[key], rest, value);
  if (result === undefined) delete copy[key];
  else copy[key] = result;
  return copy;
}

/** Whether a broken document tells the mutant from the framework. */
export const isNoticed = (document: MethodologyDocument, mutant: FrameworkMutant): boolean =>
  brokenDocuments(document).some((one) => {
    const found = faultsOf(document, mutant.framework as FrameworkDocument, one);
    return found.join() !== one.faults.join();
  });
