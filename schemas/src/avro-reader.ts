import type { Type } from 'avsc';
import { schemaOf, type RecordKind } from './avro';
import { boundsOf, type Bounds } from './avro-bounds';
import { parsedOf } from './avro-plain';
import type { RecordSchema } from './avro-schema';
import { typeOf } from './avro-type';

/** A schema that records were written with. */
export interface Writer {
  /** SHA-256 in hex of its canonical form: names, types and their order, without words and defaults. */
  readonly fingerprint: string;
  readonly type: Type;
  readonly bounds: Bounds | undefined;
}

/** The schema that a JSON text holds; undefined: it is no Avro schema. */
export function writerOf(text: string): Writer | undefined {
  try {
    const type = typeOf(JSON.parse(text));
    return {
      type,
      fingerprint: type.fingerprint('sha256').toString('hex'),
      bounds: boundsOf(type),
    };
  } catch {
    return undefined;
  }
}

/**
 * Reads the Avro binary form from an offset to the end of the bytes.
 * @throws when the bytes are not of the form; the message may hold what they say
 */
export type Reader<T> = (bytes: Buffer, from: number) => T;

/**
 * Reads what was written with another schema as a record of ours, in its JSON form; formats and bounds
 * are not checked, and what an input record lacks may be null, as `parseRecord` takes it. Fields of ours that it lacks get their default, others are left out, renamed ones are
 * known by our `aliases`.
 * @param ours for tests; otherwise the schema of the kind
 * @returns undefined when the two do not go together: a field of ours without default is lacking, or has
 * a type that is none of ours
 */
export function readerOf(
  kind: RecordKind,
  writer: Writer,
  ours: RecordSchema = schemaOf(kind),
): Reader<unknown> | undefined {
  const type = typeOf(ours);
  const resolved = resolvedReader(type, writer);
  if (resolved === undefined) return undefined;
  const plain = parsedOf(ours);
  return (bytes, from) => plain(resolved(bytes, from));
}

/** Writes with our schema what was written with another; see `readerOf`. */
export function translatorOf(
  kind: RecordKind,
  writer: Writer,
  ours: RecordSchema = schemaOf(kind),
): Reader<Buffer> | undefined {
  const type = typeOf(ours);
  const resolved = resolvedReader(type, writer);
  return resolved === undefined ? undefined : (bytes, from) => type.toBuffer(resolved(bytes, from));
}

/** The fingerprint of our schema of a kind. */
export function fingerprintOf(kind: RecordKind): string {
  return typeOf(schemaOf(kind)).fingerprint('sha256').toString('hex');
}

function resolvedReader(
  type: Type,
  { type: written, bounds }: Writer,
): Reader<unknown> | undefined {
  const resolver = resolverOf(type, written);
  if (resolver === undefined) return undefined;
  return (bytes, from) => {
    if (bounds?.(bytes, from) === false) throw new RangeError('lengths beyond the end');
    const { value, offset }: { value: unknown; offset: number } = type.decode(
      bytes,
      from,
      resolver.of,
    );
    if (offset !== bytes.length) throw new RangeError('another length than the schema says');
    return value;
  };
}

function resolverOf(type: Type, written: Type): { readonly of: Resolver } | undefined {
  // the same form: as ours, without the detour
  if (type.equals(written)) return { of: undefined };
  try {
    return { of: type.createResolver(written) };
  } catch {
    return undefined;
  }
}

type Resolver = Parameters<Type['decode']>[2];
