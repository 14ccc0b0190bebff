/** Small changes of one CEL expression, each of which should change what some customer scores. */

export interface CelMutant {
  /** What was changed, e.g. `'>=' becomes '>' at 12`. */
  readonly change: string;
  readonly source: string;
}

interface Token {
  readonly text: string;
  readonly at: number;
  readonly kind: 'string' | 'number' | 'name' | 'operator';
}

const TOKENS =
  /(?<string>'[^']*'|"[^"]*")|(?<number>\d+)|(?<name>[A-Za-z_]\w*)|(?<operator>&&|\|\||[<>=!]=|[<>!+*-])/g;

const OPPOSITE: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '==': '!=',
  '!=': '==',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
};
const OTHER_NAME: Readonly<Record<string, string>> = {
  true: 'false',
  false: 'true',
  exists: 'all',
  all: 'exists',
};

function tokens(source: string): Token[] {
  return [...source.matchAll(TOKENS)].map(({ 0: text, index, groups }) => {
    const kind = (['string', 'number', 'name', 'operator'] as const).find(
      (name) => groups?.[name] !== undefined,
    );
    return { text, at: index, kind: kind ?? 'operator' };
  });
}

/** The names that an expression uses. */
export const namesIn = (source: string): string[] =>
  tokens(source).flatMap(({ kind, text }) =>
    kind === 'name' ? [text] : kind === 'string' ? [text.slice(1, -1)] : [],
  );

/** Bounds one to either side, operators, connectives and quantifiers turned, list elements left out. */
export function celMutants(source: string, isCondition: boolean): CelMutant[] {
  const mutants: CelMutant[] = [];
  const replace = ({ text, at }: Token, by: string, what = `${text} becomes ${by}`): void => {
    mutants.push({
      change: `${what} at ${at}`,
      source: source.slice(0, at) + by + source.slice(at + text.length),
    });
  };
  if (isCondition) mutants.push({ change: 'negated', source: `!(${source})` });
  for (const token of tokens(source)) {
    if (token.kind === 'number') {
      replace(token, String(Number(token.text) + 1));
      if (Number(token.text) > 0) replace(token, String(Number(token.text) - 1));
    } else if (token.kind === 'operator') {
      const other = OPPOSITE[token.text];
      if (other !== undefined) replace(token, other);
      else if (token.text === '!') replace(token, '', '! left out');
    } else if (token.kind === 'name') {
      const other = OTHER_NAME[token.text];
      if (other !== undefined) replace(token, other);
    }
  }
  return [...mutants, ...withoutElements(source)];
}

/** `[a, f(b), c]` without one of its elements, for every list of at least two. */
function withoutElements(source: string): CelMutant[] {
  return listsIn(source).flatMap((elements) => {
    if (elements.length < 2) return [];
    return elements.map(({ from, to }, i) => {
      const next = elements[i + 1];
      const before = elements[i - 1];
      const start = next === undefined ? (before?.to ?? from) : from;
      const end = next === undefined ? to : next.from;
      const change = `${source.slice(from, to).trim()} left out at ${from}`;
      return { change, source: source.slice(0, start) + source.slice(end) };
    });
  });
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The elements of every list in brackets; brackets inside strings do not count. */
function listsIn(source: string): Span[][] {
  const lists: Span[][] = [];
  const open: { bracket: string; from: number; elements: Span[] }[] = [];
  for (let at = 0; at < source.length; at += 1) {
    const char = source[at] ?? '';
    if (char === "'" || char === '"') at = Math.max(at, source.indexOf(char, at + 1));
    const inner = open.at(-1);
    if ('([{'.includes(char)) open.push({ bracket: char, from: at + 1, elements: [] });
    else if (inner !== undefined && (char === ',' || ')]}'.includes(char))) {
      inner.elements.push({ from: inner.from, to: at });
      inner.from = at + 1;
      if (char === ',') continue;
      open.pop();
      if (inner.bracket === '[') lists.push(inner.elements);
    }
  }
  return lists;
}
