import { parseDay } from '@tidemark/schemas/iso-time';
import { PLAIN, type List } from '../expression/scope';
import type { ListRow, MethodologyDocument } from './document';
import type { Fault } from './faults';

type Fields = Record<string, number | boolean>;

/** The reference lists of a document by name, dates as days. */
export function compileLists(document: MethodologyDocument, faults: Fault[]): Map<string, List> {
  const lists = new Map<string, List>();
  for (const [name, list] of Object.entries(document.lists ?? {})) {
    const path = `/lists/${name}`;
    const rows = new Map<string, Fields>();
    if (isNames(list.rows)) for (const key of list.rows) rows.set(key, {});
    else {
      for (const [key, row] of Object.entries(list.rows)) {
        rows.set(key, fieldsOf(row, `${path}/rows/${key}`, faults));
      }
    }
    const fallback =
      list.default === undefined ? undefined : fieldsOf(list.default, `${path}/default`, faults);
    lists.set(name, { rows, fallback });
  }
  return lists;
}

const isNames = (rows: unknown): rows is readonly string[] => Array.isArray(rows);

function fieldsOf(row: ListRow, path: string, faults: Fault[]): Fields {
  if (typeof row === 'number') return { [PLAIN]: row };
  const fields: Fields = {};
  for (const [field, value] of Object.entries(row)) {
    if (typeof value !== 'string') {
      fields[field] = value;
      continue;
    }
    const day = parseDay(value);
    if (day === undefined) {
      faults.push({
        path: `${path}/${field}`,
        rule: null,
        problem: `'${value}' is no date`,
        remedy: 'write YYYY-MM-DD',
      });
      continue;
    }
    fields[field] = day;
  }
  return fields;
}
