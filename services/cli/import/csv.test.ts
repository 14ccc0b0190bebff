import fc from 'fast-check';
import { csvReader, placeOfCell, ROW_CHARACTERS_MAX, type BrokenRow, type CsvRow } from './csv';

const COMMA = { separator: ',', quoting: true };

function read(text: string, chunk = text.length, options = COMMA): (CsvRow | BrokenRow)[] {
  const reader = csvReader(options);
  const items: (CsvRow | BrokenRow)[] = [];
  for (let at = 0; at < text.length; at += Math.max(1, chunk)) {
    items.push(...reader.push(text.slice(at, at + Math.max(1, chunk))));
  }
  return [...items, ...reader.end()];
}

const cellsOf = (items: readonly (CsvRow | BrokenRow)[]): unknown[] =>
  items.map((item) => (item.kind === 'row' ? item.cells : `${item.line}:${item.column}`));

const linesOf = (items: readonly (CsvRow | BrokenRow)[]): number[] => items.map(({ line }) => line);

describe('a CSV reader', () => {
  it('reads quoted separators, doubled quotes and line breaks inside quotes', () => {
    const items = read('a,"b,""c"""\n"x\ny",\r\n1,2');
    expect(cellsOf(items)).toEqual([
      ['a', 'b,"c"'],
      ['x\ny', ''],
      ['1', '2'],
    ]);
    expect(linesOf(items)).toEqual([1, 2, 4]);
  });

  it('takes CRLF and LF in one file, and counts a quoted CRLF as one line', () => {
    const items = read('a,b\r\n"1\r\n2",3\n\r\n4,5\r\n');
    expect(cellsOf(items)).toEqual([
      ['a', 'b'],
      ['1\r\n2', '3'],
      ['4', '5'],
    ]);
    expect(linesOf(items)).toEqual([1, 2, 5]);
  });

  it('gives the same rows however the text is cut into pieces', () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', ' ', '客'),
      maxLength: 6,
    });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 9 }), fc.boolean(), (rows, chunk, ends) => {
        const quoted = rows.map((row) => row.map((c) => `"${c.replaceAll('"', '""')}"`).join(','));
        const text = quoted.join('\r\n') + (ends ? '\r\n' : '');
        expect(cellsOf(read(text, chunk))).toEqual(rows);
      }),
    );
  });

  it.each([
    ['a quote inside an unquoted cell', 'a,b\n1,x"y"\n3,4\n', '2:4'],
    ['text after a closing quote', 'a,b\n"x"y,2\n3,4\n', '2:4'],
    ['a quote that is never closed', 'a,b\n1,"xy\n3,4\n', '2:3'],
  ])('refuses %s with its place and goes on at the next line', (_, text, place) => {
    for (const chunk of [1, 5, 100]) {
      expect(cellsOf(read(text, chunk))).toEqual([['a', 'b'], place, ['3', '4']]);
    }
  });

  it('refuses a row beyond the longest and goes on after it', () => {
    const long = 'x'.repeat(ROW_CHARACTERS_MAX + 1);
    for (const text of [`a,b\n${long}\n3,4\n`, `a,b\n"${long}\n3,4\n`]) {
      expect(cellsOf(read(text, 1 << 18))).toEqual([['a', 'b'], '2:1', ['3', '4']]);
    }
  });

  it('takes quotes as they are when quoting is off', () => {
    const options = { separator: '\t', quoting: false };
    expect(cellsOf(read('5" pipe\t"x\n', 99, options))).toEqual([['5" pipe', '"x']]);
  });

  it('tells the line and column of a cell, after quoted line breaks too', () => {
    const [, row] = read('a,b,c\n"1\n2","x,y",3\n');
    if (row?.kind !== 'row') throw new Error('no row');
    expect([0, 1, 2, 3].map((i) => placeOfCell(row, i, COMMA))).toEqual([
      { line: 2, column: 1 },
      { line: 3, column: 4 },
      { line: 3, column: 10 },
      { line: 3, column: 11 },
    ]);
  });
});
