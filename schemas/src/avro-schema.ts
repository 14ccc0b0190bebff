/** What our schemas add to Avro: rules for values that Avro's own types cannot express. */
export interface Extra {
  /** Records only: the `type` of an input record in JSON Lines. */
  readonly input?: string;
  /** Records only: the kind of an output record. */
  readonly output?: string;
  /** Records only: has `set` and `clear`, whose names must not meet. */
  readonly clears?: boolean;
  /** Records only: the optional fields that belong to each value of the field `kind`. */
  readonly kinds?: Readonly<Record<string, KindFields>>;
  /** Records only: which fields stand together, exactly one group of them. */
  readonly oneOf?: readonly (readonly string[])[];
  /** Form of a string; `fen` says the unit of an integer. Of an array: of each element. */
  readonly format?: string;
  /** Closed set of a string that is no Avro enum. Of an array: of each element. */
  readonly allowed?: readonly string[];
  /** Values of an enum that exist but belong to global topics. */
  readonly global?: readonly string[];
  /** Least value of an integer. */
  readonly min?: number;
  /** Greatest value of an integer. */
  readonly max?: number;
  /** Least length of a string. */
  readonly minLength?: number;
  /** null is no way to leave out a field of this record. */
  readonly nullRefused?: boolean;
  /** What the names in this list or map must be. */
  readonly names?: 'attribute' | 'cleared' | 'attribute-or-extra';
}

export interface KindFields {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
}

export interface FieldSchema {
  readonly name: string;
  readonly type: AvroType;
  readonly doc: string;
  /** Only null occurs: a field with it may be left out of the record. */
  /** An empty array: older records lack the field. */
  readonly default?: null | readonly [];
  readonly tidemark?: Extra;
}

export interface RecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc: string;
  readonly tidemark?: Extra;
  readonly fields: readonly FieldSchema[];
}

export interface EnumSchema {
  readonly type: 'enum';
  readonly name: string;
  readonly symbols: readonly string[];
}

export interface ArraySchema {
  readonly type: 'array';
  readonly items: AvroType;
}

export interface MapSchema {
  readonly type: 'map';
  readonly values: AvroType;
}

export interface LogicalSchema {
  readonly type: 'int' | 'long';
  readonly logicalType: 'date' | 'timestamp-millis';
}

/** An Avro type as far as our schemas use it; a name stands for a type defined earlier in the file. */
export type AvroType =
  | string
  | readonly AvroType[]
  | RecordSchema
  | EnumSchema
  | ArraySchema
  | MapSchema
  | LogicalSchema;

export type NamedSchema = RecordSchema | EnumSchema;

/** Whether it is a union. (Array.isArray does not narrow readonly arrays.) */
export function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

/** Whether a field may be left out: an Avro union with null whose default is null. */
export function isOptional(field: FieldSchema): boolean {
  return field.default === null;
}

/** The type of a field or element without the null of its union; undefined for other unions. */
export function withoutNull(type: AvroType): AvroType | undefined {
  if (!isUnion(type)) return type;
  const rest = type.filter((branch) => branch !== 'null');
  return rest.length === 1 ? rest[0] : undefined;
}

/** Every named type defined within a record, by name. */
export function namedTypes(root: RecordSchema): ReadonlyMap<string, NamedSchema> {
  const found = new Map<string, NamedSchema>();
  const visit = (type: AvroType): void => {
    if (typeof type === 'string') return;
    if (isUnion(type)) return type.forEach(visit);
    switch (type.type) {
      case 'record':
        found.set(type.name, type);
        return type.fields.forEach((field) => visit(field.type));
      case 'enum':
        found.set(type.name, type);
        return;
      case 'array':
        return visit(type.items);
      case 'map':
        return visit(type.values);
      case 'int':
      case 'long':
        return;
    }
  };
  visit(root);
  return found;
}
