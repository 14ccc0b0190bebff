import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, Pair } from 'yaml';

/** A place in a text, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface YamlFault extends Position {
  readonly problem: string;
  readonly remedy: string;
}

export interface YamlDocument {
  /** Plain data; undefined when there are faults. */
  readonly value: unknown;
  readonly faults: readonly YamlFault[];
  /** Where the thing of a JSON pointer stands; of what is not there, where its holder stands. */
  readonly positionOf: (pointer: string) => Position;
}

/** Largest text that is read, bytes. */
export const YAML_BYTES_MAX = 2_000_000;
/** How often one anchor may be repeated, nested repetitions multiplied: personas share records. */
const ALIASES_MAX = 250;
/** Repetitions of all anchors: each is looked for from the beginning of the document. */
const ALIASES_IN_ALL_MAX = 1_000;
/** So many faults are told at once. */
const FAULTS_MAX = 100;
/** Largest document with every alias written out: values and characters of texts together. */
const EXPANDED_MAX = 10_000_000;
const START: Position = { line: 1, column: 1 };

/**
 * Reads one YAML (or JSON) document of version 1.2. Refused, beside what is no YAML: duplicate keys,
 * unknown tags, several documents in a text, integers beyond 2^53, texts over 2 MB and aliases that
 * expand to far more than is written.
 */
export function readYaml(text: string): YamlDocument {
  const lines = new LineCounter();
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return line === 0 ? START : { line, column: col };
  };
  const refuse = (...faults: YamlFault[]): YamlDocument => ({
    value: undefined,
    faults,
    positionOf: () => START,
  });
  if (Buffer.byteLength(text) > YAML_BYTES_MAX) {
    return refuse({ ...START, problem: 'the text is longer than 2 MB', remedy: 'shorten it' });
  }
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      // looks at every key for every other: noted below
      uniqueKeys: false,
    });
    const faults = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
      ...place(pos[0]),
      problem: message.replace(/\.$/, ''),
      remedy: 'correct the YAML',
    }));
    if (faults.length > 0) return refuse(...faults.slice(0, FAULTS_MAX));
    let aliases = 0;
    visit(document, {
      Alias: () => {
        aliases += 1;
        return aliases > ALIASES_IN_ALL_MAX ? visit.BREAK : undefined;
      },
      Map: (_, { items }) => {
        faults.push(...keyFaults(items, place));
      },
      Scalar: (_, { value, range }) => {
        if (!Number.isInteger(value) || Number.isSafeInteger(value)) return;
        const at = place(range?.[0] ?? 0);
        faults.push({ ...at, problem: 'the integer is not exact', remedy: 'stay under 2^53' });
      },
    });
    if (faults.length > 0) return refuse(...faults.slice(0, FAULTS_MAX));
    if (aliases > ALIASES_IN_ALL_MAX) return refuse(bomb);
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    if (weight(value, EXPANDED_MAX) > EXPANDED_MAX) return refuse(bomb);
    return { value, faults, positionOf: (pointer) => place(offsetOf(document, pointer)) };
  } catch (error) {
    // toJS() throws a ReferenceError at too many aliases; a nesting too deep ends the call stack.
    if (error instanceof ReferenceError) return refuse(bomb);
    if (!(error instanceof RangeError)) throw error;
    return refuse({ ...START, problem: 'it is nested too deeply', remedy: 'flatten it' });
  }
}

/** Keys are texts: what is written in another way is one all the same (1 and "1"). */
function keyFaults(items: readonly Pair[], place: (offset: number) => Position): YamlFault[] {
  const keys = new Set<string>();
  return items.flatMap((item) => {
    const at = place(start(item.key) ?? 0);
    if (!isScalar(item.key)) {
      return [{ ...at, problem: 'the key is no text', remedy: 'write a text as key' }];
    }
    const key = keyOf(item);
    if (keys.has(key)) {
      return [{ ...at, problem: 'the key stands twice', remedy: 'remove one of the two' }];
    }
    keys.add(key);
    return [];
  });
}

const bomb: YamlFault = {
  ...START,
  problem: 'its aliases expand to too large a document',
  remedy: 'write out what is repeated',
};

/** Number of values and characters, no further than to the limit. */
function weight(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length + 1;
  if (typeof value !== 'object' || value === null) return 1;
  let sum = 1;
  for (const [key, inner] of Object.entries(value)) {
    sum += key.length + weight(inner, limit - sum);
    if (sum > limit) return sum;
  }
  return sum;
}

const decoded = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

/** Of a key its own place, of an entry of a list the place of its value. */
function offsetOf(document: Document.Parsed, pointer: string): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const part of pointer.split('/').slice(1).map(decoded)) {
    const holder: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isMap(holder)) {
      const pair = holder.items.find((item) => keyOf(item) === part);
      if (pair === undefined) return offset;
      offset = start(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(holder)) {
      node = holder.items[Number(part)];
      if (node === undefined) return offset;
      offset = start(node) ?? offset;
    } else return offset;
  }
  return offset;
}

const keyOf = ({ key }: Pair): string => String(isScalar(key) ? key.value : key);

const isNode = (value: unknown): value is Node =>
  isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);

const start = (value: unknown): number | undefined =>
  isNode(value) ? value.range?.[0] : undefined;
