import {
  PARTY_FIELDS,
  PROFILE_ATTRIBUTES,
  RISK_EVENT_FIELDS,
  TRANSACTION_FIELDS,
  type FieldType,
} from '@tidemark/schemas/dictionary';
import { midnight } from '../calendar';
import { BOOL, DAY, INSTANT, INT, STRING, list, valid } from '../expression/node';
import type { Clock, Env, Node, Type, Value } from '../expression/node';
import type { Binding } from '../expression/scope';
import { placesOf } from '../factors/registers';
import type { MethodologyDocument } from './document';

const MONEY: Type = { is: 'record', name: 'Money', fields: { amount: INT, currency: STRING } };
const PLACE_FIELDS: Readonly<Record<string, Type>> = { country: STRING, region: STRING };
const PLACE: Type = { is: 'record', name: 'Place', fields: PLACE_FIELDS };
const HELD_PLACE: Type = {
  is: 'record',
  name: 'HeldPlace',
  fields: {
    holder: STRING,
    kind: { is: 'string', values: ['nationality', 'registration', 'domicile', 'businessPlace'] },
    country: STRING,
    region: STRING,
  },
};

export function typeOf(field: FieldType): Type {
  switch (field.kind) {
    case 'enum':
      return field.values === undefined ? STRING : { is: 'string', values: field.values };
    case 'string':
    case 'country':
    case 'region':
    case 'currency':
    case 'industry':
      return STRING;
    case 'int':
    case 'fen':
      return INT;
    case 'bool':
      return BOOL;
    case 'day':
      return DAY;
    case 'instant':
      return INSTANT;
    case 'strings':
    case 'countries':
      return list(STRING);
    case 'place':
      return PLACE;
    case 'money':
      return MONEY;
    case 'parties':
      return list({ is: 'record', name: 'Party', fields: typesOf(PARTY_FIELDS) });
    default:
      return field.kind satisfies never;
  }
}

export const typesOf = (fields: Readonly<Record<string, FieldType>>): Record<string, Type> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, typeOf(field)]));

const EXTRA_TYPES: Readonly<Record<string, Type>> = {
  bool: BOOL,
  int: INT,
  string: STRING,
  day: DAY,
  instant: INSTANT,
};

/**
 * Fields in which a reversal differs from the record that it takes back. A filter on one of them
 * would book the record and not find it again, so features do not know them.
 */
const NOT_REPEATED = new Set(['occurredAt', 'bookedAt', 'status']);

/** What a transaction need not state when it is not so (records.md). */
const FALSE_IF_ABSENT = new Set(['crossBorder']);

/** Names of the fields of a record under a feature's `where`. */
export function recordNames(of: 'transactions' | 'riskEvents'): Map<string, Binding> {
  const fields = of === 'transactions' ? TRANSACTION_FIELDS : RISK_EVENT_FIELDS;
  const names = new Map<string, Binding>();
  for (const [name, type] of Object.entries(typesOf(fields))) {
    if (of === 'transactions' && NOT_REPEATED.has(name)) continue;
    const run = FALSE_IF_ABSENT.has(name)
      ? (env: Env): Value => env.record[name] ?? false
      : (env: Env): Value => env.record[name];
    names.set(name, { type, reads: [], node: { type, run } });
  }
  return names;
}

/** Names of everything that is known of a customer but the features. */
export function customerNames(document: MethodologyDocument): Map<string, Binding> {
  const names = new Map<string, Binding>();
  for (const [name, type] of Object.entries(typesOf(PROFILE_ATTRIBUTES))) {
    names.set(name, attribute(name, type));
  }
  for (const [name, { type: kind, values }] of Object.entries(document.attributes ?? {})) {
    const declared = EXTRA_TYPES[kind] ?? STRING;
    const type: Type =
      declared.is === 'string' && values !== undefined ? { is: 'string', values } : declared;
    names.set(name, attribute(name, type));
  }
  const places: Type = list(HELD_PLACE);
  names.set('places', {
    type: places,
    reads: ['nationality', 'registration', 'domicile', 'businessPlace', 'parties'].map(
      (name) => `a:${name}`,
    ),
    node: { type: places, course: 'still', run: (env) => placesOf(env.state) },
  });
  names.set(
    'today',
    now(
      DAY,
      (env) => env.today,
      (env, day) => midnight(env.zone, day),
    ),
  );
  names.set(
    'asOf',
    now(
      INSTANT,
      (env) => env.asOf,
      (_, instant) => instant,
    ),
  );
  return names;
}

function attribute(name: string, type: Type): Binding {
  const stated = (env: Env): boolean => env.state.profile.get(name)?.value !== undefined;
  // No party has ever been stated: there is none that is known, so lists of parties are empty.
  const run =
    name === 'parties'
      ? (env: Env): Value => env.state.profile.get(name)?.value ?? []
      : (env: Env): Value => env.state.profile.get(name)?.value;
  return { type, reads: [`a:${name}`], node: { type, course: 'still', run, stated } };
}

/** The clock itself, as a number that grows. */
function now(
  type: Type,
  age: (env: Env) => number,
  reaches: (env: Env, k: number) => number,
): Binding {
  const clock: Clock = { age, reaches };
  const node: Node = {
    type,
    clock,
    run: (env) => {
      valid(env, reaches(env, age(env) + 1));
      return age(env);
    },
  };
  return { type, reads: [], node };
}
