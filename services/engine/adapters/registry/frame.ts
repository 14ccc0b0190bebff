/**
 * The Confluent wire format: a zero, the schema's id in four bytes, highest first, then the record in
 * Avro's binary form.
 */
export const FRAME_BYTES = 5;

const MAGIC = 0;

/** The schema's id; undefined: the value is not in this format. */
export function schemaIdOf(value: Uint8Array): number | undefined {
  const [magic, a, b, c, d] = value;
  if (magic !== MAGIC || a === undefined || b === undefined || c === undefined || d === undefined) {
    return undefined;
  }
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** A record in Avro's binary form with its schema's id before it. */
export function framed(id: number, record: Uint8Array): Uint8Array {
  const value = Buffer.allocUnsafe(FRAME_BYTES + record.length);
  value[0] = MAGIC;
  value.writeUInt32BE(id, 1);
  value.set(record, FRAME_BYTES);
  return value;
}
