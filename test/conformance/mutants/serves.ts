/** Which parts of a methodology document decide a rule. */
import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import type { Rule } from '../rules';
import { namesIn } from './cel-mutants';
import type { DocumentMutant } from './document-mutants';

/** A pointer, `*` for any one key, and after # what a change must name. */
type Place = string;

/** Texts that are no expressions. */
const PROSE = new Set(['title', 'rationale', 'note', 'task', 'reason', 'rules']);

/** The rules that each mutant serves: its own and those that read what it changes. */
export function rulesServed(
  document: MethodologyDocument,
  rules: readonly Rule[],
  mutants: readonly DocumentMutant[],
): Map<DocumentMutant, string[]> {
  const served = new Map(mutants.map((mutant) => [mutant, [] as string[]]));
  for (const rule of rules) {
    const places = withWhatTheyRead(document, rule.at ?? placesNaming(document, rule.id));
    for (const mutant of mutants) {
      if (places.some((place) => covers(place, mutant))) served.get(mutant)?.push(rule.id);
    }
  }
  return served;
}

/** The items and direct rules that name a rule. */
function placesNaming({ items, direct }: MethodologyDocument, id: string): Place[] {
  const places: Place[] = Object.entries(items)
    .filter(([, item]) => item.rules.includes(id))
    .flatMap(([name]) => [`/items/${name}/score`, `/items/${name}/required`]);
  direct?.highest?.forEach(({ rule }, i) => {
    if (rule === id) places.push(`/direct/highest/${i}`);
  });
  direct?.lowest?.unless.forEach(({ rule }, i) => {
    if (rule === id) places.push(`/direct/lowest/unless/${i}`);
  });
  return places;
}

function withWhatTheyRead(document: MethodologyDocument, places: readonly Place[]): Place[] {
  const found = new Set<Place>(places);
  for (const place of found) {
    if (place.includes('#') || place.startsWith('/lists/') || place.includes('*')) continue;
    const names = new Set(textsIn(at(document, place)).flatMap(namesIn));
    for (const name of names) {
      if (document.define?.[name] !== undefined) found.add(`/define/${name}`);
      if (document.features?.[name] !== undefined) found.add(`/features/${name}`);
      if (document.lists?.[name] !== undefined) found.add(`/lists/${name}`);
    }
  }
  return [...found];
}

function at(node: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), node);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function textsIn(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  if (!isObject(node)) return [];
  return Object.entries(node).flatMap(([key, inner]) => (PROSE.has(key) ? [] : textsIn(inner)));
}

function covers(place: Place, { path, change }: DocumentMutant): boolean {
  const [pointer = '', text] = place.split('#');
  const keys = path.split('/');
  const wanted = pointer.split('/');
  const within = wanted.every((key, i) => key === '*' || key === keys[i]);
  return within && (text === undefined || change.includes(text));
}
