import { newAllowance } from './allowance';
import type { Registry } from './registry';
import { schemaBook } from './schema-book';
import type { SchemaWait } from './schema-wait';

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

  it('asks for what is missing as long as those who read may wait, and tells of a flood in one line', async () => {
    const lines: string[] = [];
    const asked: number[] = [];
    const book = schemaBook({
      registry: {
        ...(registry as Registry),
        schemaById: (id) => {
          asked.push(id);
          return registry.schemaById(id);
        },
      },
      missingMs: 300,
      log: (line) => lines.push(line),
    });
    // its clock stands: nothing is given back meanwhile
    const allowance = newAllowance(300, () => 0);
    await book.settle([11, 12, 13, 14, 15, 16, 17], allowance);
    expect(lines).toEqual(['the schema registry has no schema 11, 12, 13, 14, 15 and 2 more']);
    expect(asked.filter((id) => id === 11).length).toBeGreaterThan(1);
    await book.settle([21], allowance);
    expect(asked.filter((id) => id === 21)).toHaveLength(1);
    // who has not waited yet does not rely on that
    expect([book.isSettled(21, allowance), book.isSettled(21)]).toEqual([true, false]);
    expect(book.isSettled(11)).toBe(true);
    book.close();
  });
});

describe('the book of schemas, of what is waited for,', () => {
  const LATE = 9;
  const open = (has: () => boolean) => {
    const told: SchemaWait[] = [];
    const book = schemaBook({
      registry: {
        ...(registry as Registry),
        schemaById: async (id) => (id === LATE && has() ? { text: '"string"' } : undefined),
      },
      missingMs: 1_500,
      waiting: (wait) => void told.push(wait),
    });
    return { book, told };
  };

  it('tells when the wait begins, once for all who wait, and when it has come', async () => {
    let isThere = false;
    const { book, told } = open(() => isThere);
    const waits = [book.settle([LATE], undefined, 'transactions'), book.settle([LATE])];
    while (told.length === 0) await new Promise(setImmediate);
    expect(told).toEqual([{ ids: [LATE], topic: 'transactions', leftMs: expect.any(Number) }]);
    expect(told[0]?.leftMs).toBeGreaterThan(1_000);
    isThere = true;
    await Promise.all(waits);
    expect(told.slice(1)).toEqual([{ ids: [LATE], topic: 'transactions', leftMs: undefined }]);
    await book.settle([LATE]);
    expect(told).toHaveLength(2);
    book.close();
  });

  it('tells nothing of those who may not wait, nor of what never came a second time', async () => {
    const { book, told } = open(() => false);
    await book.settle(
      [11],
      newAllowance(900, () => 0),
    );
    expect(told).toEqual([]);
    await book.settle(Array.from({ length: 20 }, (_, i) => 100 + i));
    expect(told).toMatchObject([{ ids: [100, 101, 102, 103, 104] }]);
    book.close();
  });
});

describe('an allowance', () => {
  it('lets one wait for long once, then for a tenth of the time that passes', () => {
    let now = 0;
    const allowance = newAllowance(30_000, () => now);
    expect(allowance.left()).toBe(30_000);
    now += 30_000;
    allowance.spend(30_000);
    expect(allowance.left()).toBe(0);
    now += 10_000;
    expect(allowance.left()).toBe(1_000);
    now += 10_000_000;
    expect(allowance.left()).toBe(30_000);
  });
});
