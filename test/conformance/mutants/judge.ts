/** Tells a mutant of the default methodology from the original. */
import { isDeepStrictEqual } from 'node:util';
import type { InputRecord } from '@tidemark/schemas/records';
import { rateInFull } from '@tidemark/rating/customer';
import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import type { FrameworkDocument } from '@tidemark/rating/methodology/framework';
import { loadMethodology } from '@tidemark/rating/methodology/load';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import { checkPersonas } from '@tidemark/rating/methodology/personas';
import type { CustomerState } from '@tidemark/rating/state';
import { comparable, parsedRecords, rateByCore, stateAfter } from '../core';
import { generateCustomer } from '../customers';
import { evaluate, type Evaluation } from '../evaluator';
import type { ListOverrides } from '../evaluator/lists';
import { applied, type DocumentMutant } from './document-mutants';
import { examples, withLists } from './examples';
import { differingOrders, differingTasks } from './orders';

/** What told a mutant from the original; `survived`: nothing did. */
export type Verdict = 'loader' | 'customers' | 'examples' | 'personas' | 'orders' | 'survived';

interface Customer {
  readonly records: readonly InputRecord[];
  readonly asOf: number;
  readonly expected: Evaluation;
  /** After its records, by the unchanged methodology. */
  readonly state: CustomerState | undefined;
}

export interface Judge {
  readonly verdict: (mutant: DocumentMutant) => Verdict;
}

/** So many customers that killed something lately are tried first. */
const REMEMBERED = 60;

/**
 * @param customers how many generated customers are rated by the independent evaluator, once
 */
export function newJudge(
  document: MethodologyDocument,
  framework: FrameworkDocument,
  customers: number,
): Judge {
  const original = load(document, framework);
  if (original === undefined) throw new Error('the document itself does not load');
  const all = Array.from({ length: customers }, (_, i) => prepared(original, i + 1));
  const killers = new Map<string, number[]>();
  return {
    verdict: (mutant) => {
      const methodology = load(applied(document, mutant), framework);
      if (methodology === undefined) return 'loader';
      const refold = mutant.path.startsWith('/features/');
      const key = mutant.path.split('/').slice(1, 3).join('/');
      const known = killers.get(key) ?? [];
      const order = [
        ...new Set([...known, ...[...killers.values()].flatMap(([first]) => first ?? [])]),
      ];
      const killer =
        order.find((i) => differs(methodology, all[i], refold)) ??
        indexOf(all, (customer) => differs(methodology, customer, refold));
      if (killer !== undefined) {
        killers.set(key, [killer, ...known.filter((i) => i !== killer)].slice(0, REMEMBERED));
        return 'customers';
      }
      if (differingExamples(applied(document, mutant), framework).length > 0) return 'examples';
      if (differingOrders(methodology) !== undefined || differingTasks(methodology).length > 0) {
        return 'orders';
      }
      return checkPersonas(methodology, framework).length > 0 ? 'personas' : 'survived';
    },
  };
}

function indexOf<T>(list: readonly T[], holds: (entry: T) => boolean): number | undefined {
  const found = list.findIndex(holds);
  return found < 0 ? undefined : found;
}

function load(
  document: MethodologyDocument,
  framework: FrameworkDocument,
): Methodology | undefined {
  const result = loadMethodology(document, framework);
  return result.ok ? result.methodology : undefined;
}

function prepared(methodology: Methodology, seed: number): Customer {
  const { records: raw, asOf } = generateCustomer(seed);
  const records = parsedRecords(raw);
  const state = stateAfter(methodology, records, asOf);
  // As if nothing had been published: rating it again must publish nothing.
  if (state !== undefined) state.published.sequence = 0;
  return { records, asOf, expected: evaluate(raw, asOf), state };
}

/** @param refold the records must be folded anew: what is kept of them has changed */
function differs(
  methodology: Methodology,
  customer: Customer | undefined,
  refold: boolean,
): boolean {
  if (customer === undefined) return false;
  const { records, asOf, expected } = customer;
  const state = refold ? stateAfter(methodology, records, asOf) : customer.state;
  if (state === undefined) return false;
  const rating = rateInFull(methodology, state, asOf);
  if (rating === undefined) return expected.segment !== null;
  return !isDeepStrictEqual(comparable(rating), expected);
}

/** The examples on which the document and the independent evaluator disagree. */
export function differingExamples(
  document: MethodologyDocument,
  framework: FrameworkDocument,
): string[] {
  const compiled = new Map<ListOverrides | undefined, Methodology | undefined>();
  return examples().flatMap(({ name, draft, lists }) => {
    if (!compiled.has(lists)) {
      const own = lists === undefined ? document : withLists(document, lists);
      compiled.set(lists, load(own, framework));
    }
    const methodology = compiled.get(lists);
    if (methodology === undefined) return [name];
    const { records, asOf } = draft;
    const rating = rateByCore(methodology, records, asOf);
    const same = rating && isDeepStrictEqual(comparable(rating), evaluate(records, asOf, lists));
    return same === true ? [] : [name];
  });
}
