import { parseRecord, type InputRecord, type Rating } from '@tidemark/schemas/records';
import { decide, rateInFull } from '../customer';
import type { CustomerState } from '../state';
import type { PersonaDocument } from './document';
import type { Fault } from './faults';
import { ruleOf, type FrameworkDocument } from './framework';
import type { Methodology } from './methodology';

export type PersonaRating =
  | { readonly ok: true; readonly rating: Rating }
  | { readonly ok: false; readonly faults: readonly Fault[] };

type Expectation = PersonaDocument['expect'];

/**
 * Rates every persona of a methodology and compares it with what the document expects; what an
 * expectation does not state is not compared. Faults have paths into the document.
 */
export function checkPersonas(methodology: Methodology, framework?: FrameworkDocument): Fault[] {
  const rule = ruleOf(framework, 'personas');
  return (methodology.document.personas ?? []).flatMap((persona, i) => {
    const path = `/personas/${i}`;
    const rated = ratePersona(methodology, persona, path);
    const faults = rated.ok
      ? differences(rated.rating, persona.expect, `${path}/expect`)
      : rated.faults;
    return faults.map((fault) => ({
      ...fault,
      rule,
      problem: `persona ${persona.name}: ${fault.problem}`,
    }));
  });
}

/**
 * The rating of a persona after its records, in their order, at the persona's instant.
 * @param path of the persona in the document
 */
export function ratePersona(
  methodology: Methodology,
  persona: PersonaDocument,
  path = '',
): PersonaRating {
  const asOf = Date.parse(persona.asOf);
  const faults: Fault[] = [];
  const fault = (at: string, problem: string, remedy: string): void => {
    faults.push({ path: `${path}${at}`, rule: null, problem, remedy });
  };
  if (Number.isNaN(asOf)) fault('/asOf', 'no such instant', 'correct it');
  let state: CustomerState | undefined;
  persona.records.forEach((raw, i) => {
    const record = recordOf(raw, methodology, `/records/${i}`, fault);
    if (record === undefined || Number.isNaN(asOf)) return;
    const decided = decide(state, { kind: 'record', record }, { methodology, asOf });
    ({ state } = decided);
    if (decided.outcome === 'applied') return;
    const [refusal] = decided.refusals;
    const reason = refusal === undefined ? decided.outcome : `${refusal.code}, ${refusal.reason}`;
    fault(`/records/${i}`, `the record does not count (${reason})`, 'correct or remove it');
  });
  if (faults.length > 0) return { ok: false, faults };
  const rating = state && rateInFull(methodology, state, asOf);
  if (rating !== undefined) return { ok: true, rating };
  fault('', 'it has no rating: no segment applies', 'state what the segments ask for');
  return { ok: false, faults };
}

function recordOf(
  raw: Readonly<Record<string, unknown>>,
  { countries }: Methodology,
  path: string,
  fault: (path: string, problem: string, remedy: string) => void,
): InputRecord | undefined {
  const parsed = parseRecord(
    { ...raw, institution: 'personas', customer: 'persona' },
    { countries },
  );
  if (parsed.ok) return parsed.record;
  for (const { field, reason } of parsed.faults) {
    const pointer = field.replace(/\[(\d+)\]/g, '.$1').replaceAll('.', '/');
    fault(pointer === '' ? path : `${path}/${pointer}`, reason, 'correct the record');
  }
  return undefined;
}

/** Every expectation that the rating does not meet. */
function differences(rating: Rating, expected: Expectation, path: string): Fault[] {
  const faults: Fault[] = [];
  const compare = (at: string, wanted: unknown, found: unknown): void => {
    if (wanted === undefined || String(wanted) === String(found)) return;
    faults.push({
      path: `${path}/${at}`,
      rule: null,
      problem: `${at} is ${String(found)}, expected ${String(wanted)}`,
      remedy: 'correct the methodology or the expectation',
    });
  };
  const items = new Map(rating.items.map(({ id, score }) => [id, score]));
  for (const [id, score] of Object.entries(expected.items ?? {})) {
    compare(`items/${id}`, score, items.get(id) ?? 'not used');
  }
  compare('missing', names(expected.missing), names(missingOf(rating)));
  compare('total', expected.total, rating.total.sum);
  compare('score', expected.score, rating.score);
  compare('gradeByScore', expected.gradeByScore, rating.gradeByScore);
  compare('grade', expected.grade, rating.grade);
  compare('basis', expected.basis, rating.basis);
  compare('rule', expected.rule, rating.rule ?? 'none');
  compare('marks', names(expected.marks), names(rating.marks));
  return faults;
}

const missingOf = ({ items }: Rating): string[] =>
  items.filter(({ missing }) => missing).map(({ id }) => id);

/** A set of names as text, whatever its order. */
const names = (list: readonly string[] | undefined): string | undefined =>
  list === undefined ? undefined : `[${[...list].sort().join(', ')}]`;
