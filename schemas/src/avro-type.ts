import { Type, types as avroTypes } from 'avsc';

const TWO_TO_32 = 2 ** 32;

/**
 * Avro's own long gives back another number beyond 2^52 (-4503599627370497 becomes
 * 4503599627370496), so all safe integers go through the eight bytes themselves.
 */
const exactLong = avroTypes.LongType.__with({
  fromBuffer: (bytes: Buffer): number => {
    const value = bytes.readInt32LE(4) * TWO_TO_32 + bytes.readUInt32LE(0);
    if (!Number.isSafeInteger(value)) throw new RangeError('a long that cannot be kept exactly');
    return value;
  },
  toBuffer: (value: number): Buffer => {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeInt32LE(Math.floor(value / TWO_TO_32), 4);
    bytes.writeUInt32LE(((value % TWO_TO_32) + TWO_TO_32) % TWO_TO_32, 0);
    return bytes;
  },
  isValid: (value: unknown): boolean => Number.isSafeInteger(value),
  compare: (a: number, b: number): -1 | 0 | 1 => (a === b ? 0 : a < b ? -1 : 1),
  fromJSON: (value: unknown): unknown => value,
  toJSON: (value: unknown): unknown => value,
});

/** The Avro type of a schema, with exact integers. @throws when it is no Avro schema */
export function typeOf(schema: unknown): Type {
  // each schema has its own registry: shared names (Place, CustomerKind) are defined in every file
  return Type.forSchema(structuredClone(schema) as never, {
    wrapUnions: false,
    registry: { long: exactLong },
  });
}
