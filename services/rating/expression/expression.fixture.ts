/** A small scope for tests of expressions: the real dictionary, some attributes more, a list. */
import { zone } from '../calendar';
import type { MethodologyDocument } from '../methodology/document';
import { resolveDefinitions } from '../methodology/definitions';
import type { Fault } from '../methodology/faults';
import { customerNames } from '../methodology/names';
import { emptyState } from '../state';
import { compiler, type Compile } from './compile';
import { ExpressionFault } from './expression-fault';
import type { Env, Value } from './node';
import type { Scope } from './scope';

export const SHANGHAI = zone('Asia/Shanghai');
export const BERLIN = zone('Europe/Berlin');

const bool = { type: 'bool' } as const;
const int = { type: 'int' } as const;
const string = { type: 'string' } as const;

export const DOCUMENT = {
  attributes: {
    p: bool,
    q: bool,
    r: bool,
    a: int,
    b: int,
    c: int,
    s: string,
    t: string,
    mood: { type: 'string', values: ['calm', 'angry'] },
    born: { type: 'day' },
    seen: { type: 'instant' },
  },
} as const;

const LISTS: Scope['lists'] = new Map([
  [
    'risk',
    { rows: new Map([['XA', { level: 3, bad: true }]]), fallback: { level: 1, bad: false } },
  ],
  [
    'prefixes',
    {
      rows: new Map([
        ['F5', { value: 2 }],
        ['F51', { value: 4 }],
      ]),
      fallback: { value: 1 },
    },
  ],
]);

export function scopeOf(define: MethodologyDocument['define'] = {}): Scope {
  const document = { ...DOCUMENT, define } as unknown as MethodologyDocument;
  const base: Scope = {
    names: customerNames(document),
    definitions: new Map(),
    lists: LISTS,
    items: new Map([['C7', 1]]),
    linkPatterns: new Set(['B2.1']),
  };
  const faults: Fault[] = [];
  const scope = resolveDefinitions(document, base, faults);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return scope;
}

export const SCOPE = scopeOf({
  bothOf: { params: { x: 'bool', y: 'bool' }, is: 'x && y' },
  later: { is: 'a + 1' },
  twice: { params: { n: 'int' }, is: 'n + n' },
  thrice: { params: { n: 'int' }, is: 'twice(n) + sum([n].map(m, m))' },
});

/** So many expressions are taken for those of one document, which may cost only so much together. */
const OF_ONE_DOCUMENT = 100;
let compiled = 0;
let current = compiler(SCOPE);

export const compile: Compile = (...of) => {
  compiled += 1;
  if (compiled % OF_ONE_DOCUMENT === 0) current = compiler(SCOPE);
  return current(...of);
};

/** An environment in which these attributes are stated. */
export function envOf(
  stated: Readonly<Record<string, Value>>,
  asOf = 0,
  of = SHANGHAI,
  today = 0,
): Env {
  const state = emptyState('i', 'c');
  for (const [name, value] of Object.entries(stated)) {
    state.profile.set(name, { value, at: 0, by: '', estimated: false });
  }
  return {
    asOf,
    today,
    until: Number.POSITIVE_INFINITY,
    zone: of,
    state,
    score: () => undefined,
    record: {},
    locals: [],
    pass: 0,
    passes: 0,
  };
}

export const value = (source: string, stated: Readonly<Record<string, Value>> = {}): Value =>
  compile(source).node.run(envOf(stated));

/** The fault of an expression: what is wrong, and what to do. */
export function faultOf(source: string, of: Compile = compile): string {
  try {
    of(source);
  } catch (error) {
    if (error instanceof ExpressionFault) return `${error.message}; ${error.remedy}`;
    throw error;
  }
  return 'no fault';
}
