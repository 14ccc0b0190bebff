import fc from 'fast-check';
import { exchanged, integerOf, moneyOf, PLAIN_DECIMAL } from './decimal';

const refused = expect.any(String);

describe('money from decimal text', () => {
  it.each([
    ['163.3', 'CNY', 16330],
    ['0.01', 'CNY', 1],
    ['-12', 'CNY', -1200],
    ['+7.50', 'CNY', 750],
    ['7.500', 'CNY', 750],
    ['007', 'JPY', 7],
    ['1.234', 'KWD', 1234],
    ['-0.00', 'CNY', 0],
  ])('reads %s %s exactly', (text, currency, value) => {
    expect(moneyOf(text, currency, PLAIN_DECIMAL)).toBe(value);
  });

  it.each([
    '0.005',
    '1,5',
    '1e3',
    '',
    '.5',
    '5.',
    ' 1',
    '1.2.3',
    '0x10',
    '١',
    'NaN',
    '90071992547409.93',
  ])('refuses %p', (text) => {
    expect(moneyOf(text, 'CNY', PLAIN_DECIMAL)).toEqual(refused);
  });

  it('refuses decimals of a currency that has none, and an unknown currency', () => {
    expect(moneyOf('1.5', 'JPY', PLAIN_DECIMAL)).toEqual(refused);
    expect(moneyOf('1', 'XXX', PLAIN_DECIMAL)).toEqual(refused);
  });

  it('rounds half up, away from zero, only where it is told to', () => {
    const halfUp = { ...PLAIN_DECIMAL, halfUp: true };
    const read = (text: string): unknown => moneyOf(text, 'CNY', halfUp);
    expect(['1.004', '1.005', '1.00499', '-1.005', '0.995'].map(read)).toEqual([
      100, 101, 100, -101, 100,
    ]);
  });

  it('takes groups of three only', () => {
    const style = { point: ',', grouping: '.', halfUp: false };
    expect(moneyOf('1.234.567,89', 'EUR', style)).toBe(123456789);
    expect(moneyOf('1.5', 'EUR', style)).toEqual(refused);
    expect(moneyOf('1234.567', 'EUR', style)).toEqual(refused);
  });

  it('gives back every amount that can be kept', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 15 }), (fen) => {
        const text = `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
        expect(moneyOf(text, 'CNY', PLAIN_DECIMAL)).toBe(fen);
      }),
    );
  });
});

describe('other numbers', () => {
  it('reads exact integers only', () => {
    expect(['0', '-5', '+3', '9007199254740991'].map(integerOf)).toEqual([
      0, -5, 3, 9007199254740991,
    ]);
    for (const text of ['1.0', '', '1e3', '9007199254740993'])
      expect(integerOf(text)).toEqual(refused);
  });

  it('exchanges half up at a decimal rate, between currencies of other scales', () => {
    expect(exchanged(100n, 'USD', 'CNY', '7.1')).toBe(710);
    expect(exchanged(1n, 'USD', 'CNY', '7.5')).toBe(8);
    expect(exchanged(-1n, 'USD', 'CNY', '7.5')).toBe(-8);
    expect(exchanged(1000n, 'JPY', 'CNY', '0.0481')).toBe(4810);
    expect(exchanged(1n, 'USD', 'CNY', '-7')).toEqual(refused);
  });
});
