import fc from 'fast-check';
import { hashText } from './hash';

describe('hashes of text', () => {
  it('are pure, 32-bit lanes, never both 0', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer(), (text, seed) => {
        const { low, high } = hashText(text, seed);
        expect(hashText(text, seed)).toEqual({ low, high });
        expect([low | 0, high | 0]).toEqual([low, high]);
        expect(low !== 0 || high !== 0).toBe(true);
      }),
    );
  });

  it('tell apart what differs in one character, in order or in the seed', () => {
    const texts = [
      '',
      'a',
      'b',
      'ab',
      'ba',
      'a1',
      'a2',
      'tx-1',
      'tx-2',
      'é',
      'e\u0301',
      '\u{1F600}',
    ];
    const all = texts.flatMap((text) => [1, 2, 3].map((seed) => hashText(text, seed)));
    expect(new Set(all.map(({ low, high }) => `${low}:${high}`)).size).toBe(texts.length * 3);
  });

  it('do not meet among 200,000 ids that count up, not even nearly in one lane', () => {
    const both = new Set<string>();
    const lows = new Set<number>();
    for (let i = 0; i < 200_000; i += 1) {
      const { low, high } = hashText(`bank-2026-03-${i}`);
      both.add(`${low}:${high}`);
      lows.add(low);
    }
    expect(both.size).toBe(200_000);
    // By chance about 5 pairs of 200,000 share 32 bits.
    expect(lows.size).toBeGreaterThan(199_950);
  });
});
