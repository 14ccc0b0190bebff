import { expressions } from '@tidemark/cli/import/expression';
import { newColumns } from '@tidemark/cli/import/row';
import type { Fault } from '@tidemark/rating/methodology/faults';
import { readYaml } from '@tidemark/cli/yaml-document';
import fc from 'fast-check';
import { runs, TEST_MS, within } from './bounded';

const read = (text: string) => within(60_000, () => readYaml(text));
const problemsOf = (text: string): string[] => read(text).faults.map(({ problem }) => problem);

const lines = (count: number, of: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join('\n');

describe('a YAML document', () => {
  it('is read in a time that its length tells, however many keys it has', () => {
    expect(problemsOf(lines(100_000, (i) => `k${i}: 1`))).toEqual([]);
    const flow = `{${lines(50_000, (i) => `k${i}: 1,`)}}`;
    expect(problemsOf(flow)).toEqual([]);
  });

  it('is refused when a key stands twice, whichever way it is written', () => {
    for (const text of ['a: 1\na: 2', 'a: 1\n"a": 2', '1: 1\n"1": 2', 'x: {a: 1, a: 2}']) {
      expect(problemsOf(text)).toEqual(['the key stands twice']);
    }
    for (const text of ['? {a: 1}\n: 2', '? [a]\n: 1', '&a a: 1\n*a : 2']) {
      expect(problemsOf(text)).toEqual(['the key is no text']);
    }
  });

  it.each([
    [
      'nine to the ninth',
      `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${lines(9, (i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join()}]`)}`,
    ],
    [
      'as many as there is room for',
      `${lines(8_000, (i) => `- &a${i} x`)}\n${lines(8_000, (i) => `- *a${i}`)}`,
    ],
    ['of a long text', `a: &a "${'x'.repeat(200_000)}"\nb: [${Array(200).fill('*a').join()}]`],
  ])('is refused when its aliases are a bomb: %s', (_, text) => {
    expect(problemsOf(text)).toEqual(['its aliases expand to too large a document']);
  });

  it.each([
    ['[', '['.repeat(200_000)],
    ['{a:', '{a: '.repeat(200_000)],
    ['- ', '- '.repeat(200_000)],
    ['? ', '? '.repeat(200_000)],
    ['an anchor of itself', '&a [*a]'],
    ['lines further and further in', lines(1_500, (i) => `${' '.repeat(i)}a:`)],
    ['50,000 faults', '}\n'.repeat(50_000)],
  ])('is refused with few faults when it is nothing but %s', (_, text) => {
    const { faults } = read(text);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThanOrEqual(100);
  });

  it('keeps the names that every object has to itself', () => {
    const { value } = read('__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}');
    expect(Object.keys(Object(value))).toEqual(['__proto__', 'constructor']);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect(Reflect.get(Object(value), 'polluted')).toBeUndefined();
  });

  it('is refused when a number is not exact', () => {
    expect(problemsOf('a: 9007199254740993')).toEqual(['the integer is not exact']);
    expect(problemsOf(`a: 0x${'f'.repeat(20)}`)).toEqual(['the integer is not exact']);
  });

  it(
    'never ends the program, whatever it is',
    () => {
      const pieces = fc.constantFrom(
        ...['a', ': ', '- ', '\n', '  ', '&a ', '*a', '!!str ', '|', '>', '"', "'", '{', '}', '['],
        ...[']', ',', '#', '? ', '---\n', '%YAML 1.1\n', '<<', '\t', '\0', '1e999', '.inf', '~'],
      );
      const texts = fc.oneof(fc.array(pieces, { maxLength: 40 }).map((all) => all.join('')));
      fc.assert(
        fc.property(texts, (text) => {
          const { value, faults } = read(text);
          if (faults.length > 0) expect(value).toBeUndefined();
        }),
        { numRuns: runs(500) },
      );
    },
    TEST_MS,
  );
});

describe('an expression of a mapping', () => {
  it.each([
    ['a pattern, for which there are texts that take for ever', "row.a.matches('^(a+)+$')"],
    [
      'loops in loops in loops',
      "'a'.split('').all(x, 'a'.split('').all(y, 'a'.split('').all(z, x == z)))",
    ],
  ])('is refused with %s', (_, source) => {
    const faults: Fault[] = [];
    const { compile } = expressions(undefined, {}, faults);
    const use = { source, path: '/x', field: 'x', columns: newColumns(), isCondition: true };
    expect(compile(use)).toBeUndefined();
    expect(faults).toHaveLength(1);
  });
});
