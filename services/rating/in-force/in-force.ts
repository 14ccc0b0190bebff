import { fingerprintOf } from '../methodology/fingerprint';
import type { MethodologyDocument } from '../methodology/document';
import type { Methodology } from '../methodology/methodology';
import { compiled, recall, remember } from './compiled';
import type { Combination, ListVersion, Period, RatingGlobals } from './globals';
import { NO_GLOBALS, withDocument } from './globals';

/** The version while no methodology is in force. */
export const NO_VERSION = '';

/** Globals in which one methodology is in force from the beginning. */
export function globalsOf(methodology: Methodology): RatingGlobals {
  remember(methodology);
  const { name, document, fingerprint } = methodology;
  return withDocument(NO_GLOBALS, {
    name,
    document,
    framework: undefined,
    from: Number.NEGATIVE_INFINITY,
    digest: fingerprint,
    fingerprints: methodology.fingerprints,
  });
}

interface Dated {
  /** UTC milliseconds. */
  readonly from: number;
}

/** The one with the latest `from` that has come; of equal ones the last. */
function latest<T extends Dated>(all: readonly T[], clock: number): T | undefined {
  let found: T | undefined;
  for (const one of all) {
    if (one.from <= clock && (found === undefined || one.from >= found.from)) found = one;
  }
  return found;
}

/** The document in force at a clock and the lists that replace its own; undefined: none is. */
function combinationAt(
  { documents, lists }: Pick<RatingGlobals, 'documents' | 'lists'>,
  clock: number,
): Combination | undefined {
  const document = latest(documents, clock);
  if (document === undefined) return undefined;
  const names = Object.keys(document.document.lists ?? {});
  const replaced = names.flatMap((name) => {
    const list = latest(
      lists.filter((one) => one.name === name),
      clock,
    );
    return list === undefined ? [] : [list];
  });
  return { document, lists: replaced };
}

function versionOf({ document, lists }: Combination): string {
  const { bare, lists: own } = document.fingerprints;
  const replaced = lists.map(({ name, fingerprint }) => [name, fingerprint] as const);
  return fingerprintOf({ bare, lists: { ...own, ...Object.fromEntries(replaced) } });
}

/** The document with the lists that replace its own. */
function effectiveDocument({ document: { document }, lists }: Combination): MethodologyDocument {
  if (lists.length === 0) return document;
  return { ...document, lists: { ...document.lists, ...Object.fromEntries(lists.map(named)) } };

  function named({ name, content }: ListVersion) {
    const { rows: _rows, default: _default, ...shell } = document.lists?.[name] ?? {};
    return [name, { ...shell, ...content }] as const;
  }
}

function methodologyOfCombination(combination: Combination, version: string): Methodology {
  const { document, lists } = combination;
  const name = [document.name, ...lists.map(({ id }) => id)].join(' with ');
  return compiled(
    `the methodology ${name}`,
    version,
    effectiveDocument(combination),
    document.framework,
  );
}

/**
 * The version in force at a clock, a fingerprint: that of the document activated last, each of its
 * lists replaced by the one of that name that became valid last. What was published too late is in
 * force from when it is read.
 * @throws Error when the document does not load with these lists; what was published is not passed over
 */
export function versionAt(globals: RatingGlobals, clock: number): string {
  const { derived } = globals;
  const { current } = derived;
  if (current !== undefined && current.from <= clock && clock < current.until) {
    return current.version;
  }
  const period = periodAt(globals, clock);
  derived.current = period;
  return period.version;
}

function periodAt(globals: RatingGlobals, clock: number): Period {
  const changes = globals.taken.map(({ from }) => from);
  const period = {
    from: Math.max(Number.NEGATIVE_INFINITY, ...changes.filter((at) => at <= clock)),
    until: Math.min(Number.POSITIVE_INFINITY, ...changes.filter((at) => at > clock)),
  };
  const combination = combinationAt(globals, clock);
  if (combination === undefined) return { ...period, version: NO_VERSION };
  const version = versionOf(combination);
  methodologyOfCombination(combination, version);
  return { ...period, version };
}

/**
 * The methodology of a version that is or was in force.
 * @throws Error when no such version was ever published
 */
export function methodologyOf(globals: RatingGlobals, version: string): Methodology {
  const { derived } = globals;
  if (derived.methodology?.fingerprint === version) return derived.methodology;
  const methodology = recall(version) ?? found(globals, version);
  derived.methodology = methodology;
  return methodology;
}

function found(globals: RatingGlobals, version: string): Methodology {
  const combination = combinations(globals).get(version);
  if (combination !== undefined) return methodologyOfCombination(combination, version);
  throw new Error(
    version === NO_VERSION
      ? 'no methodology is in force: publish one'
      : `no methodology or reference list that was published gives version ${version}`,
  );
}

/**
 * The version whose fingerprint begins like this: states hold the beginning only.
 * @param likely a version to try first
 * @throws Error when no such version was ever published
 */
export function versionBeginning(
  globals: RatingGlobals,
  beginning: string,
  likely: string,
): string {
  if (likely.startsWith(beginning)) return likely;
  for (const version of combinations(globals).keys()) {
    if (version.startsWith(beginning)) return version;
  }
  throw new Error(`no methodology or reference list that was published gives version ${beginning}`);
}

/** A methodology or a reference list, with its version. */
export interface NamedVersion {
  readonly kind: 'methodology' | 'reference-list';
  readonly name: string;
  readonly version: string;
}

/** The version of a list that the methodology document brings itself. */
const OWN = 'own';

/** What a version consists of; nothing where there is no such version. */
export function namesIn(globals: RatingGlobals, version: string): readonly NamedVersion[] {
  const combination = combinations(globals).get(version);
  if (combination === undefined) return [];
  const { document, lists } = combination;
  const own = Object.keys(document.document.lists ?? {});
  return [
    { kind: 'methodology', ...split(document.name) },
    ...own.map((name): NamedVersion => {
      const list = lists.find((one) => one.name === name);
      const named = list === undefined ? { name, version: OWN } : split(list.id);
      return { kind: 'reference-list', ...named };
    }),
  ];
}

/** @param id name@version */
function split(id: string): { readonly name: string; readonly version: string } {
  const at = id.lastIndexOf('@');
  return { name: id.slice(0, at), version: id.slice(at + 1) };
}

/** Every combination that can have been in force: at each change, after each record that was read. */
function combinations(globals: RatingGlobals): ReadonlyMap<string, Combination> {
  const { documents, lists, taken, derived } = globals;
  if (derived.combinations !== undefined) return derived.combinations;
  const found = new Map<string, Combination>();
  taken.forEach(({ documents: ofDocuments, lists: ofLists, from }, i) => {
    const then = { documents: documents.slice(0, ofDocuments), lists: lists.slice(0, ofLists) };
    const changes = taken.slice(0, i + 1).map((other) => other.from);
    for (const clock of new Set(changes.filter((at) => at >= from))) {
      const combination = combinationAt(then, clock);
      if (combination !== undefined) found.set(versionOf(combination), combination);
    }
  });
  derived.combinations = found;
  return found;
}

/** Countries that records may name beside ISO 3166-1: those of every published methodology and list. */
export function countriesOf({ documents, lists, derived }: RatingGlobals): ReadonlySet<string> {
  if (derived.countries !== undefined) return derived.countries;
  const countries = new Set<string>();
  const names = new Set(documents.map(({ document }) => document.countryList));
  for (const { document } of documents) {
    for (const name of names) addKeys(document.lists?.[name ?? '']?.rows);
  }
  for (const { name, content } of lists) if (names.has(name)) addKeys(content.rows);
  derived.countries = countries;
  return countries;

  function addKeys(rows: ListVersion['content']['rows'] = []): void {
    for (const key of isNames(rows) ? rows : Object.keys(rows)) countries.add(key);
  }
}

const isNames = (rows: ListVersion['content']['rows']): rows is readonly string[] =>
  Array.isArray(rows);
