import {
  isOptional,
  isUnion,
  namedTypes,
  withoutNull,
  type AvroType,
  type Extra,
  type FieldSchema,
  type NamedSchema,
  type RecordSchema,
} from './avro-schema';
import { below, refuse, shownName, type Check } from './faults';
import {
  checkBoolean,
  checkDay,
  checkInstant,
  integerChecker,
  memberChecker,
  TEXT_LENGTH_MAX,
  textChecker,
  type Checker,
} from './formats';

/** A JSON object, in a form whose members can be looked up. */
export type Members = Readonly<Record<string, unknown>>;

/** Whether it is what JSON calls an object: not null, no list, nothing with a class of its own. */
export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Types = ReadonlyMap<string, NamedSchema>;

/** What holds for a whole record. */
interface Scope {
  readonly types: Types;
  /** Of free text, UTF-16 units. */
  readonly lengthMax: number;
}

interface FieldChecker {
  readonly name: string;
  readonly optional: boolean;
  readonly check: Checker;
}

/** Notes whatever no single field can show; runs after the fields, on the record as it came. */
export type RecordRule = (input: Members, check: Check) => void;

/** Checks and copies a record: the copy has the known fields only, without absent and null ones. */
function recordChecker(
  fields: readonly FieldChecker[],
  isRefusedNull: boolean,
  tag?: string,
): (input: Members, check: Check) => Record<string, unknown> {
  const names = new Set(fields.map(({ name }) => name));
  if (tag !== undefined) names.add('type');
  return (input, check) => {
    const copy: Record<string, unknown> = tag === undefined ? {} : { type: tag };
    const { faults } = check;
    let seen = tag === undefined ? 0 : 1;
    for (const field of fields) {
      const { name } = field;
      const value = input[name];
      if (value === undefined || value === null) {
        if (value === null) seen++;
        if (value === null && isRefusedNull) {
          refuse(check, 'null-in-set', 'null is no value here: name the attribute in clear', name);
        } else if (!field.optional) {
          refuse(check, 'missing-field', 'is required', name);
        }
        continue;
      }
      seen++;
      const before = faults.length;
      const kept = field.check(value, check);
      if (faults.length === before) copy[name] = kept;
      else below(check, before, name);
    }
    const given = Object.keys(input);
    if (given.length !== seen) {
      for (const name of given) {
        if (!names.has(name)) {
          refuse(check, 'unknown-field', 'there is no such field here', shownName(name));
        }
      }
    }
    return copy;
  };
}

function arrayChecker(item: Checker): Checker {
  return (value, check) => {
    if (!Array.isArray(value)) return refuse(check, 'wrong-type', 'expected a list');
    const elements: readonly unknown[] = value;
    return elements.map((element, index) => {
      const before = check.faults.length;
      const kept = item(element, check);
      if (check.faults.length !== before) below(check, before, `[${index}]`);
      return kept;
    });
  };
}

function mapChecker(entry: Checker, isName: (name: string) => boolean, own: boolean): Checker {
  const expected = own
    ? 'expected a camelCase name that is not in the dictionary of attributes'
    : 'expected the name of an attribute, or extra.NAME';
  return (value, check) => {
    if (!isObject(value)) return refuse(check, 'wrong-type', 'expected an object');
    const copy: Record<string, unknown> = {};
    for (const name of Object.keys(value)) {
      const before = check.faults.length;
      if (!isName(name)) refuse(check, 'unknown-attribute', expected);
      const kept = entry(value[name], check);
      if (check.faults.length === before) copy[name] = kept;
      else below(check, before, shownName(name));
    }
    return copy;
  };
}

/** A union other than with null: of primitives, told apart by their JSON type. */
function anyOfChecker(branches: readonly AvroType[], extra: Extra, { lengthMax }: Scope): Checker {
  const text = textChecker(extra, lengthMax);
  const whole = integerChecker('long', extra);
  const expected = `expected ${branches.map((b) => (b === 'long' ? 'integer' : String(b))).join(', ')}`;
  const takes = (type: string): boolean => branches.includes(type);
  return (value, check) => {
    if (typeof value === 'boolean' && takes('boolean')) return value;
    if (typeof value === 'number' && takes('long')) return whole(value, check);
    if (typeof value === 'string' && takes('string')) return text(value, check);
    return refuse(check, 'wrong-type', expected);
  };
}

const ATTRIBUTE = /^[a-z][A-Za-z0-9]*$/;

/** camelCase, and nothing that every object has already (constructor, toString ...). */
function isAttributeName(name: string): boolean {
  return ATTRIBUTE.test(name) && !(name in {});
}

const EXTRA_PREFIX = 'extra.';

/** Whether a name in `clear` or `provenance` is an attribute, or extra.NAME. */
function namesAttribute(name: string, attributes: ReadonlySet<string>): boolean {
  return name.startsWith(EXTRA_PREFIX)
    ? isAttributeName(name.slice(EXTRA_PREFIX.length))
    : attributes.has(name);
}

/** Attributes that `set` can hold by their own name, so that `clear` can name them. */
function attributeNames(types: Types): ReadonlySet<string> {
  const attributes = types.get('ProfileAttributes');
  if (attributes === undefined || attributes.type !== 'record') return new Set();
  return new Set(attributes.fields.map(({ name }) => name).filter((name) => name !== 'extra'));
}

function nameRule(extra: Extra, types: Types): (name: string) => boolean {
  const attributes = attributeNames(types);
  switch (extra.names) {
    case 'attribute':
      return (name) => isAttributeName(name) && !attributes.has(name);
    case 'cleared':
    case 'attribute-or-extra':
      return (name) => namesAttribute(name, attributes);
    default:
      return isAttributeName;
  }
}

function clearedChecker(isName: (name: string) => boolean): Checker {
  return (value, check) => {
    if (typeof value !== 'string') return refuse(check, 'wrong-type', 'expected text');
    return isName(value)
      ? value
      : refuse(check, 'unknown-attribute', 'expected the name of an attribute, or extra.NAME');
  };
}

function typeChecker(type: AvroType, extra: Extra, scope: Scope): Checker {
  const { types } = scope;
  if (typeof type === 'string') return nameChecker(type, extra, scope);
  if (isUnion(type)) {
    const only = withoutNull(type);
    return only === undefined ? anyOfChecker(type, extra, scope) : typeChecker(only, extra, scope);
  }
  switch (type.type) {
    case 'enum':
      return memberChecker(type.symbols, extra.global ?? []);
    case 'array':
      return arrayChecker(
        extra.names === 'cleared'
          ? clearedChecker(nameRule(extra, types))
          : typeChecker(type.items, extra, scope),
      );
    case 'map':
      return mapChecker(
        typeChecker(type.values, {}, scope),
        nameRule(extra, types),
        extra.names === 'attribute',
      );
    case 'int':
    case 'long':
      return type.logicalType === 'date' ? checkDay : checkInstant;
    case 'record': {
      const whole = recordChecker(fieldCheckers(type, scope), extra.nullRefused === true);
      return (value, check) =>
        isObject(value) ? whole(value, check) : refuse(check, 'wrong-type', 'expected an object');
    }
  }
}

function nameChecker(name: string, extra: Extra, scope: Scope): Checker {
  switch (name) {
    case 'string':
      return textChecker(extra, scope.lengthMax);
    case 'boolean':
      return checkBoolean;
    case 'int':
    case 'long':
      return integerChecker(name, extra);
    default: {
      const named = scope.types.get(name);
      if (named === undefined) throw new Error(`no such type: ${name}`);
      return typeChecker(named, extra, scope);
    }
  }
}

function fieldCheckers(schema: RecordSchema, scope: Scope): FieldChecker[] {
  return schema.fields.map((field: FieldSchema) => ({
    name: field.name,
    optional: isOptional(field),
    check: typeChecker(field.type, field.tidemark ?? {}, scope),
  }));
}

/** Compiles an input record's schema into one pass that checks it and copies it. */
export function compileRecord(
  schema: RecordSchema,
  rules: readonly RecordRule[],
): (input: Members, check: Check) => Record<string, unknown> {
  const input = schema.tidemark?.input;
  // the documents inside records of global topics are texts, too
  const lengthMax = input === undefined ? Number.POSITIVE_INFINITY : TEXT_LENGTH_MAX;
  const fields = fieldCheckers(schema, { types: namedTypes(schema), lengthMax });
  const whole = recordChecker(fields, false, input);
  if (rules.length === 0) return whole;
  return (input, check) => {
    const copy = whole(input, check);
    for (const rule of rules) rule(input, check);
    return copy;
  };
}
