/** Many small byte strings as one, to be handed to another thread without copying each. */
export interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
}

export function pack(values: readonly Uint8Array[]): Packed {
  const lengths = new Uint32Array(values.length);
  let total = 0;
  values.forEach((value, i) => {
    lengths[i] = value.length;
    total += value.length;
  });
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const value of values) {
    bytes.set(value, at);
    at += value.length;
  }
  return { bytes, lengths };
}

/** Views into what was packed. */
export function unpack({ bytes, lengths }: Packed): Uint8Array[] {
  const values: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    values.push(bytes.subarray(at, at + length));
    at += length;
  }
  return values;
}

/** What may change hands instead of being copied. */
export const transferOf = ({ bytes, lengths }: Packed): ArrayBuffer[] => [
  bytes.buffer,
  lengths.buffer,
];
