/** Columns of a terminal that output is wrapped to. */
export const COLUMNS = 100;

/** Scripts whose characters take two columns, and full-width punctuation. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
/** Characters that take none: marks that combine with the one before. */
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;
/** A run without a place to break; wide characters break anywhere, but not before punctuation. */
const PIECES =
  /[\u3041-\u9fff\uf900-\ufaff](?:[\u3001-\u303e\uff00-\uff60]+)?|[^\s\u3041-\u9fff\uf900-\ufaff]+|\s+/gu;

/** Columns that a text takes on a terminal. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    columns += WIDE.test(character) ? 2 : NONE.test(character) ? 0 : 1;
  }
  return columns;
}

export const padded = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - width(text)));

/** Breaks a text into lines; further lines are indented by `hang` more than the first. */
export function wrapped(text: string, indent: number, hang = 2): string[] {
  const lines: string[] = [];
  let line = ' '.repeat(indent);
  let empty = true;
  for (const piece of text.match(PIECES) ?? []) {
    if (!empty && width(line) + width(piece) > COLUMNS && piece.trim() !== '') {
      lines.push(line.trimEnd());
      line = ' '.repeat(indent + hang);
      empty = true;
    }
    if (empty && piece.trim() === '') continue;
    line += piece;
    empty = false;
  }
  lines.push(line.trimEnd());
  return lines;
}

/** Rows under one another: each column as wide as its widest cell, the last one wrapped. */
export function table(rows: readonly (readonly string[])[], indent = 2): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => width(row[i] ?? ''))),
  );
  return rows.flatMap((row) => {
    const last = row.length - 1;
    const head = row
      .slice(0, last)
      .map((cell, i) => `${padded(cell, widths[i] ?? 0)}  `)
      .join('');
    const [first = '', ...more] = wrapped(row[last] ?? '', indent + width(head), 0);
    return [' '.repeat(indent) + head + first.trimStart(), ...more].map((line) => line.trimEnd());
  });
}
