import fc, { type Arbitrary } from 'fast-check';
import { schemaOf, type RecordKind, type RecordOf } from './avro';
import {
  isOptional,
  isUnion,
  namedTypes,
  withoutNull,
  type AvroType,
  type Extra,
  type NamedSchema,
  type RecordSchema,
} from './avro-schema';
import { COUNTRY_CODES } from './countries';
import { CURRENCY_CODES } from './currencies';
import { FIRST_DAY, FIRST_INSTANT, LAST_DAY, LAST_INSTANT } from './iso-time';

type Types = ReadonlyMap<string, NamedSchema>;
type Fields = Record<string, unknown>;

export const INPUT_KINDS = [
  'profile-change',
  'transaction',
  'risk-event',
  'link-fact',
  'decision',
] as const;

export const OUTPUT_KINDS = [
  'grade-change',
  'rating',
  'dead-letter',
  'review-task',
  'restricted',
  'journal',
  'methodology',
  'reference-list',
  'order',
] as const;

const text = (minLength: number): Arbitrary<string> =>
  fc.string({ unit: 'grapheme', minLength, maxLength: 12 });
const country = fc.constantFrom(...COUNTRY_CODES, 'AA', 'QM', 'QZ', 'XA', 'XZ', 'ZZ');
const region = fc.stringMatching(/^[0-9]{6}$/);
const attribute = fc.stringMatching(/^x[A-Za-z0-9]{0,8}$/);

const BY_FORMAT: Readonly<Record<string, Arbitrary<string>>> = {
  institution: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
  country,
  region,
  'region-or-country': fc.oneof(region, country),
  industry: fc.stringMatching(/^[A-T][0-9]{2,4}$/),
  currency: fc.constantFrom(...CURRENCY_CODES),
};

const RANGES = {
  int: [-(2 ** 31), 2 ** 31 - 1],
  long: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
} as const;

const edges = (min: number, max: number): Arbitrary<number> =>
  fc.oneof(
    fc.constantFrom(min, max),
    fc.integer({ min, max }).map((n) => (n === 0 ? 0 : n)),
  );

function ofName(name: string, extra: Extra, types: Types): Arbitrary<unknown> {
  switch (name) {
    case 'boolean':
      return fc.boolean();
    case 'int':
    case 'long':
      return edges(extra.min ?? RANGES[name][0], extra.max ?? RANGES[name][1]);
    case 'string':
      if (extra.allowed !== undefined) return fc.constantFrom(...extra.allowed);
      return BY_FORMAT[extra.format ?? ''] ?? text(extra.minLength ?? 0);
    default: {
      const named = types.get(name);
      if (named === undefined) throw new Error(name);
      return ofType(named, extra, types);
    }
  }
}

function ofType(type: AvroType, extra: Extra, types: Types): Arbitrary<unknown> {
  if (typeof type === 'string') return ofName(type, extra, types);
  if (isUnion(type)) {
    return fc.oneof(
      ...type.map((b) => (b === 'null' ? fc.constant(null) : ofType(b, extra, types))),
    );
  }
  switch (type.type) {
    case 'enum':
      return fc.constantFrom(...type.symbols);
    case 'array':
      return fc.array(ofType(type.items, extra, types), { maxLength: 3 });
    case 'map':
      return fc.dictionary(
        extra.names === 'attribute-or-extra' ? attribute.map((n) => `extra.${n}`) : attribute,
        ofType(type.values, {}, types),
        { maxKeys: 3, noNullPrototype: true },
      );
    case 'int':
    case 'long':
      return type.logicalType === 'date'
        ? edges(FIRST_DAY, LAST_DAY)
        : edges(FIRST_INSTANT, LAST_INSTANT);
    case 'record':
      return ofRecord(type, types);
  }
}

function ofRecord(schema: RecordSchema, types: Types): Arbitrary<Fields> {
  const model: Record<string, Arbitrary<unknown>> = {};
  const required: string[] = [];
  for (const field of schema.fields) {
    const type = isOptional(field) ? (withoutNull(field.type) ?? field.type) : field.type;
    model[field.name] = ofType(type, field.tidemark ?? {}, types);
    if (!isOptional(field)) required.push(field.name);
  }
  const { oneOf } = schema.tidemark ?? {};
  if (oneOf !== undefined) {
    return fc.oneof(
      ...oneOf.map((group) =>
        fc.record(
          Object.fromEntries(group.map((name) => [name, model[name] ?? fc.constant(null)])),
          { noNullPrototype: true },
        ),
      ),
    );
  }
  return fc
    .record(model, { requiredKeys: required, noNullPrototype: true })
    .map((fields) => fields as Fields);
}

const isIn = (fields: unknown, name: string): boolean =>
  typeof fields === 'object' && fields !== null && name in fields;

/** Names to clear that the record does not set. */
function withClear(fields: Fields): Arbitrary<Fields> {
  const free = ['phone', 'parties', 'birthDate', 'extra.cleared', 'industry'].filter(
    (name) => !isIn(fields['set'], name),
  );
  return fc.option(fc.subarray(free), { nil: undefined }).map((clear) => {
    const { clear: _any, ...rest } = fields;
    return clear === undefined ? rest : { ...rest, clear };
  });
}

/** A kind's own fields, the required ones always. */
function ofKind(schema: RecordSchema, types: Types, fields: Fields): Arbitrary<Fields> {
  const kinds = schema.tidemark?.kinds ?? {};
  const ruled = new Set(
    Object.values(kinds).flatMap((k) => [...(k.required ?? []), ...(k.optional ?? [])]),
  );
  const { required = [], optional = [] } = kinds[String(fields['kind'])] ?? {};
  const kept = Object.entries(fields).filter(
    ([name]) => !ruled.has(name) || optional.includes(name),
  );
  const forced = schema.fields.filter(({ name }) => required.includes(name));
  const made = fc.record(
    Object.fromEntries(
      forced.map((field) => [
        field.name,
        ofType(withoutNull(field.type) ?? field.type, field.tidemark ?? {}, types),
      ]),
    ),
    { noNullPrototype: true },
  );
  return made.map((own) => ({ ...Object.fromEntries(kept), ...own }));
}

/** Valid records of a kind, in the form in which programs hold them: made from the schema. */
export function recordsOf<K extends RecordKind>(kind: K): Arbitrary<RecordOf[K]> {
  const schema = schemaOf(kind);
  const types = namedTypes(schema);
  const { input, clears, kinds } = schema.tidemark ?? {};
  return ofRecord(schema, types)
    .chain((fields) => (clears === true ? withClear(fields) : fc.constant(fields)))
    .chain((fields) => (kinds === undefined ? fc.constant(fields) : ofKind(schema, types, fields)))
    .map(
      (fields) =>
        (input === undefined ? fields : { type: input, ...fields }) as unknown as RecordOf[K],
    );
}
