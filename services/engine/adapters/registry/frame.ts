/**
 * The Confluent wire format: a zero, the schema's id in four bytes, highest first, then the record in
 * Avro's binary form.
 */
export const FRAME_BYTES = 5;

const MAGIC = 0;

/** The schema's id; undefined: the value is not in this format. */
export function schemaIdOf(value: Uint8Array): number | undefined {
  if (value.length < FRAME_BYTES || value[0] !== MAGIC) return undefined;
  const byte = (at: number): number => value[at] ?? 0;
  return ((byte(1) << 24) | (byte(2) << 16) | (byte(3) << 8) | byte(4)) >>> 0;
}

/** A record in Avro's binary form with its schema's id before it. */
export function framed(id: number, record: Uint8Array): Uint8Array {
  const value = Buffer.allocUnsafe(FRAME_BYTES + record.length);
  value[0] = MAGIC;
  value.writeUInt32BE(id, 1);
  value.set(record, FRAME_BYTES);
  return value;
}
