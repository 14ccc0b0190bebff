import fc from 'fast-check';
import { add, decimal, hasShare, multiply, same, subtract, type Exact } from './exact';

/** The form that an integer has here. */
const exact = (value: bigint): Exact =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;

const EDGE = 2n ** 53n;
const integers = fc.oneof(
  fc.bigInt({ min: -1000n, max: 1000n }),
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
  fc.bigInt({ min: EDGE - 3n, max: EDGE + 3n }),
  fc.bigInt({ min: -EDGE - 3n, max: -EDGE + 3n }),
);
const naturals = integers.map((value) => (value < 0n ? -value : value));

describe('exact integers', () => {
  it('add, subtract and multiply like BigInt, in one form for one integer', () => {
    fc.assert(
      fc.property(integers, integers, (a, b) => {
        const [x, y] = [exact(a), exact(b)];
        expect(add(x, y)).toBe(exact(a + b));
        expect(subtract(x, y)).toBe(exact(a - b));
        expect(multiply(x, y)).toBe(exact(a * b));
        expect(same(x, y)).toBe(a === b);
        expect(subtract(add(x, y), y)).toBe(x);
      }),
      { numRuns: 2000 },
    );
  });

  it('never give a negative zero, which encodes otherwise', () => {
    expect(Object.is(multiply(-1, 0), 0)).toBe(true);
    expect(Object.is(subtract(0, 0), 0)).toBe(true);
  });

  it('compare shares without division: 19.99% is not 20%, nothing is no share of nothing (E-G0, E-B2)', () => {
    expect(hasShare(1999, 10_000, 20)).toBe(false);
    expect(hasShare(2000, 10_000, 20)).toBe(true);
    expect(hasShare(0, 0, 20)).toBe(false);
    fc.assert(
      fc.property(naturals, naturals, fc.integer({ min: 1, max: 100 }), (part, total, percent) => {
        const expected = total > 0n && part * 100n >= BigInt(percent) * total;
        expect(hasShare(exact(part), exact(total), percent)).toBe(expected);
      }),
    );
  });
});

describe('decimals', () => {
  it.each([
    [130, 5, 1, '26.0'],
    [111, 5, 1, '22.2'],
    [100, 3, 1, '33.333333'],
    [200, 3, 1, '66.666667'],
    [100, 6, 1, '16.666667'],
    [0, 5, 1, '0.0'],
    [27_000, 100, 0, '270'],
    [27_050, 100, 0, '270.5'],
    [1, 64, 1, '0.015625'],
    [1, 128, 1, '0.0078125'],
    [1, 1_000_000, 1, '0.000001'],
    [1, 2_000_003, 1, '0.0'],
    [1, 1_999_999, 1, '0.000001'],
    [2_999_999, 3_000_000, 1, '1.0'],
  ])(
    '%i / %i is written with at least %i decimals as %s (W-7)',
    (numerator, denominator, least, text) => {
      expect(decimal(numerator, denominator, least)).toBe(text);
    },
  );

  it('are the shortest exact ones, or rounded half-up to 6 places where they do not end', () => {
    const denominators = fc.oneof(
      fc.integer({ min: 1, max: 1000 }).map(BigInt),
      fc.constantFrom(3n, 6n, 7n, 64n, 500n, 5_000_000n, 2n ** 40n, 10n ** 12n, 3n * 10n ** 10n),
    );
    fc.assert(
      fc.property(naturals, denominators, (numerator, denominator) => {
        const found = decimal(exact(numerator), exact(denominator));
        const [whole = '', fraction = ''] = found.split('.');
        const scale = 10n ** BigInt(fraction.length);
        const value = BigInt(whole + fraction);
        if (value * denominator === numerator * scale) {
          expect(fraction.length === 1 || !fraction.endsWith('0')).toBe(true);
        } else {
          expect(fraction.length).toBeLessThanOrEqual(6);
          const million = (BigInt(whole + fraction) * 1_000_000n) / scale;
          const twice = 2n * (million * denominator - numerator * 1_000_000n);
          expect(twice > -denominator && twice <= denominator).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
