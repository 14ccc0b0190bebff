import type { ListDocument, MethodologyDocument } from '../methodology/document';
import type { Fingerprints } from '../methodology/fingerprint';
import type { FrameworkDocument } from '../methodology/framework';
import type { Methodology } from '../methodology/methodology';

/**
 * What the global topics say: every methodology and reference list that was ever published, in the
 * order in which they were read. Never changed: taking a record in makes another value.
 */
export interface RatingGlobals {
  readonly documents: readonly DocumentVersion[];
  /** Complete ones, in the order in which they were completed. */
  readonly lists: readonly ListVersion[];
  /** By id. */
  readonly incomplete: ReadonlyMap<string, IncompleteList>;
  /** How many documents and lists there were after each that was read. */
  readonly taken: readonly Taken[];
  readonly derived: Derived;
}

/** A published methodology document. */
export interface DocumentVersion {
  /** id@version. */
  readonly name: string;
  readonly document: MethodologyDocument;
  readonly framework: FrameworkDocument | undefined;
  /** From when it is in force, UTC milliseconds; -Infinity: from the beginning. */
  readonly from: number;
  /** Of the whole record. */
  readonly digest: string;
  readonly fingerprints: Fingerprints;
}

/** A published reference list. */
export interface ListVersion {
  /** name@version. */
  readonly id: string;
  readonly name: string;
  /** From when it is in force, UTC milliseconds. */
  readonly from: number;
  readonly content: Pick<ListDocument, 'rows' | 'default'>;
  readonly fingerprint: string;
  /** Of the record of each part, by its number. */
  readonly digests: ReadonlyMap<number, string>;
}

/** A reference list of which parts are missing. */
export interface IncompleteList {
  readonly id: string;
  readonly from: number;
  readonly parts: number;
  /** JSON text. */
  readonly fallback: string | null;
  readonly rows: ReadonlyMap<number, ListDocument['rows']>;
  readonly digests: ReadonlyMap<number, string>;
}

export interface Taken {
  readonly documents: number;
  readonly lists: number;
  /** From when the one that was read is in force. */
  readonly from: number;
}

/** What follows from the rest; found when it is first asked for. */
export interface Derived {
  current: Period | undefined;
  methodology: Methodology | undefined;
  countries: ReadonlySet<string> | undefined;
  combinations: ReadonlyMap<string, Combination> | undefined;
}

/** A time during which one version is in force: from `from` on, before `until`. */
export interface Period {
  readonly from: number;
  readonly until: number;
  readonly version: string;
}

/** A document with the lists that replace its own. */
export interface Combination {
  readonly document: DocumentVersion;
  readonly lists: readonly ListVersion[];
}

const underived = (): Derived => ({
  current: undefined,
  methodology: undefined,
  countries: undefined,
  combinations: undefined,
});

export const NO_GLOBALS: RatingGlobals = {
  documents: [],
  lists: [],
  incomplete: new Map(),
  taken: [],
  derived: underived(),
};

export function withDocument(globals: RatingGlobals, version: DocumentVersion): RatingGlobals {
  return after({ ...globals, documents: [...globals.documents, version] }, version.from);
}

export function withList(globals: RatingGlobals, list: ListVersion): RatingGlobals {
  const incomplete = new Map(globals.incomplete);
  incomplete.delete(list.id);
  return after({ ...globals, incomplete, lists: [...globals.lists, list] }, list.from);
}

/** A part of a list has no effect until the last one is there. */
export const withPart = (globals: RatingGlobals, list: IncompleteList): RatingGlobals => ({
  ...globals,
  incomplete: new Map(globals.incomplete).set(list.id, list),
});

function after(globals: RatingGlobals, from: number): RatingGlobals {
  const { documents, lists } = globals;
  const taken = [...globals.taken, { documents: documents.length, lists: lists.length, from }];
  return { ...globals, taken, derived: underived() };
}
