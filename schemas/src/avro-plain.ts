import {
  isOptional,
  isUnion,
  namedTypes,
  withoutNull,
  type AvroType,
  type NamedSchema,
  type RecordSchema,
} from './avro-schema';

/** Turns what avsc decodes into the plain object that the JSON form gives. */
export type Plain = (value: unknown) => unknown;

/** The JSON form of records that avsc decoded with this schema. */
export const plainOf = (schema: RecordSchema): Plain => plainType(schema, namedTypes(schema));

/**
 * The form in which `parseRecord` takes records that avsc decoded: as JSON, but absent optional fields
 * may be null, which it takes for the same; where it does not, as JSON.
 */
export function parsedOf(schema: RecordSchema): Plain {
  const type = schema.tidemark?.input;
  if (type === undefined || refusesNull(schema)) return plainOf(schema);
  return (value) => {
    // fresh from the bytes, nobody else's: a copy takes as long as the decoding
    (value as Record<string, unknown>)['type'] = type;
    return value;
  };
}

const refusesNull = (schema: RecordSchema): boolean =>
  [...namedTypes(schema).values()].some(
    (type) =>
      type.type === 'record' && type.fields.some(({ tidemark }) => tidemark?.nullRefused === true),
  );

const same: Plain = (value) => value;

/** Leaves out the fields that are null only because the record lacked them. */
function plainRecord(schema: RecordSchema, types: ReadonlyMap<string, NamedSchema>): Plain {
  const fields = schema.fields.map((field) => ({
    name: field.name,
    optional: isOptional(field),
    plain: plainType(field.type, types),
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

function plainType(type: AvroType, types: ReadonlyMap<string, NamedSchema>): Plain {
  if (typeof type === 'string') {
    const named = types.get(type);
    return named === undefined ? same : plainType(named, types);
  }
  if (isUnion(type)) {
    const only = withoutNull(type);
    return only === undefined ? same : plainType(only, types);
  }
  switch (type.type) {
    case 'record':
      return plainRecord(type, types);
    case 'array': {
      const item = plainType(type.items, types);
      return item === same ? same : (value) => (value as readonly unknown[]).map(item);
    }
    case 'map': {
      const entry = plainType(type.values, types);
      return (value) =>
        Object.fromEntries(Object.entries(value as object).map(([k, v]) => [k, entry(v)]));
    }
    case 'enum':
    case 'int':
    case 'long':
      return same;
  }
}
