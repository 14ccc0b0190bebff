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
  const small = typeof numerator === 'number' && typeof denominator === 'number';
  if (small && numerator < SMALL && denominator < SMALL) {
    // The usual case without BigInt: all products stay far below 2^53.
    for (let places = 0, scale = 1; places <= ROUNDED_PLACES; places += 1, scale *= 10) {
      const scaled = numerator * scale;
      if (scaled % denominator === 0) return digits(scaled / denominator, places, minDecimals);
    }
  }
  const d = BigInt(denominator);
  const n = BigInt(numerator);
  for (let places = 0, scale = 1n; places <= EXACT_PLACES; places += 1, scale *= 10n) {
    if ((n * scale) % d === 0n) return digits((n * scale) / d, places, minDecimals);
  }
  const rounded = (2n * n * 10n ** BigInt(ROUNDED_PLACES) + d) / (2n * d);
  return digits(rounded, ROUNDED_PLACES, minDecimals);
}

const SMALL = 1e9;
/** A decimal that ends within so many places is written in full. */
const EXACT_PLACES = 18;
const ROUNDED_PLACES = 6;

function digits(scaled: Exact, places: number, minDecimals: number): string {
  const text = scaled.toString().padStart(places + 1, '0');
  const whole = text.slice(0, text.length - places);
  const fraction = text
    .slice(text.length - places)
    .replace(/0+$/, '')
    .padEnd(minDecimals, '0');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
