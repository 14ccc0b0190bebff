import fc from 'fast-check';
import { formatPositions, parsePositions } from './positions';

describe('a position of the event stream', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), (positions) => {
        expect(parsePositions(formatPositions(positions), positions.length)).toEqual(positions);
      }),
    );
    expect(formatPositions([17, 42])).toBe('0:17,1:42');
  });

  it.each([
    '',
    '0:1',
    '0:1,1:2,2:3',
    '1:1,0:2',
    '0:1,0:2',
    '0:1,1:-2',
    '0:1,1:2 ',
    '0:1,1:1e3',
    '0:1,1:9999999999999999999',
  ])('names every partition once, in order: %j does not', (text) => {
    expect(parsePositions(text, 2)).toBeUndefined();
  });
});
