/** The constants of MurmurHash2, 32 bits, and the seed that Kafka's clients agree on. */
const MULTIPLIER = 0x5bd1e995;
const SHIFT = 24;
const SEED = 0x9747b28c;

/**
 * MurmurHash2 as Kafka's Java clients calculate it (org.apache.kafka.common.utils.Utils.murmur2), so
 * that a key keeps its partition when the same partition count is served by Kafka.
 * @returns a signed 32-bit integer
 */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  const whole = length & ~3;
  let hash = SEED ^ length;
  for (let i = 0; i < whole; i += 4) {
    let k =
      at(data, i) | (at(data, i + 1) << 8) | (at(data, i + 2) << 16) | (at(data, i + 3) << 24);
    k = Math.imul(k, MULTIPLIER);
    k ^= k >>> SHIFT;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(k, MULTIPLIER);
  }
  const rest = length - whole;
  if (rest === 3) hash ^= at(data, whole + 2) << 16;
  if (rest >= 2) hash ^= at(data, whole + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ at(data, whole), MULTIPLIER);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
}

const at = (data: Uint8Array, index: number): number => data[index] ?? 0;

const UTF8 = new TextEncoder();

/** The partition of a key, 0 to partitions - 1, as Kafka's default partitioner chooses it. */
export const partitionOf = (key: string | Uint8Array, partitions: number): number =>
  (murmur2(typeof key === 'string' ? UTF8.encode(key) : key) & 0x7fffffff) % partitions;
