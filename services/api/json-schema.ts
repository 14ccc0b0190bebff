import {
  isOptional,
  isUnion,
  type AvroType,
  type Extra,
  type FieldSchema,
  type RecordSchema,
} from '@tidemark/schemas/avro-schema';

/** JSON Schema as far as the OpenAPI document needs it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/**
 * A record's Avro schema as JSON Schema, with the words of its fields: what the interface answers is
 * documented once, in schemas/events.
 */
export function jsonSchemaOf(root: RecordSchema): JsonSchema {
  const named = new Map<string, JsonSchema>();

  const ofRecord = ({ doc, fields, name }: RecordSchema): JsonSchema => {
    const schema = {
      type: 'object',
      description: doc,
      properties: Object.fromEntries(fields.map((field) => [field.name, ofField(field)])),
      required: fields.filter((field) => !isOptional(field)).map((field) => field.name),
    };
    named.set(name, schema);
    return schema;
  };
  const ofField = (field: FieldSchema): JsonSchema => {
    const { doc, type, tidemark = {} } = field;
    const branches = isUnion(type) ? type.filter((branch) => branch !== 'null') : [type];
    const nullable = isUnion(type) && !isOptional(field) && branches.length < type.length;
    const [only] = branches;
    const schema =
      branches.length === 1 && only !== undefined
        ? ofType(only, tidemark)
        : { anyOf: branches.map((branch) => ofType(branch, tidemark)) };
    return { ...(nullable ? orNull(schema) : schema), description: doc };
  };
  const ofType = (type: AvroType, extra: Extra): JsonSchema => {
    if (typeof type === 'string') return named.get(type) ?? primitive(type, extra);
    if (isUnion(type)) return { anyOf: type.map((branch) => ofType(branch, extra)) };
    switch (type.type) {
      case 'record':
        return ofRecord(type);
      case 'enum': {
        const schema = { type: 'string', enum: type.symbols };
        named.set(type.name, schema);
        return schema;
      }
      case 'array':
        return { type: 'array', items: ofType(type.items, extra) };
      case 'map':
        return { type: 'object', additionalProperties: ofType(type.values, extra) };
      case 'int':
      case 'long':
        return { type: 'integer' };
    }
  };
  return { title: root.name, ...ofRecord(root) };
}

function primitive(type: string, { allowed, min, max, minLength }: Extra): JsonSchema {
  switch (type) {
    case 'null':
      return { type: 'null' };
    case 'boolean':
      return { type: 'boolean' };
    case 'int':
    case 'long':
      return { type: 'integer', ...given({ minimum: min, maximum: max }) };
    default:
      return { type: 'string', ...given({ enum: allowed, minLength }) };
  }
}

const given = (keywords: JsonSchema): JsonSchema =>
  Object.fromEntries(Object.entries(keywords).filter(([, value]) => value !== undefined));

/** Alternatives keep their other keywords; a closed set gets null as one more member. */
function orNull(schema: JsonSchema): JsonSchema {
  if (typeof schema['type'] !== 'string' || schema['type'] === 'object') {
    return { anyOf: [schema, { type: 'null' }] };
  }
  const members = schema['enum'];
  const closed = Array.isArray(members) ? { enum: [...members, null] } : {};
  return { ...schema, type: [schema['type'], 'null'], ...closed };
}
