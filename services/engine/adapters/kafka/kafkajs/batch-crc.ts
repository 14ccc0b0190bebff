const POLYNOMIAL = 0x82f63b78; // Castagnoli, lowest bit first
const SLICES = 8;

/** Table k: the remainder of a byte that k bytes follow, so that eight bytes are taken at once. */
const TABLES: readonly Uint32Array[] = tables();

function tables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      rest = (rest & 1) === 0 ? rest >>> 1 : (rest >>> 1) ^ POLYNOMIAL;
    }
    first[byte] = rest;
  }
  const all = [first];
  for (let slice = 1; slice < SLICES; slice += 1) {
    const before = all[slice - 1] ?? first;
    all.push(before.map((rest) => (rest >>> 8) ^ (first[rest & 0xff] ?? 0)));
  }
  return all;
}

/**
 * CRC-32C of a range of bytes. Node has only the other CRC-32; kafkajs' takes a byte at a time, which
 * would cost as much as all the rest of reading.
 */
export function crc32c(bytes: Buffer, begin: number, end: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  if (!t0 || !t1 || !t2 || !t3 || !t4 || !t5 || !t6 || !t7) return 0;
  let rest = -1;
  let at = begin;
  // indexes are within the tables and the range: `!` costs nothing where a default would
  for (const whole = end - 7; at < whole; at += 8) {
    rest ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    rest =
      t7[rest & 0xff]! ^
      t6[(rest >>> 8) & 0xff]! ^
      t5[(rest >>> 16) & 0xff]! ^
      t4[rest >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < end; at += 1) rest = (rest >>> 8) ^ t0[(rest ^ bytes[at]!) & 0xff]!;
  return ~rest >>> 0;
}
