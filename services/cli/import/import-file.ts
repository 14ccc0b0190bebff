import type { LineWriter } from '../output';
import type { CompiledSource } from './compile';
import { csvReader, placeOfCell, type CsvRow } from './csv';
import { recordsOfRow } from './records-of-row';
import type { Refusal } from './row';
import { bindHeader, DamagedFile, headerNames, rowBatches } from './source-file';

export interface Counts {
  rows: number;
  records: number;
  /** Rows that were refused. */
  refused: number;
  /** Rows for which no `when` held. */
  without: number;
}

export interface ImportTarget {
  readonly output: LineWriter;
  readonly counts: Counts;
  /** One line about a refused row. */
  readonly report: (line: string) => void;
  readonly progress: (bytesRead: number) => void;
}

interface Bound {
  readonly places: readonly number[];
  readonly width: number;
}

/** Imports one file: each row's records to the output, refused rows to the report. */
export async function importFile(
  file: string,
  source: CompiledSource,
  target: ImportTarget,
): Promise<void> {
  const reader = csvReader(source.csv);
  const { counts, output, report } = target;
  let bound = source.header === undefined ? undefined : bind(file, source, source.header);
  try {
    for await (const { rows, bytesRead } of rowBatches(file, source, reader)) {
      for (const row of rows) {
        if (row.kind === 'broken') {
          counts.rows += 1;
          counts.refused += 1;
          report(`${file}:${row.line}:${row.column}: ${row.reason}`);
        } else if (bound === undefined) bound = bind(file, source, headerNames(row, source));
        else importRow(file, source, row, bound, target);
      }
      await output.flush();
      if (output.closed()) return;
      target.progress(bytesRead);
    }
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error;
    counts.rows += 1;
    counts.refused += 1;
    report(`${file}:${reader.line()}:1: ${error.message}: nothing from this line on was imported`);
  }
}

function bind(file: string, source: CompiledSource, names: readonly string[]): Bound {
  const bound = bindHeader(file, source, names);
  if (!bound.ok) throw new Error(bound.faults.join('\n')); // checkHeader has seen another file
  return bound;
}

const BAD_TEXT = '\ufffd';

function importRow(
  file: string,
  source: CompiledSource,
  row: CsvRow,
  { places, width }: Bound,
  { counts, output, report }: ImportTarget,
): void {
  counts.rows += 1;
  const refuse = (index: number, reason: string): void => {
    counts.refused += 1;
    const { line, column } = placeOfCell(row, index, source.csv);
    report(`${file}:${line}:${column}: ${reason}`);
  };
  if (row.cells.length !== width) {
    const found = `the row has ${row.cells.length} cells, the header ${width}`;
    return refuse(
      Math.min(row.cells.length, width),
      `${found}; quote cells that hold the separator`,
    );
  }
  if (row.text.includes(BAD_TEXT)) {
    const index = row.cells.findIndex((cell) => cell.includes(BAD_TEXT));
    return refuse(index, `the text is not ${source.encoding}; state the encoding in the mapping`);
  }
  const cells = places.map((place) => {
    const cell = row.cells[place] ?? '';
    return source.trim ? cell.trim() : cell;
  });
  const result = recordsOfRow(source, { cells, line: row.line, file, refusals: [] });
  if (result.ok) {
    for (const record of result.records) output.line(JSON.stringify(record));
    counts.records += result.records.length;
    if (result.records.length === 0) counts.without += 1;
    return;
  }
  counts.refused += 1;
  for (const refusal of result.refusals) {
    const { line, column } = placeOfCell(row, places[refusal.cells[0] ?? -1] ?? 0, source.csv);
    report(`${file}:${line}:${column}: ${sentence(refusal, source)}`);
  }
}

/** `column 'value': field amount: why`; without a column for what the mapping alone states. */
function sentence({ field, cells, reason }: Refusal, { columns }: CompiledSource): string {
  const names = cells.map((cell) => `'${columns.names[cell] ?? ''}'`).join(', ');
  const column = names === '' ? '' : `column ${names}: `;
  return `${column}${field === '' ? '' : `${field}: `}${reason}`;
}
