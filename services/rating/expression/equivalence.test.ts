import { Environment } from '@marcbachmann/cel-js';
import { PROFILE_ATTRIBUTES, LINK_PATTERNS, type FieldType } from '@tidemark/schemas/dictionary';
import fc from 'fast-check';
import { shippedDocument } from '../customer.fixture';
import { placesOf } from '../factors/registers';
import { resolveDefinitions } from '../methodology/definitions';
import type { MethodologyDocument } from '../methodology/document';
import { compileFeatures } from '../methodology/features';
import { compileLists } from '../methodology/lists';
import { customerNames } from '../methodology/names';
import { compiler } from './compile';
import { compile as compileSmall, envOf, SHANGHAI } from './expression.fixture';
import { SIGNATURES } from './functions';
import { isList, isStructure, type Env, type Type, type Value } from './node';
import type { Binding, Scope } from './scope';

/**
 * The compiled closures against cel-js itself, over inputs in which everything is known. cel-js
 * works on BigInt; the functions of the language are written here a second time.
 */
type Cel = bigint | boolean | string | Cel[] | { [name: string]: Cel };

function toCel(value: Value): Cel {
  if (typeof value === 'number') return BigInt(value);
  if (value === undefined) throw new Error('everything is known here');
  if (isList(value)) return value.map(toCel);
  if (!isStructure(value)) return value;
  const known = Object.entries(value).filter(([, of]) => of !== undefined);
  return Object.fromEntries(known.map(([name, of]) => [name, toCel(of)]));
}

/** BigInt to number, also inside lists and groups. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, plain(of)]));
}

/** Full months by hand: the day of the month must be reached, the next 1st reaches any. */
function months(day: bigint, today: bigint): bigint {
  if (day >= today) return 0n;
  const [from, to] = [day, today].map((of) => new Date(Number(of) * 86_400_000));
  if (from === undefined || to === undefined) return 0n;
  const whole =
    (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
  return BigInt(whole - (to.getUTCDate() < from.getUTCDate() ? 1 : 0));
}

type Handler = (...args: never[]) => unknown;
type Rows = Record<string, Record<string, number | boolean>>;

/** What each function means, written for BigInt and without unknowns. */
function handlers(
  lists: Map<string, { rows: Rows; fallback: Rows[string] | undefined }>,
  env: Env,
): Record<string, Handler> {
  const row = (list: string, key: string, column: string): unknown => {
    const { rows = {}, fallback } = lists.get(list) ?? {};
    const value = (rows[key] ?? fallback)?.[column];
    if (value === undefined) throw new Error(`no ${column} of ${key} in ${list}`);
    return typeof value === 'number' ? BigInt(value) : value;
  };
  const today = (): bigint => BigInt(env.today);
  return {
    known: () => true,
    orElse: (value: unknown) => value,
    fullYears: (day: bigint) => months(day, today()) / 12n,
    fullMonths: (day: bigint) => months(day, today()),
    age24h: (at: bigint) => (BigInt(env.asOf) < at ? 0n : (BigInt(env.asOf) - at) / 86_400_000n),
    level: row,
    flag: row,
    listDay: row,
    listed: (list: string, key: string) => lists.get(list)?.rows[key] !== undefined,
    longestPrefix: (list: string, code: string) => {
      const { rows = {}, fallback } = lists.get(list) ?? {};
      const keys = Object.keys(rows).filter((key) => code.startsWith(key));
      const best = keys.sort((a, b) => b.length - a.length)[0];
      return BigInt(Number((best === undefined ? fallback : rows[best])?.['value']));
    },
    share: (part: bigint, total: bigint, percent: bigint) =>
      total > 0n && part * 100n >= percent * total,
    prefix: (text: string, n: bigint) => text.substring(0, Number(n)),
    itemScore: () => BigInt(Number(env.score(0))),
    linkHit: (pattern: string) => env.state.links.get(pattern)?.hit === true,
    max: (a: bigint | bigint[], b?: bigint) =>
      [a, b ?? []].flat().reduce((x, y) => (y > x ? y : x)),
    min: (a: bigint, b: bigint) => (a < b ? a : b),
    sum: (list: bigint[]) => list.reduce((x, y) => x + y, 0n),
    count: (list: boolean[]) => BigInt(list.filter((of) => of).length),
    at: (groups: { [field: string]: unknown }[], keys: string | string[]) =>
      [...new Set([keys].flat())].reduce((total, key) => {
        const found = groups.find((group) =>
          Object.entries(group).some(([name, of]) => name !== 'value' && of === key),
        );
        const value = found?.['value'];
        return typeof value === 'bigint' ? total + value : total;
      }, 0n),
  };
}

/** A cel-js environment with real functions and no declared types. */
function celEnvironment(functions: Record<string, Handler>): Environment {
  const cel = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
  });
  for (const signature of SIGNATURES) {
    const name = signature.slice(0, signature.indexOf('('));
    const handler = functions[name];
    if (handler === undefined) throw new Error(`no handler of ${name}`);
    cel.registerFunction(signature.replace(/list<\w+>/g, 'list'), handler as never);
  }
  return cel;
}

/** Standard CEL has no has() of a name. */
const celSource = (source: string): string => source.replace(/\bhas\((\w+)\)/g, 'known($1)');

describe('generated expressions', () => {
  const leaves = {
    int: fc.oneof(
      fc.constantFrom('a', 'b', 'c'),
      fc.integer({ min: -9, max: 9 }).map((n) => (n < 0 ? `(${n})` : `${n}`)),
    ),
    bool: fc.constantFrom('p', 'q', 'r', 'true', 'false'),
    string: fc.constantFrom('s', 't', '"x"', '"yz"', '""'),
  };
  const compared = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
  const { bool } = fc.letrec<{ int: string; bool: string; string: string; ints: string }>(
    (tie) => ({
      int: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaves.int,
        fc
          .tuple(tie('int'), fc.constantFrom('+', '-', '*'), tie('int'))
          .map(([x, op, y]) => `(${x} ${op} ${y})`),
        fc.tuple(tie('bool'), tie('int'), tie('int')).map(([x, y, z]) => `(${x} ? ${y} : ${z})`),
        fc
          .tuple(fc.constantFrom('max', 'min'), tie('int'), tie('int'))
          .map(([f, x, y]) => `${f}(${x}, ${y})`),
        tie('int').map((x) => `(-${x})`),
        tie('ints').map((x) => `sum(${x})`),
        tie('ints').map((x) => `max([0] + ${x})`),
        tie('ints').map((x) => `size(${x})`),
        tie('string').map((x) => `size(${x})`),
        fc.tuple(tie('bool'), tie('bool')).map(([x, y]) => `count([${x}, ${y}])`),
      ),
      bool: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaves.bool,
        fc.tuple(tie('int'), compared, tie('int')).map(([x, op, y]) => `(${x} ${op} ${y})`),
        fc
          .tuple(tie('string'), fc.constantFrom('==', '!='), tie('string'))
          .map(([x, op, y]) => `(${x} ${op} ${y})`),
        fc
          .tuple(tie('bool'), fc.constantFrom('&&', '||', '==', '!='), tie('bool'))
          .map(([x, op, y]) => `(${x} ${op} ${y})`),
        tie('bool').map((x) => `!${x}`),
        fc.tuple(tie('int'), tie('ints')).map(([x, y]) => `(${x} in ${y})`),
        fc.tuple(tie('string'), tie('string')).map(([x, y]) => `(${x} in [${y}, "x"])`),
        fc
          .tuple(tie('ints'), fc.constantFrom('exists', 'all'), compared, tie('int'))
          .map(([x, f, op, y]) => `${x}.${f}(e, e ${op} ${y})`),
        fc.tuple(tie('int'), tie('int')).map(([x, y]) => `share(${x}, ${y}, 20)`),
      ),
      string: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaves.string,
        fc.tuple(tie('string'), tie('string')).map(([x, y]) => `(${x} + ${y})`),
        fc
          .tuple(tie('bool'), tie('string'), tie('string'))
          .map(([x, y, z]) => `(${x} ? ${y} : ${z})`),
        tie('string').map((x) => `prefix(${x}, 1)`),
      ),
      ints: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.tuple(tie('int'), tie('int')).map(([x, y]) => `[${x}, ${y}]`),
        fc.tuple(tie('ints'), tie('ints')).map(([x, y]) => `(${x} + ${y})`),
        fc
          .tuple(tie('ints'), compared, tie('int'))
          .map(([x, op, y]) => `${x}.filter(f, f ${op} ${y})`),
        fc.tuple(tie('ints'), tie('int')).map(([x, y]) => `${x}.map(g, g * ${y})`),
      ),
    }),
  );
  const inputs = fc.record({
    a: fc.integer({ min: -20, max: 20 }),
    b: fc.integer({ min: -20, max: 20 }),
    c: fc.constantFrom(0, 1, 10 ** 6, -(10 ** 6)),
    p: fc.boolean(),
    q: fc.boolean(),
    r: fc.boolean(),
    s: fc.constantFrom('', 'x', 'yz', '客户'),
    t: fc.constantFrom('', 'x', 'xyz'),
  });

  it('mean in the compiled closures what they mean in cel-js', () => {
    const cel = celEnvironment(handlers(new Map(), envOf({})));
    let overflows = 0;
    fc.assert(
      fc.property(bool, inputs, (source, stated) => {
        let expected: unknown;
        try {
          expected = cel.evaluate(source, toCel(stated) as never);
        } catch (error) {
          // Integers of CEL end at 64 bits, ours do not.
          if (!/overflow/.test(String(error))) throw error;
          overflows += 1;
          return;
        }
        expect(compileSmall(source).node.run(envOf(stated))).toBe(expected);
      }),
      { numRuns: 1500 },
    );
    expect(overflows).toBeLessThan(300);
  });
});

/** The shipped document with a row field that is optional there, so that nothing is unknown. */
function knownDocument(name: string): MethodologyDocument {
  const document = shippedDocument(name);
  const lists = Object.entries(document.lists ?? {}).map(([list, of]) => {
    if (list !== 'countryRisk') return [list, of] as const;
    const left = (row: unknown, date: string): object => ({ ...(row as object), leftFatfOn: date });
    const rows = Object.entries(of.rows).map(([key, row], i) => [
      key,
      left(row, i % 2 === 0 ? '2025-01-01' : '2010-01-01'),
    ]);
    return [
      list,
      { ...of, rows: Object.fromEntries(rows), default: left(of.default, '2024-05-01') },
    ] as const;
  });
  return { ...document, lists: Object.fromEntries(lists) } as MethodologyDocument;
}

const CODES = ['CN', 'XA', 'XB', 'XC', 'XD', 'XE', 'DE'];
const PRODUCTS = ['payroll', 'pension', 'deposit', 'trust'];
const REGIONS = ['310100', '310115', '320100'];

function valuesOf({ kind, values }: FieldType): fc.Arbitrary<Value> {
  const place = fc.record({
    country: fc.constantFrom(...CODES),
    region: fc.constantFrom(...REGIONS),
  });
  switch (kind) {
    case 'enum':
      return fc.constantFrom(...(values ?? []));
    case 'int':
      return fc.constantFrom(1, 2, 3, 4, 12, 25, 31, 91, 100);
    case 'fen':
      return fc.constantFrom(19_999_999, 20_000_000, 20_000_001, 50_000_001);
    case 'bool':
      return fc.boolean();
    case 'day':
      return fc.integer({ min: 19_500, max: 20_700 });
    case 'instant':
      return fc.integer({ min: 0, max: 800 }).map((days) => NOW - days * 86_400_000 + (days % 2));
    case 'country':
      return fc.constantFrom(...CODES);
    case 'region':
      return fc.constantFrom(...REGIONS);
    case 'industry':
      return fc.constantFrom('F5191', 'F5182', 'C1310', 'J6633', 'G54');
    case 'strings':
      return fc.array(fc.constantFrom(...PRODUCTS), { maxLength: 2 });
    case 'countries':
      return fc.array(fc.constantFrom(...CODES), { maxLength: 2 });
    case 'place':
      return place;
    case 'money':
      return fc.record({
        amount: fc.constantFrom(999_999, 1_000_000, 20_000_001),
        currency: fc.constantFrom('CNY', 'USD'),
      });
    case 'parties':
      return fc.array(
        fc.record({
          partyId: fc.constantFrom('p1', 'p2'),
          role: fc.constantFrom(
            'beneficial_owner',
            'controller',
            'relative',
            'affiliate',
            'nominee_shareholder',
          ),
          nationality: fc.array(fc.constantFrom(...CODES), { maxLength: 1 }),
          domicile: place,
          pepStatus: fc.constantFrom('none', 'foreign_pep', 'domestic_pep'),
          leftOffice: fc.integer({ min: 19_800, max: 20_700 }),
          controlListed: fc.boolean(),
        }),
        { maxLength: 2 },
      );
    case 'string':
    case 'currency':
      return fc.constantFrom('x', 'y');
    default:
      return kind satisfies never;
  }
}

/** A value of a feature: a number near its bounds, or groups. */
function featureOf(type: Type): fc.Arbitrary<Value> {
  const numbers = fc.oneof(
    fc.integer({ min: 0, max: 12 }),
    fc.constantFrom(19_999_999, 20_000_000, 100_000_000, 10 ** 15),
  );
  if (type.is !== 'list' || type.of.is !== 'record') return numbers;
  const fields = Object.entries(type.of.fields).map(([name, of]) => {
    if (name === 'value') return [name, numbers] as const;
    if (of.is === 'string' && of.values !== undefined)
      return [name, fc.constantFrom(...of.values)] as const;
    const pool =
      name === 'product'
        ? PRODUCTS
        : name === 'counterpartyId'
          ? ['p1', 'p2']
          : name === 'ipRegion'
            ? [...REGIONS, 'XA']
            : CODES;
    return [name, fc.constantFrom(...pool)] as const;
  });
  const group = fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<Value>>);
  const key = (of: object): string => JSON.stringify({ ...of, value: undefined });
  return fc.uniqueArray(group, { maxLength: 3, selector: key });
}

const NOW = Date.UTC(2026, 2, 4, 4);

/** All CEL texts of a document under a path: strings where the format takes an expression. */
function expressionsOf(document: MethodologyDocument): string[] {
  const { highest = [], lowest } = document.direct ?? {};
  const scores = (form: unknown): string[] => {
    if (typeof form !== 'object' || form === null) return [];
    return Object.entries(form).flatMap(([key, of]) => {
      if ((key === 'value' || key === 'when') && typeof of === 'string') return [of];
      return key === 'scores' ? [] : scores(of);
    });
  };
  return [
    ...Object.values(document.segments),
    ...Object.values(document.items).flatMap(({ required, shows, score }) => [
      ...[required, shows].flatMap((source) => source ?? []),
      ...scores(score),
    ]),
    ...highest.map(({ when }) => when),
    ...(lowest === undefined ? [] : [lowest.when, ...lowest.unless.map(({ when }) => when)]),
    ...(document.caps ?? []).map(({ when }) => when),
    ...Object.values(document.marks ?? {}),
    ...Object.entries(document.define ?? {}).flatMap(([name, { params }]) =>
      params === undefined ? [name] : [],
    ),
  ];
}

describe.each(['cn-aml-bank', 'trade-credit-aaa-c'])('every condition and value of %s', (name) => {
  const document = knownDocument(name);
  const env = envOf({}, NOW, SHANGHAI, Math.floor(NOW / 86_400_000));
  const features = compileFeatures(document, []).names;
  const given = new Map<string, Value>();
  const names = customerNames(document);
  for (const [feature, binding] of features) {
    const group = (_: Env, key: string): Value => {
      const groups = given.get(feature);
      const found = isList(groups)
        ? groups.find(
            (of) =>
              isStructure(of) &&
              Object.entries(of).some(([field, is]) => field !== 'value' && is === key),
          )
        : undefined;
      return isStructure(found) ? found['value'] : 0;
    };
    const node: Binding['node'] = {
      type: binding.type,
      run: () => given.get(feature),
      ...(binding.node.group === undefined ? {} : { group }),
    };
    names.set(feature, { ...binding, node });
  }
  const scope: Scope = resolveDefinitions(
    document,
    {
      names,
      definitions: new Map(),
      lists: compileLists(document, []),
      items: new Map(Object.keys(document.items).map((item) => [item, 0])),
      linkPatterns: new Set(LINK_PATTERNS),
    },
    [],
  );
  const compile = compiler(scope);
  const lists = new Map(
    [...scope.lists].map(([list, { rows, fallback }]) => [
      list,
      { rows: Object.fromEntries(rows), fallback },
    ]),
  );
  const cel = celEnvironment(handlers(lists, env));
  const define = [...scope.definitions];
  let context: Record<string, Cel> = {};
  for (const [defined, { params, source }] of define) {
    if (params.length === 0) continue;
    const signature = params.map(() => 'dyn').join(', ');
    const body = (...args: Cel[]): unknown =>
      cel.evaluate(celSource(source), {
        ...context,
        ...Object.fromEntries(params.map(([param], i) => [param, args[i]])),
      } as never);
    cel.registerFunction(`${defined}(${signature}): dyn`, body as never);
  }
  const sources = [...new Set(expressionsOf(document))];
  const compiled = sources.map(
    (source) => [source, compile(source).node.run, cel.parse(celSource(source))] as const,
  );

  const extras = Object.entries(document.attributes ?? {}).map(([attribute, { type, values }]) => [
    attribute,
    valuesOf(values === undefined ? { kind: type } : { kind: 'enum', values }),
  ]);
  const attributes = Object.entries(PROFILE_ATTRIBUTES).map(([attribute, field]) => [
    attribute,
    valuesOf(field),
  ]);
  const stated = fc.record(
    Object.fromEntries([...attributes, ...extras]) as Record<string, fc.Arbitrary<Value>>,
  );
  const measured = fc.record(
    Object.fromEntries([...features].map(([feature, { type }]) => [feature, featureOf(type)])),
  );

  it('gives in the compiled closures what it gives in cel-js, over known facts on the bounds', () => {
    expect(sources.length).toBeGreaterThan(10);
    const results = new Map<string, Set<unknown>>();
    fc.assert(
      fc.property(
        stated,
        measured,
        fc.subarray([...LINK_PATTERNS]),
        fc.integer({ min: 1, max: 5 }),
        (profile, facts, hits, score) => {
          env.state = envOf(profile).state;
          env.score = () => score;
          for (const pattern of LINK_PATTERNS)
            env.state.links.set(pattern, {
              hit: hits.includes(pattern),
              count: undefined,
              at: 0,
              by: '',
            });
          for (const [feature, value] of Object.entries(facts)) given.set(feature, value);
          context = {};
          const known = {
            ...profile,
            ...facts,
            places: placesOf(env.state),
            today: env.today,
            asOf: env.asOf,
          };
          for (const [attribute, value] of Object.entries(known)) context[attribute] = toCel(value);
          for (const [defined, { params, source }] of define) {
            if (params.length === 0)
              context[defined] = cel.evaluate(celSource(source), context as never) as Cel;
          }
          for (const [source, run, inCel] of compiled) {
            const found = run(env);
            results.set(source, (results.get(source) ?? new Set()).add(found));
            expect([source, plain(found)]).toEqual([source, plain(inCel(context as never))]);
          }
        },
      ),
      { numRuns: 500 },
    );
    // Most were seen with several results; has() is always true here.
    const varied = [...results.values()].filter(({ size }) => size > 1).length;
    expect(varied / sources.length).toBeGreaterThan(0.6);
  });
});
