import type { Registry } from './registry';
import { schemaBook } from './schema-book';

const KNOWN = 7;
/** More than a book remembers of what is missing. */
const MANY = 10_001;

const registry: Pick<Registry, 'schemaById'> = {
  schemaById: async (id) => (id === KNOWN ? { text: '"string"' } : undefined),
};

describe('the book of schemas', () => {
  it('says of what was settled that it is missing also when garbage has filled it since', async () => {
    const book = schemaBook({ registry: registry as Registry, missingMs: 0 });
    await book.settle([KNOWN, 8]);
    expect(book.get(8)).toEqual({ kind: 'missing' });
    // nobody has asked for it: whoever reads its record has made a mistake
    expect(book.get(9)).toBeUndefined();
    await book.settle(Array.from({ length: MANY }, (_, i) => 100 + i));
    expect(book.get(8)).toEqual({ kind: 'missing' });
    expect(book.get(100)).toEqual({ kind: 'missing' });
    expect(book.get(KNOWN)).toMatchObject({ kind: 'schema' });
    expect(book.isSettled(8)).toBe(false);
    book.close();
  });
});
