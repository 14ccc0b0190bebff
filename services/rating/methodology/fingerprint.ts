import { digest, type Json } from '../canonical';
import type { ListDocument, MethodologyDocument } from './document';

/**
 * The fingerprint of a methodology is made of those of its parts, so that the one of a document with
 * another list is known without either being written out again.
 */
export interface Fingerprints {
  /** Of the document without the content of its lists. */
  readonly bare: string;
  /** Of the content of each list. */
  readonly lists: Readonly<Record<string, string>>;
}

export const fingerprintOf = ({ bare, lists }: Fingerprints): string => digest({ bare, lists });

export function fingerprintsOf(document: MethodologyDocument): Fingerprints {
  const lists = Object.entries(document.lists ?? {});
  const shells = lists.map(([name, { rows: _rows, default: _row, ...shell }]) => [name, shell]);
  return {
    bare: digest(jsonOf({ ...document, lists: Object.fromEntries(shells) })),
    lists: Object.fromEntries(lists.map(([name, list]) => [name, listFingerprint(list)])),
  };
}

/** Of what a reference-list record replaces: the rows, and the row of keys that are not listed. */
export const listFingerprint = ({
  rows,
  default: fallback,
}: Pick<ListDocument, 'rows' | 'default'>): string => digest(jsonOf({ rows, fallback }));

/** A parsed document holds JSON values only. */
function jsonOf(value: object): Json {
  const parsed: Json = JSON.parse(JSON.stringify(value));
  return parsed;
}
