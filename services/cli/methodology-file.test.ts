import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageFault } from './exit';
import { openMethodology, readMethodology, shippedMethodologies } from './methodology-file';

const folder = mkdtempSync(join(tmpdir(), 'methodology-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const shippedText = (name: string): string =>
  readFileSync(join(__dirname, '../rating/methodologies', `${name}.yaml`), 'utf8');
const BANK = shippedText('cn-aml-bank');

const file = join(folder, 'draft.yaml');

/** The lines of the fault that opening a text ends with, without the name of the file. */
function faults(text: string): string[] {
  writeFileSync(file, text);
  try {
    openMethodology(file);
  } catch (error) {
    if (error instanceof UsageFault) return error.message.replaceAll(`${file}:`, '').split('\n');
    throw error;
  }
  return [];
}

/** Where a text stands in another, as `line:column`. */
function at(text: string, part: string): string {
  const before = text.slice(0, text.indexOf(part)).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
}

const replaced = (text: string, from: string, to: string): string => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

describe('opening a methodology', () => {
  it.each(shippedMethodologies())('opens %s by its name', (name) => {
    expect(openMethodology(name).id).toBe(name);
  });

  it('reads the framework that the document names', () => {
    expect(readMethodology('cn-aml-bank').framework?.id).toBe('cn-2013-2');
    expect(readMethodology('trade-credit-aaa-c').framework).toBeUndefined();
  });

  it('names the shipped documents when there is none of that name', () => {
    expect(() => openMethodology('cn-aml-bnak')).toThrow(
      /no methodology 'cn-aml-bnak'; use one of cn-aml-bank, trade-credit-aaa-c/,
    );
  });

  it('says that a file cannot be read', () => {
    expect(() => openMethodology('./no-such-file.yaml')).toThrow(UsageFault);
  });

  it('names the frameworks when the document asks for another', () => {
    const text = replaced(BANK, 'framework: cn-2013-2', 'framework: cn-2012-1');
    const [fault] = faults(text);
    expect(fault).toMatch(
      `${at(text, 'framework: cn')}  /framework  no framework 'cn-2012-1'; use cn-2013-2`,
    );
  });
});

describe('the faults of a document', () => {
  it('come together, in the order of the file, each with place, path, rule and remedy (W-2)', () => {
    const misspelt = replaced(BANK, '"has(birthDate)"', '"has(birthDat)"');
    const text = replaced(misspelt, 'weight: { NP: 3 }', 'weight: { NP: 4 }');
    const [weights = '', attribute = '', ...more] = faults(text);
    expect(more).toEqual([]);
    expect(weights).toMatch(/^\d+:1 {2}\/items {2}\[W-2\] {2}the weights of NP total 101; make/);
    expect(attribute).toContain('/items/C7/required  [E-C7]  Unknown variable: birthDat');
    const line = text.split('\n').findIndex((one) => one.includes('birthDat)')) + 1;
    expect(attribute.startsWith(`${line}:5  `)).toBe(true);
  });

  it('of form name the field, what is known there, and both of two', () => {
    const text = `levelz: 3\n${replaced(BANK, '    element: customer', '    elemnt: customer')}`;
    const found = faults(text);
    expect(found[0]).toMatch(/^1:1 {2}\/levelz {2}unknown field 'levelz'; use one of /);
    expect(found).toContainEqual(
      expect.stringContaining(`${at(text, 'elemnt')}  /items/C1/elemnt  unknown field 'elemnt'`),
    );
    expect(found).toContainEqual(
      expect.stringContaining("/items/C1  'element' is missing; add it"),
    );
    expect(found).toHaveLength(3);
  });

  it('of a score name the forms on offer, or what is wrong in the form that was meant', () => {
    const other = replaced(BANK, '      cases:', '      case:');
    expect(faults(other)).toEqual([
      expect.stringContaining('give exactly one of: map, bands, cases, value, highest, bySegment'),
    ]);
    const inside = replaced(BANK, '{ from: 16, score: 4 }', '{ from: 16, score: four }');
    expect(faults(inside)).toEqual([
      expect.stringContaining('/items/C7/score/bands/steps/1/score  it is not of type integer'),
    ]);
  });

  it('of names say what a name must be', () => {
    expect(faults(replaced(BANK, '  cash30d:', '  cash-30d:'))).toContainEqual(
      expect.stringContaining("/features/cash-30d  'cash-30d' cannot be a name here"),
    );
  });
});

describe('a text that is no sound YAML', () => {
  it('is refused for a key that stands twice, at the second', () => {
    const text = `${BANK}\nid: again\n`;
    expect(faults(text)).toEqual([
      expect.stringMatching(`${text.split('\n').length - 1}:1  the key stands twice; remove one`),
    ]);
  });

  it('is refused for a bomb of aliases', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`,
    );
    expect(faults(['a0: &a0 [x, x, x]', ...levels].join('\n'))).toEqual([
      expect.stringContaining('its aliases expand to too large a document'),
    ]);
  });

  it('is refused for aliases that repeat a large part', () => {
    const large = `a: &a "${'x'.repeat(1_000_000)}"\nb: [${Array(20).fill('*a').join(', ')}]`;
    expect(faults(large)).toEqual([expect.stringContaining('too large a document')]);
  });

  it.each([
    ['more than 2 MB', `id: "${'x'.repeat(2_000_000)}"`, 'longer than 2 MB'],
    ['an integer beyond 2^53', 'levels: 9007199254740993', 'the integer is not exact'],
    ['two documents', 'id: a\n---\nid: b\n', 'Source contains multiple documents'],
    ['a tag', 'id: !!js/function x', 'Unresolved tag'],
    ['a bracket left open', 'id: [a, b', 'Flow sequence'],
    ['a nesting without end', '['.repeat(20_000), ''],
    ['nothing in it', '', 'it is not of type object'],
    ['a text alone', 'hello', 'it is not of type object'],
  ])('is refused for %s', (_, text, reason) => {
    const found = faults(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toContain(reason);
  });
});
