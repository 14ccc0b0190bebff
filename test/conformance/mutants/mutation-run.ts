/** Mutates the default methodology and tells which mutants its judge notices. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import type { FrameworkDocument } from '@tidemark/rating/methodology/framework';
import { newRandom } from '../customers/random';
import type { Rule } from '../rules';
import type { MutantRun } from '../table';
import { frameworkMutants, isNoticed } from './broken-documents';
import { documentMutants, type DocumentMutant } from './document-mutants';
import { newJudge } from './judge';
import { rulesServed } from './serves';

interface Equivalent {
  readonly paths: readonly string[];
  /** The beginning of the change. */
  readonly change: string;
  readonly why: string;
}

function readEquivalents(): Equivalent[] {
  const all: Equivalent[] = parse(readFileSync(join(__dirname, 'equivalents.yaml'), 'utf8'));
  return all;
}

export interface MutationOptions {
  readonly rules: readonly Rule[];
  readonly document: MethodologyDocument;
  readonly framework: FrameworkDocument;
  /** Generated customers that the independent evaluator rates once. */
  readonly customers: number;
  /** So many mutants of each rule by chance; all when left out. */
  readonly perRule?: number;
  readonly seed: number;
  readonly onProgress?: (done: number, of: number) => void;
}

/** Lets other work of the process go on between two mutants. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export async function mutateDocument(options: MutationOptions): Promise<MutantRun[]> {
  const { rules, document, framework, customers, perRule, seed, onProgress } = options;
  const all = documentMutants(document);
  const served = rulesServed(document, rules, all);
  const chosen = perRule === undefined ? all : sampled(all, served, perRule, seed);
  const judge = newJudge(document, framework, customers);
  const equivalents = readEquivalents();
  const runs: MutantRun[] = [];
  for (const mutant of chosen) {
    const verdict = judge.verdict(mutant);
    const survived = verdict === 'survived';
    runs.push({
      what: `cn-aml-bank.yaml ${mutant.path}: ${mutant.change}`,
      rules: served.get(mutant) ?? [],
      killedBy: survived ? null : verdict,
      equivalent: survived ? reasonFor(mutant, equivalents) : null,
    });
    onProgress?.(runs.length, chosen.length);
    await breath();
  }
  return runs;
}

const reasonFor = ({ path, change }: DocumentMutant, equivalents: readonly Equivalent[]) =>
  equivalents.find((e) => e.paths.includes(path) && change.startsWith(e.change))?.why ?? null;

/** By chance, until each rule that a mutant serves has its number, or all that there are. */
function sampled(
  all: readonly DocumentMutant[],
  served: ReadonlyMap<DocumentMutant, readonly string[]>,
  perRule: number,
  seed: number,
): DocumentMutant[] {
  const chosen = new Map<string, number>();
  return newRandom(seed)
    .shuffle([...all])
    .filter((mutant) => {
      const rules = served.get(mutant) ?? [];
      const wanted = rules.some((rule) => (chosen.get(rule) ?? 0) < perRule);
      if (wanted) for (const rule of rules) chosen.set(rule, (chosen.get(rule) ?? 0) + 1);
      return wanted;
    });
}

const NAMES_ONLY =
  /checks\/(?:weightsTotal|weightPositive|notAdopted|confirmedBy|scoreRange|bands):/;

/** Leaves out each demand of the framework and moves each of its numbers. */
export function mutateFramework(
  document: MethodologyDocument,
  framework: FrameworkDocument,
): MutantRun[] {
  return frameworkMutants(framework).map((mutant) => ({
    what: mutant.what,
    rules: mutant.rules,
    killedBy: isNoticed(document, mutant) ? 'broken documents' : null,
    equivalent: NAMES_ONLY.test(mutant.what)
      ? 'the loader demands it of every document; the framework only gives the rule a name'
      : null,
  }));
}
