import type { Type, types } from 'avsc';

/**
 * avsc believes the lengths in a record: a list that claims 2^40 elements is read for hours, or takes
 * all memory, before the end of the bytes is noticed. So the lengths are walked through first.
 */
export type Bounds = (bytes: Buffer, from: number) => boolean;

interface Cursor {
  readonly bytes: Buffer;
  at: number;
  /** Elements of lists and maps so far. */
  elements: number;
}

type Skip = (cursor: Cursor) => void;

class OutOfBounds extends Error {}

/**
 * Whether bytes have the lengths that records of this type claim, and end where the record ends.
 * Undefined where nothing in the type can claim more elements than it has bytes.
 */
export function boundsOf(type: Type): Bounds | undefined {
  if (!repeats(type, new Set())) return undefined;
  const skip = skipOf(type, new Map());
  return (bytes, from) => {
    const cursor = { bytes, at: from, elements: 0 };
    try {
      skip(cursor);
      return cursor.at === bytes.length;
    } catch (error) {
      // a type that holds itself can also be nested deeper than the stack allows
      if (error instanceof OutOfBounds || error instanceof RangeError) return false;
      throw error;
    }
  };
}

/** Whether there is a list or map in it, or the type holds itself. */
function repeats(type: Type, within: ReadonlySet<Type>): boolean {
  if (within.has(type)) return true;
  const deeper = new Set(within).add(type);
  return partsOf(type).some((part) => part === undefined || repeats(part, deeper));
}

/** The types within a type; undefined stands for any number of elements. */
function partsOf(type: Type): readonly (Type | undefined)[] {
  switch (type.typeName) {
    case 'array':
    case 'map':
      return [undefined];
    case 'record':
    case 'error':
      return (type as types.RecordType).fields.map((field) => field.type);
    case 'union:unwrapped':
    case 'union:wrapped':
      return (type as types.UnwrappedUnionType).types;
    default:
      return [];
  }
}

function skipOf(type: Type, known: Map<Type, Skip>): Skip {
  const before = known.get(type);
  if (before !== undefined) return before;
  // found again while it is being made: a type that holds itself
  known.set(type, (cursor) => made(cursor));
  const made = makeSkip(type, known);
  known.set(type, made);
  return made;
}

function makeSkip(type: Type, known: Map<Type, Skip>): Skip {
  switch (type.typeName) {
    case 'null':
      return () => {};
    case 'boolean':
      return (cursor) => move(cursor, 1);
    case 'float':
      return (cursor) => move(cursor, 4);
    case 'double':
      return (cursor) => move(cursor, 8);
    case 'int':
    case 'long':
    case 'abstract:long':
    case 'enum':
      return (cursor) => void readLong(cursor);
    case 'string':
    case 'bytes':
      return (cursor) => move(cursor, readLong(cursor));
    case 'fixed': {
      const { size } = type as types.FixedType;
      return (cursor) => move(cursor, size);
    }
    case 'array':
      return blocks(skipOf((type as types.ArrayType).itemsType, known));
    case 'map': {
      const value = skipOf((type as types.MapType).valuesType as Type, known);
      return blocks((cursor) => {
        move(cursor, readLong(cursor));
        value(cursor);
      });
    }
    case 'record':
    case 'error': {
      const fields = (type as types.RecordType).fields.map((field) => skipOf(field.type, known));
      return (cursor) => fields.forEach((field) => field(cursor));
    }
    case 'union:unwrapped':
    case 'union:wrapped': {
      const branches = (type as types.UnwrappedUnionType).types.map((of) => skipOf(of, known));
      return (cursor) => {
        const branch = branches[readLong(cursor)];
        if (branch === undefined) throw new OutOfBounds();
        branch(cursor);
      };
    }
    default:
      throw new Error(`no such Avro type: ${type.typeName}`);
  }
}

/**
 * Blocks of elements. A record has no more elements than bytes, also where they take none. A block
 * that states its own size has it: avsc leaps by it over what is not read, backwards too.
 */
function blocks(element: Skip): Skip {
  return (cursor) => {
    for (;;) {
      let count = readLong(cursor);
      if (count === 0) return;
      let size: number | undefined;
      if (count < 0) {
        count = -count;
        size = readLong(cursor);
      }
      cursor.elements += count;
      if (cursor.elements > cursor.bytes.length) throw new OutOfBounds();
      const begin = cursor.at;
      for (let i = 0; i < count; i++) element(cursor);
      if (size !== undefined && size !== cursor.at - begin) throw new OutOfBounds();
    }
  };
}

function move(cursor: Cursor, length: number): void {
  if (length < 0 || length > cursor.bytes.length - cursor.at) throw new OutOfBounds();
  cursor.at += length;
}

/** Exact up to 2^53: lengths beyond that are out of bounds anyway. */
function readLong(cursor: Cursor): number {
  const { bytes } = cursor;
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new OutOfBounds();
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    scale *= 128;
  }
  throw new OutOfBounds();
}
