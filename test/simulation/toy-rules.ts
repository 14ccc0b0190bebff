import type { Decoded } from '@tidemark/engine/machine';

/** What the global topics say: every version ever seen, in the order of reading. */
export interface ToyGlobals {
  readonly rules: readonly Rules[];
  readonly factors: readonly Factors[];
}

/** Thresholds of the grades 2, 3, ... in force from an instant on. */
export interface Rules {
  readonly name: string;
  readonly at: number;
  readonly thresholds: readonly number[];
}

/** What an amount of a kind counts for; 1 where nothing is said. */
export interface Factors {
  readonly name: string;
  readonly at: number;
  readonly of: Readonly<Record<string, number>>;
}

export interface InForce {
  /** Empty before the first rules. */
  readonly version: string;
  readonly thresholds: readonly number[];
  readonly of: Readonly<Record<string, number>>;
}

/** Takes in a record of `rules` or `factors`; a name that was seen is never replaced. */
export function takeRules(
  globals: ToyGlobals,
  topic: string,
  value: Uint8Array,
): Decoded<ToyGlobals> {
  const read = parse(value);
  if (read === undefined) {
    return { ok: false, code: 'undecodable', field: null, reason: 'this is no toy version' };
  }
  const known = topic === 'rules' ? globals.rules : globals.factors;
  if (known.some(({ name }) => name === read.name)) {
    return {
      ok: false,
      code: 'conflicting-duplicate',
      field: 'name',
      reason: 'a name seen before',
    };
  }
  const { name, at, thresholds = [], of = {} } = read;
  const value_: ToyGlobals =
    topic === 'rules'
      ? { ...globals, rules: [...globals.rules, { name, at, thresholds }] }
      : { ...globals, factors: [...globals.factors, { name, at, of }] };
  return { ok: true, value: value_ };
}

function parse(
  value: Uint8Array,
): (Partial<Rules & Factors> & { name: string; at: number }) | undefined {
  try {
    const read = JSON.parse(Buffer.from(value).toString()) as Rules & Factors;
    return typeof read.name === 'string' ? read : undefined;
  } catch {
    return undefined;
  }
}

/** The latest by then, of each: of two at one instant the one read later. */
export function rulesAt(globals: ToyGlobals, clock: number): InForce {
  const rules = latest(globals.rules, clock);
  const factors = latest(globals.factors, clock);
  if (rules === undefined) return { version: '', thresholds: [], of: {} };
  return inForce(rules, factors);
}

/** What a version says; what else is in the globals has no effect. */
export function rulesOf(globals: ToyGlobals, version: string): InForce {
  const [rulesName, factorsName] = version.split('/');
  const rules = globals.rules.find(({ name }) => name === rulesName);
  if (rules === undefined) return { version: '', thresholds: [], of: {} };
  return inForce(
    rules,
    globals.factors.find(({ name }) => name === factorsName),
  );
}

const inForce = (rules: Rules, factors: Factors | undefined): InForce => ({
  version: `${rules.name}/${factors?.name ?? ''}`,
  thresholds: rules.thresholds,
  of: factors?.of ?? {},
});

function latest<T extends { readonly at: number }>(
  all: readonly T[],
  clock: number,
): T | undefined {
  let found: T | undefined;
  for (const one of all) {
    if (one.at <= clock && (found === undefined || one.at >= found.at)) found = one;
  }
  return found;
}
