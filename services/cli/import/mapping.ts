import type { Overlap } from './time-zone';

/** What a mapping document says. Templates are checked when they are compiled. */
export interface MappingDocument {
  /** Its name, for messages. */
  readonly mapping: string;
  readonly description?: string;
  /** IANA zone of local times. */
  readonly timeZone?: string;
  /** Tables from the texts of a cell to the values of a record. */
  readonly translations?: Readonly<Record<string, Translation>>;
  /** Fields of every record of every source. */
  readonly shared?: Template;
  readonly sources: Readonly<Record<string, SourceDocument>>;
}

export type Scalar = string | number | boolean;
export type Translation = Readonly<Record<string, Scalar>>;
export type Template = Readonly<Record<string, unknown>>;

export interface SourceDocument {
  readonly description?: string;
  /** Patterns of file names, with * and ?. */
  readonly files?: readonly string[];
  /** One character; default comma. */
  readonly separator?: string;
  readonly encoding?: 'utf-8' | 'gb18030' | 'big5' | 'utf-16le' | 'windows-1252';
  /** False: quotes have no meaning. */
  readonly quoting?: boolean;
  /** Blanks around a cell are no part of it. */
  readonly trim?: boolean;
  /** Names of the columns of a file without a header row. */
  readonly columns?: readonly string[];
  /** Texts that stand for 'no value'; default: the empty one. */
  readonly absent?: readonly string[];
  readonly shared?: Template;
  readonly records: readonly RecordDocument[];
}

export interface RecordDocument {
  /** CEL; the row gives this record only when it holds. */
  readonly when?: string;
  readonly record: Template;
}

/** A field that is read from a column. */
export interface ColumnField {
  readonly column: string;
  readonly as?: 'text' | 'integer' | 'money' | 'day' | 'time';
  /** Of money: a code, or the column that holds it. */
  readonly currency?: string | { readonly column: string };
  readonly point?: '.' | ',';
  readonly grouping?: string;
  readonly round?: 'half-up';
  readonly format?: string;
  readonly startDay?: string;
  readonly overlap?: Overlap;
  readonly translate?: string | Translation;
  readonly otherwise?: Scalar;
  readonly split?: string;
}

const scalar = { type: ['string', 'number', 'boolean'] };
const template = { type: 'object', minProperties: 1 };
const translation = {
  type: 'object',
  description: 'A table from the text of a cell to a value',
  minProperties: 1,
  additionalProperties: scalar,
};
const name = { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9._-]*$' };
const named = (values: object): object => ({
  type: 'object',
  minProperties: 1,
  propertyNames: { pattern: name.pattern },
  additionalProperties: values,
});

const recordSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['record'],
  properties: {
    when: { type: 'string', description: 'A CEL expression that gives true or false' },
    record: { ...template, description: 'The fields of one record' },
  },
};

const sourceSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['records'],
  properties: {
    description: { type: 'string' },
    files: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
    separator: { type: 'string', pattern: '^[^"\\r\\n]$', description: 'Write one character' },
    encoding: { enum: ['utf-8', 'gb18030', 'big5', 'utf-16le', 'windows-1252'] },
    quoting: { type: 'boolean', description: 'Write true or false' },
    trim: { type: 'boolean', description: 'Write true or false' },
    columns: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string' } },
    absent: { type: 'array', items: { type: 'string' } },
    shared: template,
    records: { type: 'array', minItems: 1, items: recordSchema },
  },
};

/** JSON Schema of the document's frame. */
export const MAPPING_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['mapping', 'sources'],
  properties: {
    mapping: name,
    description: { type: 'string' },
    timeZone: { type: 'string', description: 'Name an IANA time zone, e.g. Asia/Shanghai' },
    translations: named(translation),
    shared: template,
    sources: named(sourceSchema),
  },
};

/** JSON Schema of a field that is read from a column. */
export const COLUMN_FIELD_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['column'],
  properties: {
    column: { type: 'string', description: 'Name a column of the header' },
    as: { enum: ['text', 'integer', 'money', 'day', 'time'] },
    currency: {
      oneOf: [
        { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217' },
        {
          type: 'object',
          additionalProperties: false,
          required: ['column'],
          properties: { column: { type: 'string' } },
        },
      ],
    },
    point: { enum: ['.', ','] },
    grouping: { enum: [',', '.', ' ', "'", '\u00a0', '\u202f'] },
    round: { enum: ['half-up'] },
    format: { type: 'string', minLength: 1, description: 'Name a format of days or times' },
    startDay: { type: 'string', description: 'Write a day, YYYY-MM-DD' },
    overlap: { enum: ['refuse', 'earlier', 'later'] },
    translate: {
      oneOf: [{ type: 'string', description: 'a name under translations' }, translation],
    },
    otherwise: scalar,
    split: { type: 'string', minLength: 1, description: 'Write what stands between the values' },
  },
};
