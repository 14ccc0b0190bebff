import { parseRecord, type InputRecord } from '@tidemark/schemas/records';
import { isBelow, type CompiledRecord, type CompiledSource } from './compile';
import type { Refusal, Row } from './row';

export type RowResult =
  | { readonly ok: true; readonly records: readonly InputRecord[] }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** All records of a row, or everything that is wrong with it: a row is taken whole or not at all. */
export function recordsOfRow(source: CompiledSource, row: Row): RowResult {
  const records: InputRecord[] = [];
  for (const compiled of source.records) {
    const before = row.refusals.length;
    if (compiled.when !== undefined && compiled.when(row) !== true) continue;
    const value = compiled.read(row);
    if (row.refusals.length > before) continue;
    const parsed = parseRecord(value);
    if (parsed.ok) {
      records.push(parsed.record);
      continue;
    }
    for (const { field, reason } of parsed.faults) {
      row.refusals.push({ field, reason, cells: cellsBehind(field, compiled) });
    }
  }
  if (row.refusals.length === 0 && records.length > 1) refuseTwins(records, row);
  const { refusals } = row;
  return refusals.length === 0
    ? { ok: true, records }
    : { ok: false, refusals: distinct(refusals) };
}

/** Columns from which a field was read, or its holder, or its parts. */
function cellsBehind(field: string, { fields }: CompiledRecord): readonly number[] {
  const cells = [...fields]
    .filter(([read]) => read === field || isBelow(field, read) || isBelow(read, field))
    .flatMap(([, places]) => places);
  return [...new Set(cells)];
}

function refuseTwins(records: readonly InputRecord[], row: Row): void {
  const seen = new Set<string>();
  for (const { institution, customer, id } of records) {
    const identity = JSON.stringify([institution, customer, id]);
    if (seen.has(identity)) {
      const reason = 'two records of this row have the same customer and id; make the ids differ';
      row.refusals.push({ field: 'id', cells: [], reason });
    }
    seen.add(identity);
  }
}

/** Two records of a row often stumble over the same cell: that is said once. */
function distinct(refusals: readonly Refusal[]): readonly Refusal[] {
  const seen = new Map(refusals.map((r) => [`${r.field} ${r.cells.join()} ${r.reason}`, r]));
  return [...seen.values()];
}
