import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  isOptional,
  isUnion,
  namedTypes,
  withoutNull,
  type AvroType,
  type FieldSchema,
  type NamedSchema,
  type RecordSchema,
} from './src/avro-schema';

const HEADER = '// Generated from schemas/events by `npm run generate`. Do not edit.\n';

/** A generated file: its name in src/generated and its text. */
export interface Generated {
  readonly name: string;
  readonly text: string;
}

/** The record schemas of events/, by file name. */
export function readSchemas(folder: string): RecordSchema[] {
  return readdirSync(join(folder, 'events'))
    .filter((name) => name.endsWith('.avsc'))
    .sort()
    .map((name) => {
      const schema: RecordSchema = JSON.parse(readFileSync(join(folder, 'events', name), 'utf8'));
      return schema;
    });
}

const constantName = (name: string): string =>
  `${name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}_SCHEMA`;

const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;

const union = (values: readonly string[]): string => values.map(quoted).join(' | ');

function scalar(name: string): string {
  switch (name) {
    case 'int':
    case 'long':
      return 'number';
    case 'boolean':
    case 'string':
    case 'null':
      return name;
    default:
      return name;
  }
}

/** The TypeScript type of an Avro type; a closed set of strings becomes their union. */
function typeText(type: AvroType, field: FieldSchema): string {
  if (typeof type === 'string') {
    const allowed = field.tidemark?.allowed;
    return type === 'string' && allowed !== undefined ? `(${union(allowed)})` : scalar(type);
  }
  if (isUnion(type)) return type.map((branch) => typeText(branch, field)).join(' | ');
  switch (type.type) {
    case 'record':
    case 'enum':
      return type.name;
    case 'array': {
      const items = typeText(type.items, field);
      return `readonly ${items.includes('|') && !items.startsWith('(') ? `(${items})` : items}[]`;
    }
    case 'map':
      return `Readonly<Record<string, ${typeText(type.values, field)}>>`;
    case 'int':
    case 'long':
      return 'number';
  }
}

function comment(doc: string, indent: string): string {
  return `${indent}/** ${doc.replace(/\*\//g, '*\\/')} */\n`;
}

function member(field: FieldSchema, indent = '  '): string {
  const type = isOptional(field) ? (withoutNull(field.type) ?? field.type) : field.type;
  const text = typeText(type, field).replace(/^\((.*)\)$/, '$1');
  const mark = isOptional(field) ? '?' : '';
  return `${comment(field.doc, indent)}${indent}readonly ${field.name}${mark}: ${text};\n`;
}

/** Of a record of which exactly one group of fields is present: a union of object types. */
function alternatives(schema: RecordSchema, groups: readonly (readonly string[])[]): string {
  const branches = groups.map((group) => {
    const members = schema.fields
      .filter((field) => group.includes(field.name))
      .map(({ default: _absent, ...field }) =>
        member({ ...field, type: withoutNull(field.type) ?? field.type }, '      '),
      );
    return `  | {\n${members.join('')}    }`;
  });
  return `${comment(schema.doc, '')}export type ${schema.name} =\n${branches.join('\n')};\n`;
}

function declaration(schema: NamedSchema): string {
  if (schema.type === 'enum') return `export type ${schema.name} = ${union(schema.symbols)};\n`;
  const extra = schema.tidemark;
  if (extra?.oneOf !== undefined) return alternatives(schema, extra.oneOf);
  const tag = extra?.input === undefined ? '' : `  readonly type: ${quoted(extra.input)};\n`;
  const members = schema.fields.map((field) => member(field)).join('');
  return `${comment(schema.doc, '')}export type ${schema.name} = {\n${tag}${members}};\n`;
}

/** Named types of all files; a name used twice must mean the same. */
function typesFile(schemas: readonly RecordSchema[]): string {
  const texts = new Map<string, string>();
  for (const schema of schemas) {
    for (const [name, named] of namedTypes(schema)) {
      const text = declaration(named);
      if ((texts.get(name) ?? text) !== text) throw new Error(`${name} is defined in two ways`);
      texts.set(name, text);
    }
  }
  return `${HEADER}\n${[...texts.values()].join('\n')}`;
}

function schemasFile(schemas: readonly RecordSchema[]): string {
  const constants = schemas.map(
    (schema) =>
      `export const ${constantName(schema.name)}: RecordSchema = ${JSON.stringify(schema, null, 1)};\n`,
  );
  const imported = "import type { RecordSchema } from '../avro-schema';\n\n";
  return `${HEADER}${imported}${constants.join('\n')}`;
}

/** What src/generated must hold for these schemas. */
export function generate(schemas: readonly RecordSchema[]): Generated[] {
  return [
    { name: 'schemas.ts', text: schemasFile(schemas) },
    { name: 'types.ts', text: typesFile(schemas) },
  ];
}

if (require.main === module) {
  for (const { name, text } of generate(readSchemas(__dirname))) {
    writeFileSync(join(__dirname, 'src', 'generated', name), text);
  }
}
