import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { parse } from 'yaml';

/**
 * Nothing of a methodology is wired into code: no id of an item, rule, segment, task, measure, no
 * country, product or other key of a list, no threshold.
 */
const FOLDER = join(__dirname, 'methodologies');

interface Vocabulary {
  readonly words: ReadonlySet<string>;
  readonly numbers: ReadonlySet<number>;
}

type Tree = { readonly [name: string]: unknown };
const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const under = (tree: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((at, name) => (isTree(at) ? at[name] : undefined), tree);
const keys = (value: unknown): string[] => (isTree(value) ? Object.keys(value) : []);
const children = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : isTree(value) ? Object.values(value) : [];

/** Every string at any depth under a name such as `rule`, `rules`, `task`, `unless`. */
function named(value: unknown, names: readonly string[]): string[] {
  if (!isTree(value)) return children(value).flatMap((child) => named(child, names));
  return Object.entries(value).flatMap(([name, child]) => {
    if (!names.includes(name)) return named(child, names);
    const own = (typeof child === 'string' ? [child] : children(child)).filter(
      (of) => typeof of === 'string',
    );
    return [...own, ...(own.length > 0 ? [] : named(child, names))];
  });
}

/** Integers in conditions, bands, lists and windows. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (typeof value === 'string') return (value.match(/\d+/g) ?? []).map(Number);
  return children(value).flatMap(numbersIn);
}

function vocabulary(): Vocabulary {
  const words: string[] = [];
  const numbers: number[] = [];
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))) {
    const document: unknown = parse(readFileSync(join(FOLDER, file), 'utf8'));
    words.push(
      ...['items', 'segments', 'features', 'define', 'attributes', 'lists', 'elements'].flatMap(
        (part) => keys(under(document, part)),
      ),
      ...named(document, ['rule', 'rules', 'task', 'segmentTask', 'subItems', 'unless', 'prefix']),
      ...children(under(document, 'measures')).flatMap((codes) =>
        Array.isArray(codes) ? codes.map(String) : [],
      ),
      ...children(under(document, 'lists')).flatMap((list) => {
        const rows = under(list, 'rows');
        return Array.isArray(rows) ? rows.map(String) : keys(rows);
      }),
      ...String(under(document, 'id')).split(' '),
    );
    const parts = ['items', 'features', 'define', 'direct', 'caps', 'marks', 'lists'];
    numbers.push(...parts.flatMap((part) => numbersIn(under(document, part))));
  }
  return {
    words: new Set(words),
    numbers: new Set(numbers.filter((of) => Number.isInteger(of) && of > 100)),
  };
}

/** String and number literals of a source, comments and imports left out. */
function literals(path: string, text: string): { strings: string[]; numbers: number[] } {
  const strings: string[] = [];
  const numbers: number[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isStringLiteralLike(node)) strings.push(node.text);
    if (ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) strings.push(node.text);
    if (ts.isNumericLiteral(node)) numbers.push(Number(node.text));
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) strings.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return { strings, numbers };
}

/** Numbers that mean something else there: the days of a year, a bound of arithmetic, a length of text. */
const ELSEWHERE: Readonly<Record<string, readonly number[]>> = {
  'calendar.ts': [365, 2000],
  'exact.ts': [1_000_000_000],
  'grading/explain.ts': [200],
};
/** Words of the format and of the dictionary that a document uses as names, too. */
const OF_THE_FORMAT = new Set(['customer', 'industry', 'highest']);

function sources(): [path: string, text: string][] {
  return readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/(^|[/\\])(dist|node_modules)[/\\]/.test(path))
    .filter((path) => !/\.(test|fixture|d)\.ts$/.test(path))
    .map((path) => [path, readFileSync(join(__dirname, path), 'utf8')]);
}

/** What of the vocabulary a source holds. */
function wired(path: string, text: string, { words, numbers }: Vocabulary): string[] {
  const found = literals(path, text);
  return [
    ...found.strings
      .flatMap((of) => of.split(/[^\w.-]+/))
      .filter((of) => words.has(of) && !OF_THE_FORMAT.has(of)),
    ...found.numbers
      .filter((of) => numbers.has(of) && ELSEWHERE[path]?.includes(of) !== true)
      .map(String),
  ].map((of) => `${path}: ${of}`);
}

describe('the code of the rating', () => {
  const known = vocabulary();

  it('knows no item, rule, country, product or threshold of any methodology (P-5, W-5)', () => {
    expect(sources().length).toBeGreaterThan(30);
    expect(sources().flatMap(([path, text]) => wired(path, text, known))).toEqual([]);
  });

  it.each([
    ["if (item === 'C7') return 4;", 'C7'],
    ["const rule = 'X-H1';", 'X-H1'],
    ['throw new Error(`see ${x} E-C7`);', 'E-C7'],
    ["const home = 'CN';", 'CN'],
    ["const risky = ['private_banking'];", 'private_banking'],
    ['const many = amount >= 5_000_000;', '5000000'],
    ['const old = days >= 1095;', '1095'],
    ['const weights = { NP: 3 };', 'NP'],
    ["const codes = ['M-E1'];", 'M-E1'],
    ["const task = 'collect-birth-date';", 'collect-birth-date'],
  ])('would be caught with %s', (text, what) => {
    expect(wired('x.ts', text, known)).toEqual([`x.ts: ${what}`]);
    expect(wired('x.ts', `// ${text.replace(/`/g, '')}`, known)).toEqual([]);
  });
});
