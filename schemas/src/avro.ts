import { Type, types as avroTypes } from 'avsc';
import {
  isOptional,
  isUnion,
  namedTypes,
  withoutNull,
  type AvroType,
  type NamedSchema,
  type RecordSchema,
} from './avro-schema';
import {
  DEAD_LETTER_SCHEMA,
  DECISION_SCHEMA,
  GRADE_CHANGE_SCHEMA,
  JOURNAL_SCHEMA,
  LINK_FACT_SCHEMA,
  METHODOLOGY_VERSION_SCHEMA,
  PROFILE_CHANGE_SCHEMA,
  RATING_SCHEMA,
  REFERENCE_LIST_PART_SCHEMA,
  REVIEW_TASK_SCHEMA,
  RISK_EVENT_SCHEMA,
  TRANSACTION_SCHEMA,
} from './generated/schemas';
import type {
  DeadLetter,
  GradeChange,
  InputRecord,
  Journal,
  MethodologyVersion,
  Rating,
  ReferenceListPart,
  ReviewTask,
} from './records';

/** Every record by its kind; input records go by their `type`. */
export type RecordOf = { readonly [R in InputRecord as R['type']]: R } & {
  readonly 'grade-change': GradeChange;
  readonly rating: Rating;
  readonly 'dead-letter': DeadLetter;
  readonly 'review-task': ReviewTask;
  readonly journal: Journal;
  readonly methodology: MethodologyVersion;
  readonly 'reference-list': ReferenceListPart;
};

export type RecordKind = keyof RecordOf;

/** Turns what avsc decodes into the plain object that the JSON form gives. */
type Plain = (value: unknown) => unknown;

interface Codec {
  readonly type: Type;
  readonly plain: Plain;
}

const SCHEMAS: Readonly<Record<RecordKind, RecordSchema>> = {
  'profile-change': PROFILE_CHANGE_SCHEMA,
  transaction: TRANSACTION_SCHEMA,
  'risk-event': RISK_EVENT_SCHEMA,
  'link-fact': LINK_FACT_SCHEMA,
  decision: DECISION_SCHEMA,
  'grade-change': GRADE_CHANGE_SCHEMA,
  rating: RATING_SCHEMA,
  'dead-letter': DEAD_LETTER_SCHEMA,
  'review-task': REVIEW_TASK_SCHEMA,
  journal: JOURNAL_SCHEMA,
  methodology: METHODOLOGY_VERSION_SCHEMA,
  'reference-list': REFERENCE_LIST_PART_SCHEMA,
};

/** The Avro schema of a kind, to register it or to compare it. */
export function schemaOf(kind: RecordKind): RecordSchema {
  return SCHEMAS[kind];
}

const same: Plain = (value) => value;

/** Leaves out the fields that are null only because the record lacked them. */
function plainRecord(schema: RecordSchema, types: ReadonlyMap<string, NamedSchema>): Plain {
  const fields = schema.fields.map((field) => ({
    name: field.name,
    optional: isOptional(field),
    plain: plainOf(field.type, types),
  }));
  const type = schema.tidemark?.input;
  return (value) => {
    const decoded = value as Readonly<Record<string, unknown>>;
    const copy: Record<string, unknown> = type === undefined ? {} : { type };
    for (const { name, optional, plain } of fields) {
      const member = decoded[name];
      if (member !== null) copy[name] = plain(member);
      else if (!optional) copy[name] = null;
    }
    return copy;
  };
}

function plainOf(type: AvroType, types: ReadonlyMap<string, NamedSchema>): Plain {
  if (typeof type === 'string') {
    const named = types.get(type);
    return named === undefined ? same : plainOf(named, types);
  }
  if (isUnion(type)) {
    const only = withoutNull(type);
    return only === undefined ? same : plainOf(only, types);
  }
  switch (type.type) {
    case 'record':
      return plainRecord(type, types);
    case 'array': {
      const item = plainOf(type.items, types);
      return item === same ? same : (value) => (value as readonly unknown[]).map(item);
    }
    case 'map': {
      const entry = plainOf(type.values, types);
      return (value) =>
        Object.fromEntries(Object.entries(value as object).map(([k, v]) => [k, entry(v)]));
    }
    case 'enum':
    case 'int':
    case 'long':
      return same;
  }
}

const TWO_TO_32 = 2 ** 32;

/**
 * Avro's own long gives back another number beyond 2^52 (-4503599627370497 becomes
 * 4503599627370496), so all safe integers go through the eight bytes themselves.
 */
const exactLong = avroTypes.LongType.__with({
  fromBuffer: (bytes: Buffer): number => {
    const value = bytes.readInt32LE(4) * TWO_TO_32 + bytes.readUInt32LE(0);
    if (!Number.isSafeInteger(value)) throw new RangeError('a long that cannot be kept exactly');
    return value;
  },
  toBuffer: (value: number): Buffer => {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeInt32LE(Math.floor(value / TWO_TO_32), 4);
    bytes.writeUInt32LE(((value % TWO_TO_32) + TWO_TO_32) % TWO_TO_32, 0);
    return bytes;
  },
  isValid: (value: unknown): boolean => Number.isSafeInteger(value),
  compare: (a: number, b: number): -1 | 0 | 1 => (a === b ? 0 : a < b ? -1 : 1),
  fromJSON: (value: unknown): unknown => value,
  toJSON: (value: unknown): unknown => value,
});

function codecOf(schema: RecordSchema): Codec {
  // each kind has its own registry: shared names (Place, CustomerKind) are defined in every file
  const type = Type.forSchema(structuredClone(schema) as never, {
    wrapUnions: false,
    registry: { long: exactLong },
  });
  return { type, plain: plainOf(schema, namedTypes(schema)) };
}

const codecs = new Map<RecordKind, Codec>();

function codec(kind: RecordKind): Codec {
  const known = codecs.get(kind);
  if (known !== undefined) return known;
  const made = codecOf(SCHEMAS[kind]);
  codecs.set(kind, made);
  return made;
}

/** The Avro binary form of a record. Throws where the record is not of its kind. */
export function encode<K extends RecordKind>(kind: K, record: RecordOf[K]): Buffer {
  return codec(kind).type.toBuffer(record);
}

/**
 * The record of an Avro binary form written with the present schema, as the JSON form would give
 * it. Throws where the bytes are not of that form. Formats and bounds are not checked here: for
 * records from outside, pass the result through `parseRecord`.
 */
export function decode<K extends RecordKind>(kind: K, bytes: Buffer): RecordOf[K] {
  const { type, plain } = codec(kind);
  return plain(type.fromBuffer(bytes)) as RecordOf[K];
}
