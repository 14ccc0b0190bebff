/**
 * Exact integers. A sum of minor units is a JS number while it is safe and a BigInt beyond 2^53;
 * the same integer always has the same form, so states compare and encode alike. JavaScript
 * compares the two forms exactly with <, > and ==.
 */
export type Exact = number | bigint;

const settle = (value: bigint): Exact =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;

/** a + b, exact. */
export function add(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return settle(BigInt(a) + BigInt(b));
}

/** a - b, exact. */
export function subtract(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return settle(BigInt(a) - BigInt(b));
}

/** a * b, exact. */
export function multiply(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product === 0 ? 0 : product;
  }
  return settle(BigInt(a) * BigInt(b));
}

/** The same integer? */
export const same = (a: Exact, b: Exact): boolean => a == b; // eslint-disable-line eqeqeq

/** Is `part` at least `percent` % of `total`, and `total` above 0? Compared without division. */
export const hasShare = (part: Exact, total: Exact, percent: Exact): boolean =>
  total > 0 && multiply(part, 100) >= multiply(percent, total);

/**
 * numerator / denominator as the shortest exact decimal with at least `minDecimals` decimals; one
 * that does not end is rounded half-up to 6 places (records.md, Rating).
 * @param numerator at least 0
 * @param denominator above 0
 */
export function decimal(numerator: Exact, denominator: Exact, minDecimals = 1): string {
  const d = BigInt(denominator);
  const n = BigInt(numerator);
  let scale = 1n;
  let places = 0;
  while ((n * scale) % d !== 0n && places < 19) {
    scale *= 10n;
    places += 1;
  }
  const ends = (n * scale) % d === 0n;
  if (!ends) {
    places = 6;
    scale = 1_000_000n;
  }
  const scaled = ends ? (n * scale) / d : (2n * n * scale + d) / (2n * d);
  const digits = scaled.toString().padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  let fraction = digits.slice(digits.length - places).replace(/0+$/, '');
  fraction = fraction.padEnd(minDecimals, '0');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
