import fc from 'fast-check';
import { elementsOf, linesOf } from './body';

const MAX = 1_000;
const texts = (parts: readonly Buffer[]): string[] => parts.map((part) => part.toString('utf8'));

describe('the body of a request', () => {
  it('is split into its lines; empty ones, line ends of Windows and a byte order mark are passed over', () => {
    const body = Buffer.from('\ufeff{"a":1}\r\n\n  \t\r\n {"b":"机构"} \n{"c":3}');
    expect(texts(linesOf(body, MAX))).toEqual(['{"a":1}', ' {"b":"机构"}', '{"c":3}']);
    expect(linesOf(Buffer.from('\n\n'), MAX)).toEqual([]);
  });

  it('gives every line back, whatever they hold', () => {
    const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\n\r]/.test(text));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const kept = lines.map((text) => text.replace(/[ \t]+$/, '')).filter((text) => text !== '');
        const [first] = kept;
        if (first?.startsWith('\ufeff') === true) return;
        expect(texts(linesOf(Buffer.from(lines.join('\n')), MAX))).toEqual(kept);
      }),
    );
  });

  it('may be an array, of anything: each element is judged for itself', () => {
    const body = Buffer.from('[{"a": 1}, null, 7, "x", [2]]');
    expect(texts(elementsOf(body, MAX))).toEqual(['{"a":1}', 'null', '7', '"x"', '[2]']);
  });

  it.each(['{"a":1}', '[1', '', 'null'])('is refused where it is no array: %s', (text) => {
    expect(() => elementsOf(Buffer.from(text), MAX)).toThrow('send a JSON array of events');
  });

  it('may hold as many events as are allowed, and not one more', () => {
    expect(linesOf(Buffer.from('1\n2\n3'), 3)).toHaveLength(3);
    expect(() => linesOf(Buffer.from('1\n2\n3\n4'), 3)).toThrow('at most 3 events');
    expect(elementsOf(Buffer.from('[1,2,3]'), 3)).toHaveLength(3);
    expect(() => elementsOf(Buffer.from('[1,2,3,4]'), 3)).toThrow('at most 3 events');
  });
});
