import type { Fault } from '@tidemark/rating/methodology/faults';
import { minorUnits } from '@tidemark/schemas/currencies';
import { parseDay } from '@tidemark/schemas/iso-time';
import { integerOf, moneyOf, type DecimalStyle, type Reading } from './decimal';
import type { ColumnField, Scalar, Translation } from './mapping';
import { refuse, type Columns, type ReadField, type Row } from './row';
import { dayFormat, timeFormat } from './time-format';
import type { TimeZone } from './time-zone';

/** What a column field needs to know of its mapping and source. */
export interface FieldScope {
  readonly columns: Columns;
  readonly zone: TimeZone | undefined;
  readonly translations: Readonly<Record<string, Translation>>;
  /** Texts that stand for 'no value'. */
  readonly absent: ReadonlySet<string>;
  readonly faults: Fault[];
}

export interface CompiledField {
  readonly read: ReadField;
  readonly cells: readonly number[];
}

type ReadText = (text: string, row: Row) => Scalar | { readonly refused: string } | undefined;

/** Which options belong to which `as`. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  text: ['translate', 'otherwise', 'split'],
  integer: ['split'],
  money: ['currency', 'point', 'grouping', 'round'],
  day: ['format', 'startDay'],
  time: ['format', 'startDay', 'overlap'],
};

/**
 * Compiles a field that is read from a column; undefined when it is at fault.
 * @param path JSON pointer of the field in the document
 * @param field its name in the record, for messages about a row
 */
export function compileColumnField(
  spec: ColumnField,
  path: string,
  field: string,
  scope: FieldScope,
): CompiledField | undefined {
  const before = scope.faults.length;
  const fault = (problem: string, remedy: string, at = ''): undefined => {
    scope.faults.push({ path: `${path}${at}`, rule: null, problem, remedy });
    return undefined;
  };
  const as = spec.as ?? 'text';
  const own = OPTIONS[as] ?? [];
  for (const option of Object.keys(spec)) {
    if (option === 'column' || option === 'as' || own.includes(option)) continue;
    const owner = Object.keys(OPTIONS).filter((kind) => OPTIONS[kind]?.includes(option));
    fault(`'${option}' has no meaning as: ${as}`, `use as: ${owner.join(' or ')}`, `/${option}`);
  }
  const cell = scope.columns.use(spec.column);
  const cells = [cell];
  const read = textReader(spec, scope, fault, cells);
  if (read === undefined || scope.faults.length > before) return undefined;
  const { split } = spec;
  const one = (text: string, row: Row): Scalar | undefined => {
    const value = read(text, row);
    if (typeof value === 'object') return refuse(row, field, cells, value.refused);
    return value;
  };
  return {
    cells,
    read: (row) => {
      const text = row.cells[cell] ?? '';
      if (scope.absent.has(text)) return undefined;
      return split === undefined
        ? one(text, row)
        : text.split(split).map((part) => one(part.trim(), row));
    },
  };
}

type NoteFault = (problem: string, remedy: string, at?: string) => undefined;

function textReader(
  spec: ColumnField,
  scope: FieldScope,
  fault: NoteFault,
  cells: number[],
): ReadText | undefined {
  const as = spec.as ?? 'text';
  switch (as) {
    case 'text':
      return translator(spec, scope, fault);
    case 'integer':
      return (text) => refusable(integerOf(text));
    case 'money':
      return moneyReader(spec, scope, fault, cells);
    case 'day':
      return timeReader(spec, dayFormat, scope, fault);
    case 'time':
      return timeReader(spec, timeFormat, scope, fault);
  }
}

function timeReader(
  { startDay, format, overlap = 'refuse' }: ColumnField,
  compile: typeof timeFormat,
  { zone }: FieldScope,
  fault: NoteFault,
): ReadText | undefined {
  const start = startDay === undefined ? undefined : parseDay(startDay);
  if (startDay !== undefined && start === undefined) {
    return fault('no such day', 'write YYYY-MM-DD', '/startDay');
  }
  const compiled = compile({ format: format ?? 'iso', zone, overlap, startDay: start });
  if (!compiled.ok) {
    return fault(compiled.problem, compiled.remedy, format === undefined ? '' : '/format');
  }
  return (text) => refusable(compiled.read(text));
}

const refusable = (reading: Reading): number | { readonly refused: string } =>
  typeof reading === 'string' ? { refused: reading } : reading;

function translator(spec: ColumnField, scope: FieldScope, fault: NoteFault): ReadText | undefined {
  const { translate, otherwise } = spec;
  if (translate === undefined) {
    if (otherwise === undefined) return (text) => text;
    return fault("'otherwise' without 'translate'", 'add translate', '/otherwise');
  }
  const table = typeof translate === 'string' ? scope.translations[translate] : translate;
  if (table === undefined) {
    const known = Object.keys(scope.translations).join(', ') || 'none is stated';
    return fault('no such translation', `name one of translations: ${known}`, '/translate');
  }
  const values = new Map(Object.entries(table));
  const unknown = otherwise ?? { refused: 'is not in the translation; add it to the mapping' };
  return (text) => values.get(text) ?? unknown;
}

function moneyReader(
  { currency, point = '.', grouping, round }: ColumnField,
  scope: FieldScope,
  fault: NoteFault,
  cells: number[],
): ReadText | undefined {
  const style: DecimalStyle = { point, grouping, halfUp: round === 'half-up' };
  if (grouping === point)
    return fault('point and grouping are the same', 'change one', '/grouping');
  if (currency === undefined) {
    return fault('money needs a currency', 'add currency: CODE, or currency: {column: NAME}');
  }
  if (typeof currency === 'string') {
    if (minorUnits(currency) === undefined) {
      return fault('no such currency', 'use an ISO 4217 code with a minor unit', '/currency');
    }
    return (text) => refusable(moneyOf(text, currency, style));
  }
  const code = scope.columns.use(currency.column);
  cells.push(code);
  return (text, row) => refusable(moneyOf(text, row.cells[code] ?? '', style));
}
