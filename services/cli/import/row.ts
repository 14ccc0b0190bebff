import { basename } from 'node:path';

/** Why a field of a row could not be read; `cells` are the places of the columns that it names. */
export interface Refusal {
  readonly field: string;
  readonly cells: readonly number[];
  readonly reason: string;
}

/** A row as the fields of a mapping read it: the cells that the mapping names, in its own order. */
export interface Row {
  readonly cells: readonly string[];
  readonly line: number;
  readonly file: string;
  /** What was refused while its fields were read. */
  readonly refusals: Refusal[];
  /** The variables of expressions, made when the first one is evaluated. */
  context?: ExpressionContext;
}

export interface ExpressionContext {
  readonly [name: string]: unknown;
  readonly row: Readonly<Record<string, string>>;
  readonly line: bigint;
  readonly file: string;
}

/** Reads one field of a record; undefined: the row states none, or it was refused. */
export type ReadField = (row: Row) => unknown;

/** The columns that a source's mapping names, each with its own place in the cells of a Row. */
export interface Columns {
  readonly names: readonly string[];
  readonly use: (name: string) => number;
}

export function newColumns(): Columns {
  const names: string[] = [];
  return {
    names,
    use: (name) => {
      const known = names.indexOf(name);
      return known >= 0 ? known : names.push(name) - 1;
    },
  };
}

export function contextOf(row: Row, columns: Columns): ExpressionContext {
  if (row.context !== undefined) return row.context;
  const cells: Record<string, string> = {};
  columns.names.forEach((name, i) => {
    cells[name] = row.cells[i] ?? '';
  });
  row.context = { row: cells, line: BigInt(row.line), file: basename(row.file) };
  return row.context;
}

/** Notes why a field is refused. */
export function refuse(
  row: Row,
  field: string,
  cells: readonly number[],
  reason: string,
): undefined {
  row.refusals.push({ field, cells, reason });
  return undefined;
}
