import { parseReferenceListPart } from '@tidemark/schemas/global-records';
import { parseDay } from '@tidemark/schemas/iso-time';
import type { ReferenceListPart } from '@tidemark/schemas/records';
import { digest } from '../canonical';
import { undecoded, type Decoded } from '../decoded';
import type { ListDocument, ListRow } from '../methodology/document';
import { listFingerprint } from '../methodology/fingerprint';
import { withList, withPart, type IncompleteList, type RatingGlobals } from './globals';
import { parseJson, recordIn } from './json-text';

type Rows = ListDocument['rows'];

/** Takes in a record of the reference-lists topic: one part of a list, which takes effect with the last. */
export function takeListPart(globals: RatingGlobals, text: string): Decoded<RatingGlobals> {
  const parsed = recordIn(text, parseReferenceListPart);
  if (!parsed.ok) return parsed;
  const part = parsed.value;
  const id = `${part.name}@${part.version}`;
  const content = digest({ ...part });
  const complete = globals.lists.find((list) => list.id === id);
  const before = complete ?? globals.incomplete.get(id);
  const known = before?.digests.get(part.part);
  if (known === content) return { ok: true, value: globals };
  if (known !== undefined || complete !== undefined) return CONFLICT;
  const incomplete = globals.incomplete.get(id) ?? begun(id, part);
  const rows = rowsOf(part, incomplete);
  if (!rows.ok) return rows;
  const list: IncompleteList = {
    ...incomplete,
    rows: new Map(incomplete.rows).set(part.part, rows.value),
    digests: new Map(incomplete.digests).set(part.part, content),
  };
  if (list.rows.size < list.parts) return { ok: true, value: withPart(globals, list) };
  return completed(globals, part, list);
}

const CONFLICT = undecoded(
  'conflicting-duplicate',
  'version',
  'this part of this version was published with other content: raise the version',
);

const begun = (id: string, { validFrom, parts, default: row }: ReferenceListPart) => ({
  id,
  from: validFrom,
  parts,
  fallback: row ?? null,
  rows: new Map<number, Rows>(),
  digests: new Map<number, string>(),
});

/** The rows of a part, if it belongs to the list of which it says that it is a part. */
function rowsOf(part: ReferenceListPart, list: IncompleteList): Decoded<Rows> {
  if (part.part > part.parts) return undecoded('mismatch', 'part', 'expected at most `parts`');
  if (part.parts !== list.parts || part.validFrom !== list.from) {
    return undecoded('mismatch', 'parts', 'expected the same parts and validFrom in every part');
  }
  if ((part.default ?? null) !== list.fallback) {
    return undecoded('mismatch', 'default', 'expected the same default in every part');
  }
  if (part.default !== undefined && !isRow(parseRow(part.default))) {
    return undecoded('invalid-row', 'default', ROW);
  }
  const rows = parseJson<Rows>(part.rows) ?? undefined;
  if (rows === undefined) {
    return undecoded('not-json', 'rows', 'expected rows by key, or a list of keys, as JSON text');
  }
  const [first = rows] = list.rows.values();
  if (isNames(rows) !== isNames(first)) {
    return undecoded(
      'mismatch',
      'rows',
      'expected rows by key in every part, or keys in every part',
    );
  }
  const isSound = isNames(rows)
    ? rows.every((key) => typeof key === 'string')
    : Object.values(rows).every(isRow);
  return isSound ? { ok: true, value: rows } : undecoded('invalid-row', 'rows', ROW);
}

const ROW = 'expected integers, or fields that are integers, booleans or days (YYYY-MM-DD)';

const isNames = (rows: Rows): rows is readonly string[] => Array.isArray(rows);

const isRow = (row: unknown): boolean =>
  Number.isSafeInteger(row) ||
  (typeof row === 'object' && row !== null && Object.values(row).every(isField));

const isField = (field: unknown): boolean =>
  typeof field === 'boolean' ||
  Number.isSafeInteger(field) ||
  (typeof field === 'string' && parseDay(field) !== undefined);

/** A row that a JSON text holds; null when it holds none. */
function parseRow(text: string): ListRow | null {
  try {
    const row: ListRow | null = JSON.parse(text);
    return row;
  } catch {
    return null;
  }
}

function completed(
  globals: RatingGlobals,
  { name }: ReferenceListPart,
  { id, from, fallback, rows: byPart, digests }: IncompleteList,
): Decoded<RatingGlobals> {
  const parts = [...byPart].sort(([a], [b]) => a - b).map(([, rows]) => rows);
  const keys = parts.flatMap((rows) => (isNames(rows) ? rows : Object.keys(rows)));
  if (new Set(keys).size !== keys.length) {
    return undecoded('duplicate-key', 'rows', 'a key occurs twice: publish another version');
  }
  const rows = parts.every(isNames) ? keys : Object.assign({}, ...parts);
  const row = fallback === null ? null : parseRow(fallback);
  const content = { rows, ...(row === null ? {} : { default: row }) };
  const fingerprint = listFingerprint(content);
  return { ok: true, value: withList(globals, { id, name, from, content, fingerprint, digests }) };
}
