import { Environment } from '@marcbachmann/cel-js';
import { SIGNATURES } from './functions';
import { celType, type Node, type Type } from './node';

/**
 * The names that an expression may use. `resolve` gives the compiled node of a name; `depends`
 * collects what the expression reads, so that only what an event touches is evaluated again.
 */
export interface Scope {
  readonly names: ReadonlyMap<string, Binding>;
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly lists: ReadonlyMap<string, List>;
  /** Item ids that itemScore() may name. */
  readonly items: ReadonlyMap<string, number>;
  readonly linkPatterns: ReadonlySet<string>;
  /** Definitions and features that have a fault of their own. */
  readonly faulty?: ReadonlySet<string>;
}

export interface Binding {
  readonly type: Type;
  /** Dependency keys, e.g. `a:channel`, `f:cash30d`. */
  readonly reads: readonly string[];
  readonly node: Node;
}

export interface Definition {
  readonly params: readonly (readonly [name: string, type: Type])[];
  readonly source: string;
  readonly type: Type;
}

/** A reference list of the document, by key, with its row for keys that are not listed. */
export interface List {
  readonly rows: ReadonlyMap<string, Readonly<Record<string, number | boolean>>>;
  readonly fallback: Readonly<Record<string, number | boolean>> | undefined;
}

/** The field of a list row that is a plain number. */
export const PLAIN = 'value';

function recordTypes(type: Type, into: Map<string, Readonly<Record<string, Type>>>): void {
  if (type.is === 'list') recordTypes(type.of, into);
  if (type.is !== 'record') return;
  for (const field of Object.values(type.fields)) recordTypes(field, into);
  into.set(type.name, type.fields);
}

const unreachable = (): never => {
  throw new Error('the type checker evaluates nothing');
};

/** The CEL environment that type-checks what is written in a scope. */
export function checker(scope: Scope): Environment {
  const env = new Environment({ unlistedVariablesAreDyn: false });
  const types = new Map<string, Readonly<Record<string, Type>>>();
  for (const { type } of scope.names.values()) recordTypes(type, types);
  for (const [name, fields] of types) {
    env.registerType(name, {
      fields: Object.fromEntries(Object.entries(fields).map(([k, t]) => [k, celType(t)])),
    });
  }
  for (const [name, { type }] of scope.names) env.registerVariable(name, celType(type));
  for (const signature of SIGNATURES) env.registerFunction(signature, unreachable);
  for (const [name, { params, type }] of scope.definitions) {
    if (params.length === 0) env.registerVariable(name, celType(type));
    else {
      const signature = params.map(([, of]) => celType(of)).join(', ');
      env.registerFunction(`${name}(${signature}): ${celType(type)}`, unreachable);
    }
  }
  return env;
}
