import {
  isUnion,
  namedTypes,
  withoutNull,
  type AvroType,
  type FieldSchema,
  type NamedSchema,
  type RecordSchema,
} from './avro-schema';
import {
  LINK_FACT_SCHEMA,
  PROFILE_CHANGE_SCHEMA,
  RISK_EVENT_SCHEMA,
  TRANSACTION_SCHEMA,
} from './generated/schemas';

/** What a condition can do with a field. `fen`: integer of CNY 0.01; `day`: since 1970-01-01; `instant`: UTC ms. */
export type FieldKind =
  | 'string'
  | 'enum'
  | 'int'
  | 'fen'
  | 'bool'
  | 'day'
  | 'instant'
  | 'country'
  | 'region'
  | 'currency'
  | 'industry'
  | 'strings'
  | 'countries'
  | 'place'
  | 'money'
  | 'parties';

export interface FieldType {
  readonly kind: FieldKind;
  /** The closed set of an `enum`. */
  readonly values?: readonly string[];
}

/** The fields of a record's kind beyond those that every kind has. */
export interface KindFieldNames {
  readonly fields: readonly string[];
  readonly required: readonly string[];
}

type Types = ReadonlyMap<string, NamedSchema>;

const BY_FORMAT: Readonly<Record<string, FieldKind>> = {
  country: 'country',
  region: 'region',
  currency: 'currency',
  industry: 'industry',
  fen: 'fen',
};

const BY_RECORD: Readonly<Record<string, FieldKind>> = {
  Place: 'place',
  Money: 'money',
  Party: 'parties',
};

function primitiveType(name: string, field: FieldSchema): FieldType | undefined {
  const { format, allowed } = field.tidemark ?? {};
  if (name === 'boolean') return { kind: 'bool' };
  if (name === 'int' || name === 'long') return { kind: format === 'fen' ? 'fen' : 'int' };
  if (name !== 'string') return undefined;
  if (allowed !== undefined) return { kind: 'enum', values: allowed };
  return { kind: (format === undefined ? undefined : BY_FORMAT[format]) ?? 'string' };
}

function listType(items: AvroType, field: FieldSchema, types: Types): FieldType {
  const item = fieldType(items, field, types)?.kind;
  switch (item) {
    case 'country':
      return { kind: 'countries' };
    case 'parties':
      return { kind: 'parties' };
    case 'string':
      return { kind: 'strings' };
    default:
      throw new Error(`${field.name}: no list of that kind`);
  }
}

/** The dictionary type of a field; undefined for what conditions cannot name (maps). */
function fieldType(type: AvroType, field: FieldSchema, types: Types): FieldType | undefined {
  if (typeof type === 'string') {
    const named = types.get(type);
    return named === undefined ? primitiveType(type, field) : fieldType(named, field, types);
  }
  if (isUnion(type)) {
    const only = withoutNull(type);
    return only === undefined ? undefined : fieldType(only, field, types);
  }
  switch (type.type) {
    case 'enum':
      return { kind: 'enum', values: type.symbols };
    case 'array':
      return listType(type.items, field, types);
    case 'map':
      return undefined;
    case 'int':
    case 'long':
      return { kind: type.logicalType === 'date' ? 'day' : 'instant' };
    case 'record': {
      const kind = BY_RECORD[type.name];
      return kind === undefined ? undefined : { kind };
    }
  }
}

/** Who, from whom: no facts, so that no condition may name them. */
const ENVELOPE = new Set(['id', 'institution', 'customer', 'source']);

function dictionary(root: RecordSchema, within = root.name): Readonly<Record<string, FieldType>> {
  const types = namedTypes(root);
  const record = types.get(within);
  if (record === undefined || record.type !== 'record') throw new Error(`no record ${within}`);
  return Object.fromEntries(
    record.fields.flatMap((field) => {
      if (record === root && ENVELOPE.has(field.name)) return [];
      const type = fieldType(field.type, field, types);
      return type === undefined ? [] : [[field.name, type] as const];
    }),
  );
}

/** Attributes of a customer, by name; those that a methodology declares itself are not among them. */
export const PROFILE_ATTRIBUTES = dictionary(PROFILE_CHANGE_SCHEMA, 'ProfileAttributes');

/** Fields of a related party. */
export const PARTY_FIELDS = dictionary(PROFILE_CHANGE_SCHEMA, 'Party');

/** Fields of a transaction, without who and from whom. */
export const TRANSACTION_FIELDS = dictionary(TRANSACTION_SCHEMA);

/** Fields of risk events of any kind, without who and from whom. */
export const RISK_EVENT_FIELDS = dictionary(RISK_EVENT_SCHEMA);

/** Which of these fields belong to a kind of risk event, and which of them it must have. */
export const RISK_EVENT_KINDS: Readonly<Record<string, KindFieldNames>> = Object.fromEntries(
  Object.entries(RISK_EVENT_SCHEMA.tidemark?.kinds ?? {}).map(
    ([kind, { required = [], optional = [] }]) =>
      [kind, { fields: [...required, ...optional], required }] as const,
  ),
);

/** The patterns across customers that a link fact can state. */
export const LINK_PATTERNS: readonly string[] =
  dictionary(LINK_FACT_SCHEMA)['pattern']?.values ?? [];
