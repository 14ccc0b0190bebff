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
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const faults = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
      ...place(pos[0]),
      problem: code === 'DUPLICATE_KEY' ? 'the key stands twice' : message.replace(/\.$/, ''),
      remedy: code === 'DUPLICATE_KEY' ? 'remove one of the two' : 'correct the YAML',
    }));
    visit(document, {
      Scalar: (_, { value, range }) => {
        if (!Number.isInteger(value) || Number.isSafeInteger(value)) return;
        const at = place(range?.[0] ?? 0);
        faults.push({ ...at, problem: 'the integer is not exact', remedy: 'stay under 2^53' });
      },
    });
    if (faults.length > 0) return refuse(...faults);
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
