import { Environment } from '@marcbachmann/cel-js';
import { fullMonths, MS_PER_DAY } from '@tidemark/rating/calendar';
import { hasShare } from '@tidemark/rating/exact';
import {
  isExact,
  isList,
  isStructure,
  type Type,
  type Value,
} from '@tidemark/rating/expression/node';
import { PLAIN } from '@tidemark/rating/expression/scope';
import { focus } from '@tidemark/rating/grading/evaluate';
import { compileLists } from '@tidemark/rating/methodology/lists';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import { MISSING } from '@tidemark/rating/methodology/methodology';
import { customerNames } from '@tidemark/rating/methodology/names';
import type { CustomerState } from '@tidemark/rating/state';

/**
 * The peer: what a CEL interpreter has to do for every event when nothing is kept or compiled. The
 * conditions and definitions of the document are parsed once and interpreted by cel-js over the
 * customer's attributes and features, whose values are given to it for nothing. It knows no unknown:
 * what is not stated has a value of its type, so that no condition ends in an exception.
 */
export interface CelPeer {
  readonly conditions: number;
  /** Conditions that cel-js cannot evaluate for these customers; they are left out. */
  readonly failed: readonly string[];
  readonly customers: readonly Variables[];
  /** Evaluates all conditions of a customer once. */
  readonly evaluate: (customer: Variables) => void;
}

type Peer = boolean | bigint | string | readonly Peer[] | { readonly [field: string]: Peer };
interface Variables {
  readonly values: Readonly<Record<string, Peer>>;
  readonly known: ReadonlySet<string>;
  readonly scores: ReadonlyMap<string, bigint>;
  readonly hits: ReadonlySet<string>;
  readonly today: number;
  readonly asOf: number;
}

export function celPeer(methodology: Methodology, states: readonly CustomerState[]): CelPeer {
  const { document } = methodology;
  let current: Variables | undefined;
  let values: Record<string, Peer> = {};
  const env = environment(methodology, () => current);
  const definitions = Object.entries(document.define ?? {});
  for (const [name, { params, is }] of definitions) {
    if (params === undefined) continue;
    const names = Object.keys(params);
    let run: ((context: object) => unknown) | undefined;
    env.registerFunction(
      `${name}(${names.map(() => 'dyn').join(', ')}): dyn`,
      (...args: unknown[]) => {
        run ??= env.parse(prepared(is));
        const context: Record<string, unknown> = { ...values };
        names.forEach((param, i) => (context[param] = args[i]));
        return run(context);
      },
    );
  }
  const shared = inOrder(new Map(definitions.flatMap(([n, d]) => (d.params ? [] : [[n, d.is]]))));
  const parsed = shared.map(([name, source]) => ({ name, run: env.parse(prepared(source)) }));
  let conditions = conditionsOf(document).map((source) => ({
    source,
    run: env.parse(prepared(source)) as (context: object) => unknown,
  }));
  const evaluate = (customer: Variables): void => {
    current = customer;
    values = { ...customer.values };
    for (const { name, run } of parsed) values[name] = run(values) as Peer;
    for (const { run } of conditions) run(values);
  };
  const customers = states.map((state) => variablesOf(methodology, state));
  const failed = new Set<string>();
  for (const customer of customers) {
    const all = conditions;
    conditions = [];
    evaluate(customer);
    for (const { source, run } of all) {
      try {
        run(values);
      } catch (error) {
        failed.add(`${source}: ${error instanceof Error ? error.message.split('\n')[0] : ''}`);
        continue;
      }
    }
    conditions = all.filter(({ source }) => ![...failed].some((f) => f.startsWith(`${source}: `)));
  }
  return { conditions: conditions.length, failed: [...failed], customers, evaluate };
}

/** `has(name)` asks for a name; standard CEL knows has() of a field only. */
const prepared = (source: string): string =>
  source.replace(/\bhas\(\s*([A-Za-z_]\w*)\s*\)/g, "known('$1')");

/** Every condition and value of segments, items and direct rules. */
function conditionsOf(document: Methodology['document']): string[] {
  const found: string[] = [...Object.values(document.segments)];
  const gather = (form: unknown): void => {
    if (Array.isArray(form)) form.forEach(gather);
    else if (typeof form === 'object' && form !== null) {
      for (const [key, value] of Object.entries(form)) {
        if (typeof value === 'string' && (key === 'when' || key === 'value')) found.push(value);
        else gather(value);
      }
    }
  };
  for (const { required, score, weight } of Object.values(document.items)) {
    if (weight === undefined) continue;
    if (required !== undefined) found.push(required);
    gather(score);
  }
  gather(document.direct);
  gather(document.caps);
  found.push(...Object.values(document.marks ?? {}));
  return found;
}

/** Each after those that it names. */
function inOrder(sources: ReadonlyMap<string, string>): [string, string][] {
  const order: [string, string][] = [];
  const done = new Set<string>();
  const visit = (name: string, source: string): void => {
    if (done.has(name)) return;
    done.add(name);
    for (const [other, its] of sources) {
      if (new RegExp(`\\b${other}\\b`).test(source)) visit(other, its);
    }
    order.push([name, source]);
  };
  for (const [name, source] of sources) visit(name, source);
  return order;
}

function environment(methodology: Methodology, now: () => Variables | undefined): Environment {
  const lists = compileLists(methodology.document, []);
  const field = (list: string, key: string, name: string): Peer => {
    const of = lists.get(list);
    return peerOf((of?.rows.get(key) ?? of?.fallback)?.[name] ?? 0);
  };
  const month = (day: bigint): number => fullMonths(Number(day), now()?.today ?? 0);
  const greatest = (values: readonly bigint[]): bigint => values.reduce((a, b) => (b > a ? b : a));
  const env = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
  });
  const add = (signature: string, run: (...args: never[]) => unknown): void => {
    env.registerFunction(signature, run as (...args: unknown[]) => unknown);
  };
  add('known(string): bool', (name: string) => now()?.known.has(name) ?? false);
  add('orElse(dyn, dyn): dyn', (value: Peer) => value);
  add('fullYears(dyn): int', (day: bigint) => BigInt(Math.floor(month(day) / 12)));
  add('fullMonths(dyn): int', (day: bigint) => BigInt(month(day)));
  add('age24h(dyn): int', (at: bigint) =>
    BigInt(Math.max(0, Math.floor(((now()?.asOf ?? 0) - Number(at)) / MS_PER_DAY))),
  );
  add('level(dyn, dyn, dyn): dyn', field);
  add('flag(dyn, dyn, dyn): dyn', (list: string, key: string, name: string) =>
    Boolean(field(list, key, name)),
  );
  add('listDay(dyn, dyn, dyn): dyn', field);
  add(
    'listed(dyn, dyn): bool',
    (list: string, key: string) => lists.get(list)?.rows.has(key) ?? false,
  );
  add('longestPrefix(dyn, dyn): dyn', (list: string, code: string) => {
    for (let length = code.length; length > 0; length -= 1) {
      const row = lists.get(list)?.rows.get(code.slice(0, length));
      if (row !== undefined) return peerOf(row[PLAIN]);
    }
    return peerOf(lists.get(list)?.fallback?.[PLAIN]);
  });
  add('share(dyn, dyn, dyn): bool', hasShare);
  add('prefix(dyn, dyn): string', (text: string, n: bigint) => text.slice(0, Number(n)));
  add('itemScore(string): int', (item: string) => now()?.scores.get(item) ?? 1n);
  add('linkHit(string): bool', (pattern: string) => now()?.hits.has(pattern) ?? false);
  add('max(dyn): dyn', greatest);
  add('max(dyn, dyn): dyn', (a: bigint, b: bigint) => (a > b ? a : b));
  add('min(dyn, dyn): dyn', (a: bigint, b: bigint) => (a < b ? a : b));
  add('sum(dyn): int', (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n));
  add('count(dyn): int', (values: readonly boolean[]) => BigInt(values.filter(Boolean).length));
  add(
    'at(dyn, dyn): int',
    (groups: readonly { key?: string; value: bigint }[], key: string) =>
      groups.find((group) => group.key === key)?.value ?? 0n,
  );
  return env;
}

function variablesOf(methodology: Methodology, state: CustomerState): Variables {
  const { env, items, features, document } = methodology;
  focus(methodology, state, state.asOf);
  const nodes = new Map(features);
  for (const [name, { node }] of customerNames(document)) nodes.set(name, node);
  const values: Record<string, Peer> = {};
  const known = new Set<string>();
  for (const [name, { run, type }] of nodes) {
    const value = run(env);
    if (value !== undefined) known.add(name);
    values[name] = value === undefined ? none(type) : peerOf(value);
  }
  const scores = new Map(
    items.map(({ name, index }) => [name, BigInt((state.results[index] ?? 0) & ~MISSING)]),
  );
  const hits = new Set([...state.links].flatMap(([name, { hit }]) => (hit ? [name] : [])));
  return { values, known, scores, hits, today: env.today, asOf: env.asOf };
}

/** CEL integers are bigints in cel-js. Fields that are not known are absent. */
function peerOf(value: Value): Peer {
  if (isExact(value)) return BigInt(value);
  if (value === undefined) return '';
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (isList(value)) return value.map(peerOf);
  if (!isStructure(value)) return '';
  const known = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(known.map(([name, field]) => [name, peerOf(field)]));
}

const NONE: Readonly<Record<Type['is'], Peer>> = {
  bool: false,
  int: 0n,
  string: '',
  list: [],
  record: {},
};
const none = ({ is }: Type): Peer => NONE[is];
