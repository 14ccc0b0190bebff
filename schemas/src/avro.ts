import type { Type } from 'avsc';
import { plainOf, type Plain } from './avro-plain';
import type { RecordSchema } from './avro-schema';
import { typeOf } from './avro-type';
import {
  DEAD_LETTER_SCHEMA,
  DECISION_SCHEMA,
  GRADE_CHANGE_SCHEMA,
  JOURNAL_SCHEMA,
  LINK_FACT_SCHEMA,
  METHODOLOGY_VERSION_SCHEMA,
  ORDER_SCHEMA,
  PROFILE_CHANGE_SCHEMA,
  RATING_SCHEMA,
  REFERENCE_LIST_PART_SCHEMA,
  RESTRICTED_SCHEMA,
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
  Order,
  Rating,
  ReferenceListPart,
  Restricted,
  ReviewTask,
} from './records';

/** Every record by its kind; input records go by their `type`. */
export type RecordOf = { readonly [R in InputRecord as R['type']]: R } & {
  readonly 'grade-change': GradeChange;
  readonly rating: Rating;
  readonly 'dead-letter': DeadLetter;
  readonly 'review-task': ReviewTask;
  readonly restricted: Restricted;
  readonly journal: Journal;
  readonly methodology: MethodologyVersion;
  readonly 'reference-list': ReferenceListPart;
  readonly order: Order;
};

export type RecordKind = keyof RecordOf;

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
  restricted: RESTRICTED_SCHEMA,
  journal: JOURNAL_SCHEMA,
  methodology: METHODOLOGY_VERSION_SCHEMA,
  'reference-list': REFERENCE_LIST_PART_SCHEMA,
  order: ORDER_SCHEMA,
};

/** The Avro schema of a kind, to register it or to compare it. */
export function schemaOf(kind: RecordKind): RecordSchema {
  return SCHEMAS[kind];
}

function codecOf(schema: RecordSchema): Codec {
  return { type: typeOf(schema), plain: plainOf(schema) };
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
