import { encode, schemaOf, type RecordKind } from './avro';
import { boundsOf } from './avro-bounds';
import { fingerprintOf, readerOf, translatorOf, writerOf, type Writer } from './avro-reader';
import type { FieldSchema, RecordSchema } from './avro-schema';
import { typeOf } from './avro-type';
import { parseRecord } from './records';
import { INPUT_KINDS, recordsOf } from './records.fixture';
import fc from 'fast-check';

const changed = (
  kind: RecordKind,
  change: (fields: readonly FieldSchema[]) => readonly FieldSchema[],
): RecordSchema => ({ ...schemaOf(kind), fields: change(schemaOf(kind).fields) });

function writer(schema: unknown): Writer {
  const made = writerOf(JSON.stringify(schema));
  if (made === undefined) throw new Error('no Avro schema');
  return made;
}

const FACT = {
  type: 'link-fact',
  id: 'l',
  institution: 'bank',
  customer: 'c',
  occurredAt: -62_135_596_800_000,
  pattern: 'B2.1',
  hit: true,
  count: 3,
} as const;

describe('a reader of another schema', () => {
  it.each(INPUT_KINDS)('gives every %s in a form that is parsed as its JSON is', (kind) => {
    const ours = writer(schemaOf(kind));
    const read = readerOf(kind, ours);
    fc.assert(
      fc.property(recordsOf(kind), (record) => {
        expect(parseRecord(read?.(encode(kind, record), 0))).toEqual(parseRecord(record));
      }),
    );
  });

  it('leaves out what ours does not have, wherever it stands', () => {
    const added = { name: 'more', type: { type: 'array' as const, items: 'string' }, doc: '' };
    const newer = changed('link-fact', (fields) => [added, ...fields]);
    const bytes = typeOf(newer).toBuffer({ source: null, key: null, ...FACT, more: ['a', 'b'] });
    const value = readerOf('link-fact', writer(newer))?.(bytes, 0);
    expect(parseRecord(value)).toStrictEqual({ ok: true, record: FACT });
  });

  it('fills in what an older one lacks, and takes the old name by its alias', () => {
    const { count: _count, ...without } = FACT;
    const older = changed('link-fact', (fields) => fields.filter(({ name }) => name !== 'count'));
    const bytes = typeOf(older).toBuffer({ source: null, key: null, ...without });
    expect(parseRecord(readerOf('link-fact', writer(older))?.(bytes, 0))).toStrictEqual({
      ok: true,
      record: without,
    });
    const renamed = changed('link-fact', (fields) =>
      fields.map((f) => (f.name === 'hit' ? { ...f, name: 'isHit', aliases: ['hit'] } : f)),
    );
    const read = readerOf('link-fact', writer(older), renamed);
    expect(read?.(bytes, 0)).toMatchObject({ isHit: true, occurredAt: FACT.occurredAt });
  });

  it('is not made where a field of ours has no value, or another type', () => {
    const lacking = changed('link-fact', (fields) => fields.filter((f) => f.name !== 'hit'));
    const other = changed('link-fact', (fields) =>
      fields.map((f) => (f.name === 'hit' ? { ...f, type: 'string' } : f)),
    );
    expect(readerOf('link-fact', writer(lacking))).toBeUndefined();
    expect(readerOf('link-fact', writer(other))).toBeUndefined();
    expect(readerOf('decision', writer(schemaOf('link-fact')))).toBeUndefined();
    expect(writerOf('{"type":"object","properties":{}}')).toBeUndefined();
    expect(writerOf('syntax = "proto3";')).toBeUndefined();
  });

  it('refuses bytes that are cut, longer, or go on from somewhere else', () => {
    const read = readerOf('link-fact', writer(schemaOf('link-fact')));
    const bytes = encode('link-fact', FACT);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => read?.(bytes.subarray(0, length), 0)).toThrow();
    }
    expect(() => read?.(Buffer.concat([bytes, Buffer.from([0])]), 0)).toThrow();
    expect(() => read?.(bytes, 1)).toThrow();
  });

  it('writes with our schema what another one wrote', () => {
    const reversed = changed('link-fact', (fields) => fields.slice().reverse());
    const bytes = typeOf(reversed).toBuffer({ source: null, key: null, ...FACT });
    const translate = translatorOf('link-fact', writer(reversed));
    expect(translate?.(Buffer.concat([Buffer.alloc(5), bytes]), 5)).toEqual(
      encode('link-fact', FACT),
    );
  });
});

describe('a fingerprint', () => {
  it('is the same for other words, and another for other fields or another order', () => {
    const ours = fingerprintOf('link-fact');
    expect(ours).toMatch(/^[0-9a-f]{64}$/);
    expect(writer({ ...schemaOf('link-fact'), doc: 'Other words.' }).fingerprint).toBe(ours);
    const reversed = changed('link-fact', (fields) => fields.slice().reverse());
    expect(writer(reversed).fingerprint).not.toBe(ours);
  });
});

describe('the bounds of a record', () => {
  const list = { type: 'array', items: 'string' };
  const bounds = (type: unknown) =>
    boundsOf(typeOf({ type: 'record', name: 'R', fields: [{ name: 'a', type }] }));

  it.each([
    ['a list of 2^40 elements', list, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['a list whose block tells its bytes', list, [0x81, 0x80, 0x80, 0x80, 0x80, 0x01, 0x02]],
    ['a map', { type: 'map', values: 'string' }, [0xfe, 0xff, 0xff, 0xff, 0x0f]],
    ['a text in a list', list, [0x02, 0xfe, 0xff, 0xff, 0x0f]],
    ['a text of negative length', list, [0x02, 0x03]],
    ['a list of nothing', { type: 'array', items: 'null' }, [0xfe, 0xff, 0xff, 0xff, 0x0f, 0]],
    ['a branch that there is not', { type: 'array', items: ['null', 'int'] }, [0x02, 0x04, 0]],
    ['a number without end', list, new Array<number>(12).fill(0xff)],
  ])('are known before %s is read', (_what, type, bytes) => {
    expect(bounds(type)?.(Buffer.from(bytes), 0)).toBe(false);
  });

  it('hold for what avsc writes', () => {
    const tree = {
      type: 'record',
      name: 'Node',
      fields: [
        { name: 'next', type: ['null', 'Node'] },
        { name: 'all', type: { type: 'array', items: 'long' } },
        { name: 'by', type: { type: 'map', values: ['null', 'double', 'bytes'] } },
        { name: 'f', type: { type: 'fixed', name: 'F', size: 3 } },
        { name: 'e', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
        { name: 'b', type: 'boolean' },
        { name: 'x', type: 'float' },
      ],
    };
    const leaf = { all: [], by: {}, f: Buffer.from('abc'), e: 'B', b: true, x: 1.5, next: null };
    const by = { a: null, b: 2.5, c: Buffer.from('c') };
    const bytes = typeOf(tree).toBuffer({ ...leaf, all: [1, -(2 ** 52) - 1], by, next: leaf });
    const check = boundsOf(typeOf(tree));
    expect(check?.(bytes, 0)).toBe(true);
    for (let length = 0; length < bytes.length; length++) {
      expect(check?.(bytes.subarray(0, length), 0)).toBe(false);
    }
    // a chain as deep as the record is long
    expect(check?.(Buffer.alloc(10 ** 6, 2), 0)).toBe(false);
  });

  it('are not looked at where nothing can be claimed', () => {
    expect(boundsOf(typeOf(schemaOf('transaction')))).toBeUndefined();
    expect(boundsOf(typeOf(schemaOf('profile-change')))).toBeDefined();
  });
});
