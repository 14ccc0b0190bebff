import { COLUMNS, padded, table, width, wrapped } from './text-layout';

it('counts two columns for Chinese characters and full-width punctuation, none for marks', () => {
  expect([width('abc'), width('风险'), width('（a）'), width('e\u0301'), width('𠀀')]).toEqual([
    3, 4, 5, 1, 2,
  ]);
  expect(padded('风险', 6)).toBe('风险  ');
});

it('puts columns under one another whatever the script', () => {
  expect(
    table(
      [
        ['等级', 'a'],
        ['1', 'b'],
      ],
      0,
    ),
  ).toEqual(['等级  a', '1     b']);
});

it('breaks Chinese text anywhere but before punctuation, and other text between words', () => {
  const chinese = wrapped('客户，'.repeat(40), 2);
  const english = wrapped('customer risk '.repeat(20), 2);
  for (const line of [...chinese, ...english]) expect(width(line)).toBeLessThanOrEqual(COLUMNS);
  expect(chinese.map((line) => line.trim()).join('')).toBe('客户，'.repeat(40));
  expect(chinese.some((line) => line.trim().startsWith('，'))).toBe(false);
  expect(english.map((line) => line.trim()).join(' ')).toBe('customer risk '.repeat(20).trim());
});
