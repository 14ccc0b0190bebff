import { Ajv2020 } from 'ajv/dist/2020';
import { formFaults } from '../form-faults';
import { compileColumnField, type CompiledField, type FieldScope } from './column-field';
import type { Expressions } from './expression';
import { COLUMN_FIELD_SCHEMA, type ColumnField, type Template } from './mapping';
import type { ReadField } from './row';

/** A template compiled: reads a record's fields from a row. */
export interface CompiledTemplate {
  readonly read: ReadField;
  /** Fields that are read from the row, by their path in the record (`set.parties[0].role`). */
  readonly fields: ReadonlyMap<string, readonly number[]>;
  /** The record with a placeholder for all that is read from the row. */
  readonly outline: unknown;
}

export interface TemplateScope extends FieldScope {
  readonly expressions: Expressions;
}

interface Place {
  /** JSON pointer in the document. */
  readonly path: string;
  /** Path in the record. */
  readonly field: string;
}

/** Stands in an outline for what only a row can tell. */
export const PLACEHOLDER = '?';

const LEAVES = ['column', 'cel', 'template', 'constant'] as const;

const validateColumnField = new Ajv2020({
  allErrors: true,
  verbose: true,
  strict: false,
}).compile<ColumnField>(COLUMN_FIELD_SCHEMA);

const isObject = (value: unknown): value is Template =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field of a record with the place in the document where it is stated. */
export interface StatedField {
  readonly node: unknown;
  /** JSON pointer. */
  readonly path: string;
}

/** Compiles a record; faults are noted in the scope, and what is at fault reads as absent. */
export function compileTemplate(
  stated: ReadonlyMap<string, StatedField>,
  scope: TemplateScope,
): CompiledTemplate {
  const fields = new Map<string, readonly number[]>();
  const members = [...stated].map(([name, { node, path }]) => ({
    name,
    ...compileNode(node, { path, field: name }, scope, fields),
  }));
  return { ...objectOf(members), fields };
}

interface Node {
  readonly read: ReadField;
  readonly outline: unknown;
}

type Fields = Map<string, readonly number[]>;

function compileNode(node: unknown, place: Place, scope: TemplateScope, fields: Fields): Node {
  if (Array.isArray(node)) return compileList(node, place, scope, fields);
  if (node === null) {
    fault(scope, place, 'there is no value', 'state one, or leave the field out');
    return ABSENT;
  }
  if (!isObject(node)) return constant(node);
  const leaf = LEAVES.find((name) => Object.hasOwn(node, name));
  if (leaf === undefined) return compileObject(node, place, scope, fields);
  if (leaf === 'constant')
    return only(node, leaf, place, scope) ? constant(node['constant']) : ABSENT;
  const compiled = compileLeaf(leaf, node, place, scope);
  if (compiled === undefined) return ABSENT;
  fields.set(place.field, compiled.cells);
  return { read: compiled.read, outline: PLACEHOLDER };
}

const ABSENT: Node = { read: () => undefined, outline: PLACEHOLDER };
const constant = (value: unknown): Node => ({ read: () => value, outline: value });

function fault(scope: TemplateScope, { path }: Place, problem: string, remedy: string): undefined {
  scope.faults.push({ path, rule: null, problem, remedy });
  return undefined;
}

function only(node: Template, leaf: string, place: Place, scope: TemplateScope): boolean {
  const others = Object.keys(node).filter((key) => key !== leaf);
  if (others.length === 0) return true;
  fault(scope, place, `'${leaf}' stands beside ${others.join(', ')}`, `keep ${leaf} alone`);
  return false;
}

function compileLeaf(
  leaf: 'column' | 'cel' | 'template',
  node: Template,
  place: Place,
  scope: TemplateScope,
): CompiledField | undefined {
  if (leaf === 'column') {
    if (validateColumnField(node)) return compileColumnField(node, place.path, place.field, scope);
    for (const found of formFaults(validateColumnField.errors ?? [])) {
      scope.faults.push({ ...found, path: `${place.path}${found.path}` });
    }
    return undefined;
  }
  const text = node[leaf];
  if (!only(node, leaf, place, scope)) return undefined;
  if (typeof text !== 'string')
    return fault(scope, place, 'it is no text', `write ${leaf} as text`);
  if (leaf === 'template') return compileText(text, place, scope);
  const { columns } = scope;
  const path = `${place.path}/cel`;
  return scope.expressions.compile({
    source: text,
    path,
    field: place.field,
    columns,
    isCondition: false,
  });
}

const PIECES = /\{([^{}]*)\}|[^{}]+|[{}]/g;

/** `tx-{line}-{Column name}`: text with the row's line, the file's name and cells in it. */
function compileText(text: string, place: Place, scope: TemplateScope): CompiledField | undefined {
  const cells: number[] = [];
  const pieces: ((line: number, file: string, cells: readonly string[]) => string)[] = [];
  for (const [piece, name] of text.matchAll(PIECES)) {
    if (piece === '{' || piece === '}') {
      return fault(scope, place, 'a brace without its partner', 'write {line}, {file} or {COLUMN}');
    }
    if (name === undefined) pieces.push(() => piece);
    else if (name === 'line') pieces.push((line) => String(line));
    else if (name === 'file') pieces.push((_, file) => file);
    else {
      const cell = scope.columns.use(name);
      cells.push(cell);
      pieces.push((_line, _file, row) => row[cell] ?? '');
    }
  }
  return {
    cells,
    read: (row) => {
      if (cells.some((cell) => scope.absent.has(row.cells[cell] ?? ''))) return undefined;
      const file = row.file.slice(row.file.lastIndexOf('/') + 1);
      let whole = '';
      for (const piece of pieces) whole += piece(row.line, file, row.cells);
      return whole;
    },
  };
}

/** A list; elements that the row does not state are left out. */
function compileList(
  node: readonly unknown[],
  place: Place,
  scope: TemplateScope,
  fields: Fields,
): Node {
  const elements = node.map((element, i) =>
    compileNode(
      element,
      { path: `${place.path}/${i}`, field: `${place.field}[${i}]` },
      scope,
      fields,
    ),
  );
  return {
    read: (row) => elements.map(({ read }) => read(row)).filter((value) => value !== undefined),
    outline: elements.map(({ outline }) => outline),
  };
}

/** An object; absent itself when the row states none of its fields. */
function compileObject(node: Template, place: Place, scope: TemplateScope, fields: Fields): Node {
  return objectOf(
    Object.entries(node).map(([name, inner]) => {
      const path = `${place.path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const field = `${place.field}.${name}`;
      return { name, ...compileNode(inner, { path, field }, scope, fields) };
    }),
  );
}

interface Member extends Node {
  readonly name: string;
}

function objectOf(members: readonly Member[]): Node {
  return {
    read: (row) => {
      const values: Record<string, unknown> = {};
      let stated = 0;
      for (const { name, read } of members) {
        const value = read(row);
        if (value === undefined) continue;
        values[name] = value;
        stated += 1;
      }
      return stated === 0 && members.length > 0 ? undefined : values;
    },
    outline: Object.fromEntries(members.map(({ name, outline }) => [name, outline])),
  };
}
