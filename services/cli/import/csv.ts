/**
 * CSV after RFC 4180, pushed in pieces: quoted cells with doubled quotes, line breaks inside quotes,
 * CRLF or LF, blank lines passed over. Own code, since every refused cell needs its exact place, also
 * after quoted line breaks, and since one broken quote must not swallow the rest of the file.
 */
export interface CsvRow {
  readonly kind: 'row';
  /** Line on which the row starts, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** As it stands in the file, for the place of a cell. */
  readonly text: string;
}

/** A row that is no CSV; reading goes on at the line after the one on which it starts. */
export interface BrokenRow {
  readonly kind: 'broken';
  readonly line: number;
  /** In characters, from 1. */
  readonly column: number;
  readonly reason: string;
}

export interface CsvOptions {
  /** One character. */
  readonly separator: string;
  /** False: a quote is a character like any other. */
  readonly quoting: boolean;
}

export interface CsvReader {
  readonly push: (text: string) => (CsvRow | BrokenRow)[];
  /** The rows that are left once the file has ended. */
  readonly end: () => (CsvRow | BrokenRow)[];
  /** Line on which the next row starts. */
  readonly line: () => number;
}

/** Longest row, characters: an unclosed quote must not collect the whole file in memory. */
export const ROW_CHARACTERS_MAX = 1 << 20;

const QUOTE = '"';
const UNCLOSED =
  'the quote that opens here is not closed; close it, or double quotes inside a cell';
const AFTER_QUOTE = 'text after the closing quote; double the quotes that belong to the cell';
const INSIDE = 'a quote inside an unquoted cell; quote the whole cell and double the quote';
const TOO_LONG = `the row is longer than ${ROW_CHARACTERS_MAX} characters; check separator and line breaks`;

type Quoted =
  | { readonly kind: 'row'; readonly end: number; readonly next: number; readonly cells: string[] }
  | { readonly kind: 'broken'; readonly at: number; readonly reason: string }
  | { readonly kind: 'more'; readonly at: number };

export function csvReader(options: CsvOptions): CsvReader {
  let rest = '';
  let line = 1;
  let skipping = false;

  const take = (text: string, last: boolean): (CsvRow | BrokenRow)[] => {
    const items: (CsvRow | BrokenRow)[] = [];
    const { separator, quoting } = options;
    let from = 0;
    let quote = quoting ? text.indexOf(QUOTE) : -1;
    const broken = (at: number, reason: string): void => {
      const before = text.slice(from, at).split('\n');
      const column = (before.at(-1) ?? '').length + 1;
      items.push({ kind: 'broken', line: line + before.length - 1, column, reason });
    };
    while (from < text.length) {
      const newline = text.indexOf('\n', from);
      if (skipping) {
        if (newline < 0) return keep('');
        skipping = false;
        from = newline + 1;
        line += 1;
        continue;
      }
      const end = newline < 0 ? text.length : newline;
      if (quote >= 0 && quote < from) quote = text.indexOf(QUOTE, from);
      if (quote < 0 || quote >= end) {
        if (newline < 0 && !last) break;
        const bare = withoutReturn(text, from, end);
        if (bare.length > ROW_CHARACTERS_MAX) broken(from, TOO_LONG);
        else if (bare !== '') {
          items.push({ kind: 'row', line, cells: bare.split(separator), text: bare });
        }
        from = end + 1;
        line += 1;
        continue;
      }
      const found = quotedRow(text, from, separator, last);
      if (found.kind === 'row') {
        const whole = text.slice(from, found.end);
        items.push({ kind: 'row', line, cells: found.cells, text: whole });
        line += newlines(whole) + 1;
        from = found.next;
        continue;
      }
      if (found.kind === 'more' && text.length - from <= ROW_CHARACTERS_MAX) break;
      broken(found.at, found.kind === 'broken' ? found.reason : UNCLOSED);
      if (newline < 0) skipping = !last;
      if (newline < 0) return keep('');
      from = newline + 1;
      line += 1;
    }
    if (!last && text.length - from > ROW_CHARACTERS_MAX) {
      broken(from, TOO_LONG);
      skipping = true;
      return keep('');
    }
    return keep(text.slice(from));

    function keep(left: string): (CsvRow | BrokenRow)[] {
      rest = left;
      return items;
    }
  };

  return {
    push: (text) => take(rest + text, false),
    end: () => take(rest, true),
    line: () => line,
  };
}

function quotedRow(text: string, from: number, separator: string, last: boolean): Quoted {
  const cells: string[] = [];
  let at = from;
  for (;;) {
    if (text[at] === QUOTE) {
      const close = closingQuote(text, at);
      // a quote at the very end may be the first half of a doubled one
      if (close < 0 || (close === text.length - 1 && !last)) {
        return last ? { kind: 'broken', at, reason: UNCLOSED } : { kind: 'more', at };
      }
      cells.push(text.slice(at + 1, close).replaceAll('""', QUOTE));
      const after = close + 1;
      if (text[after] === separator) {
        at = after + 1;
        continue;
      }
      if (after >= text.length) return { kind: 'row', end: after, next: after, cells };
      if (text[after] === '\n') return { kind: 'row', end: after, next: after + 1, cells };
      if (text[after] === '\r') {
        if (text[after + 1] === '\n') return { kind: 'row', end: after, next: after + 2, cells };
        if (after + 1 === text.length) {
          if (!last) return { kind: 'more', at };
          return { kind: 'row', end: after, next: after + 1, cells };
        }
      }
      return { kind: 'broken', at: after, reason: AFTER_QUOTE };
    }
    const newline = text.indexOf('\n', at);
    if (newline < 0 && !last) return { kind: 'more', at };
    const rowEnd = newline < 0 ? text.length : newline;
    const cut = text.indexOf(separator, at);
    const isLast = cut < 0 || cut > rowEnd;
    const cell = isLast ? withoutReturn(text, at, rowEnd) : text.slice(at, cut);
    const stray = cell.indexOf(QUOTE);
    if (stray >= 0) return { kind: 'broken', at: at + stray, reason: INSIDE };
    cells.push(cell);
    if (isLast) return { kind: 'row', end: at + cell.length, next: rowEnd + 1, cells };
    at = cut + 1;
  }
}

/** The quote that ends the cell which opens at `at`, or -1 when it is not in the text. */
function closingQuote(text: string, at: number): number {
  let close = text.indexOf(QUOTE, at + 1);
  while (close >= 0 && text[close + 1] === QUOTE) close = text.indexOf(QUOTE, close + 2);
  return close;
}

const withoutReturn = (text: string, from: number, to: number): string =>
  text.slice(from, text[to - 1] === '\r' && to > from ? to - 1 : to);

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** Line and column (characters, from 1) at which a cell of a row starts; past the last: its end. */
export function placeOfCell(
  row: CsvRow,
  index: number,
  { separator, quoting }: CsvOptions,
): { readonly line: number; readonly column: number } {
  let { line } = row;
  let column = 1;
  let cell = 0;
  let quoted = false;
  for (const character of row.text.split('')) {
    if (cell === index) break;
    if (quoting && character === QUOTE) quoted = !quoted;
    if (character === separator && !quoted) cell += 1;
    if (character === '\n') {
      line += 1;
      column = 1;
    } else column += 1;
  }
  return { line, column };
}
