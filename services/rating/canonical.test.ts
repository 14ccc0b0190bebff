import { createHash } from 'node:crypto';
import { canonicalJson, digest } from './canonical';

describe('canonical JSON', () => {
  it('sorts names by UTF-16 code units, as in the example of RFC 8785, 3.2.3', () => {
    const names = {
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\ud83d\ude00': 5,
      '\u0080': 6,
      '\u00f6': 7,
    };
    expect(canonicalJson(names)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    );
  });

  it('writes numbers, strings and literals as in the example of RFC 8785, 3.2.2', () => {
    const value = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"\u002f',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    expect(canonicalJson(-0)).toBe('0');
  });

  it('does not depend on the order of names and leaves undefined members out', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined }], a: {} })).toBe('{"a":{},"b":[{"d":1}]}');
  });

  it('is hashed as UTF-8 with SHA-256', () => {
    const text = '{"name":"客户"}';
    expect(digest({ name: '客户' })).toBe(createHash('sha256').update(text, 'utf8').digest('hex'));
  });
});
