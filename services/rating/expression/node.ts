import type { Zone } from '../calendar';
import type { Exact } from '../exact';
import type { CustomerState } from '../state';
import type { Course } from './course';

/**
 * Values of compiled CEL. `undefined` is *unknown*: an absent attribute, or anything computed from
 * one (design: missing is not safe). Lists may hold unknown elements.
 */
export type Value = undefined | boolean | Exact | string | readonly Value[] | Structure;
export interface Structure {
  readonly [field: string]: Value;
}

/** What an expression is evaluated over. One per evaluation, reused for all nodes. */
export interface Env {
  /** The step's clock, UTC milliseconds: the only time there is. */
  asOf: number;
  /** The local date of `asOf` in the methodology's zone. */
  today: number;
  /** Lowered by every read whose value time alone can change; the validity of the result. */
  until: number;
  readonly zone: Zone;
  state: CustomerState;
  /** The score of an item by its unit; unknown if the item is not used. */
  score: (unit: number) => Value;
  /** The record under a feature's `where`. */
  record: Structure;
  /** Variables of comprehensions and parameters of definitions. */
  readonly locals: Value[];
  /** Numbers the evaluation of a customer's units that is under way; 0: none is. See once.ts. */
  pass: number;
  /** How many there have been. */
  passes: number;
}

export type Type =
  | { readonly is: 'bool' }
  | { readonly is: 'int'; readonly unit?: 'day' | 'instant' }
  | { readonly is: 'string'; readonly values?: readonly string[] }
  | { readonly is: 'list'; readonly of: Type }
  | {
      readonly is: 'record';
      readonly name: string;
      readonly fields: Readonly<Record<string, Type>>;
    };

/**
 * A number that only grows with time (an age). Comparing it with a constant changes at one instant,
 * so a comparison need not be evaluated again before that.
 */
export interface Clock {
  /** The age now; unknown if its origin is. */
  readonly age: (env: Env) => number | undefined;
  /** The first instant at which the age is `k` or more; -Infinity when k <= 0. */
  readonly reaches: (env: Env, k: number) => number;
}

export interface Node {
  readonly type: Type;
  readonly run: (env: Env) => Value;
  /** How time alone changes it. */
  readonly course?: Course;
  readonly clock?: Clock;
  /** The value of a literal. */
  readonly constant?: boolean | Exact | string;
  /** Grouped window feature, for at(). */
  readonly group?: (env: Env, key: string) => Value;
  /** The read key of the grouped series whose groups these are, when the list holds nothing else. */
  readonly groupsOf?: string;
  /** Whether the fact is stated, where that differs from its value being known. */
  readonly stated?: (env: Env) => boolean;
}

export const BOOL: Type = { is: 'bool' };
export const INT: Type = { is: 'int' };
export const DAY: Type = { is: 'int', unit: 'day' };
export const INSTANT: Type = { is: 'int', unit: 'instant' };
export const STRING: Type = { is: 'string' };
export const list = (of: Type): Type => ({ is: 'list', of });

/** The CEL name of a type, for the type checker. */
export function celType(type: Type): string {
  switch (type.is) {
    case 'bool':
    case 'int':
    case 'string':
      return type.is;
    case 'list':
      return `list<${celType(type.of)}>`;
    case 'record':
      return type.name;
    default:
      return type satisfies never;
  }
}

export const isExact = (value: Value): value is Exact =>
  typeof value === 'number' || typeof value === 'bigint';
export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
export const isStructure = (value: Value): value is Structure =>
  typeof value === 'object' && !Array.isArray(value);

/** Lowers the validity of the running evaluation. */
export function valid(env: Env, until: number): void {
  if (until < env.until) env.until = until;
}
