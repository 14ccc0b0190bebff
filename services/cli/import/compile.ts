import type { Fault } from '@tidemark/rating/methodology/faults';
import { parseRecord } from '@tidemark/schemas/records';
import type { CsvOptions } from './csv';
import { expressions, type Expressions } from './expression';
import type { MappingDocument, RecordDocument, SourceDocument, Template } from './mapping';
import { newColumns, type Columns, type ReadField } from './row';
import { compileTemplate, type StatedField, type TemplateScope } from './template';
import { timeZoneNamed, type TimeZone } from './time-zone';

export interface CompiledMapping {
  readonly name: string;
  readonly sources: readonly CompiledSource[];
}

export interface CompiledSource {
  readonly name: string;
  /** Whether a file (its name without folders) belongs to this source. */
  readonly matches: (fileName: string) => boolean;
  readonly csv: CsvOptions;
  readonly encoding: string;
  readonly trim: boolean;
  /** Column names of files without a header row. */
  readonly header: readonly string[] | undefined;
  /** The columns that are read. */
  readonly columns: Columns;
  readonly records: readonly CompiledRecord[];
}

export interface CompiledRecord {
  readonly when: ReadField | undefined;
  readonly read: ReadField;
  /** Places of the columns behind each field that is read from the row. */
  readonly fields: ReadonlyMap<string, readonly number[]>;
}

export type CompileResult =
  | { readonly ok: true; readonly mapping: CompiledMapping }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Compiles a mapping of a right frame; all faults at once, each with its JSON pointer. */
export function compileMapping(document: MappingDocument): CompileResult {
  const faults: Fault[] = [];
  const zone = zoneOf(document.timeZone, faults);
  const translations = document.translations ?? {};
  const shared = { document, zone, translations, faults };
  const context = { ...shared, expressions: expressions(zone, translations, faults) };
  const sources = Object.entries(document.sources).map(([name, source]) =>
    compileSource(name, source, context),
  );
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, mapping: { name: document.mapping, sources } };
}

function zoneOf(name: string | undefined, faults: Fault[]): TimeZone | undefined {
  if (name === undefined) return undefined;
  const zone = timeZoneNamed(name);
  if (zone === undefined) {
    const remedy = 'use an IANA name, e.g. Asia/Shanghai';
    faults.push({ path: '/timeZone', rule: null, problem: 'no such time zone', remedy });
  }
  // so that a misspelt zone is one fault, not one at every local time
  return zone ?? timeZoneNamed('UTC');
}

interface Context {
  readonly document: MappingDocument;
  readonly zone: TimeZone | undefined;
  readonly translations: NonNullable<MappingDocument['translations']>;
  readonly faults: Fault[];
  readonly expressions: Expressions;
}

function compileSource(name: string, source: SourceDocument, context: Context): CompiledSource {
  const columns = newColumns();
  const scope: TemplateScope = { ...context, columns, absent: new Set(source.absent ?? ['']) };
  const path = `/sources/${name}`;
  const records = source.records.map((record, i) =>
    compileRecord(
      record,
      `${path}/records/${i}`,
      [
        [context.document.shared, '/shared'],
        [source.shared, `${path}/shared`],
      ],
      scope,
    ),
  );
  for (const column of columns.names) {
    if (source.columns === undefined || source.columns.includes(column)) continue;
    const problem = `the mapping reads column '${column}', which columns does not name`;
    const remedy = `use one of ${source.columns.join(', ')}`;
    context.faults.push({ path: `${path}/columns`, rule: null, problem, remedy });
  }
  const patterns = (source.files ?? []).map(expressionOf);
  return {
    name,
    matches: (fileName) => patterns.some((pattern) => pattern.test(fileName)),
    csv: { separator: source.separator ?? ',', quoting: source.quoting ?? true },
    encoding: source.encoding ?? 'utf-8',
    trim: source.trim ?? false,
    header: source.columns,
    columns,
    records,
  };
}

/** A file name pattern: * is any text, ? any one character. */
function expressionOf(pattern: string): RegExp {
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

type SharedFields = readonly (readonly [template: Template | undefined, path: string])[];

function compileRecord(
  { when, record }: RecordDocument,
  path: string,
  shared: SharedFields,
  scope: TemplateScope,
): CompiledRecord {
  const stated = new Map<string, StatedField>();
  for (const [template, from] of [...shared, [record, `${path}/record`] as const]) {
    for (const [name, node] of Object.entries(template ?? {})) {
      stated.set(name, { node, path: `${from}/${name}` });
    }
  }
  const before = scope.faults.length;
  const compiled = compileTemplate(stated, scope);
  if (scope.faults.length === before) checkOutline(compiled, path, stated, scope);
  const condition =
    when === undefined
      ? undefined
      : scope.expressions.compile({
          source: when,
          path: `${path}/when`,
          field: 'when',
          columns: scope.columns,
          isCondition: true,
        });
  return { read: compiled.read, fields: compiled.fields, when: condition?.read };
}

/** What no row can mend: unknown and missing fields, and constants that are refused. */
function checkOutline(
  { outline, fields }: ReturnType<typeof compileTemplate>,
  path: string,
  stated: ReadonlyMap<string, StatedField>,
  scope: TemplateScope,
): void {
  const parsed = parseRecord(outline);
  if (parsed.ok) return;
  for (const { code, field, reason } of parsed.faults) {
    const inRow = [...fields.keys()].some((read) => field === read || isBelow(field, read));
    const isForm =
      code === 'unknown-field' || code === 'unknown-attribute' || code === 'not-of-this-kind';
    if (inRow && !isForm) continue;
    scope.faults.push({
      path: pointerOf(field, path, stated),
      rule: null,
      problem: `field ${field}: ${reason}`,
      remedy: code === 'missing-field' ? 'state it in the record' : 'correct or remove it',
    });
  }
}

/** Whether a path of a record lies below another one. */
export const isBelow = (field: string, above: string): boolean =>
  field.startsWith(`${above}.`) || field.startsWith(`${above}[`);

function pointerOf(field: string, path: string, stated: ReadonlyMap<string, StatedField>): string {
  const [top = '', ...rest] = field.split(/[.[\]]+/).filter((part) => part !== '');
  const at = stated.get(top);
  return at === undefined ? `${path}/record` : [at.path, ...rest].join('/');
}
