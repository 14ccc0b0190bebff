import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate, readSchemas } from './generate';
import { isUnion, namedTypes, type AvroType } from './src/avro-schema';

const folder = join(__dirname, 'src', 'generated');
const schemas = readSchemas(__dirname);

describe('the generated files', () => {
  it('are those of the present schemas (else: npm run generate)', () => {
    const generated = generate(schemas);
    for (const { name, text } of generated) {
      expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
    }
    expect(readdirSync(folder).sort()).toEqual(generated.map(({ name }) => name));
  });

  it('would be stale if a field were added', () => {
    const [first, ...rest] = schemas;
    if (first === undefined) throw new Error('no schema');
    const added = { name: 'added', type: 'string', doc: 'A field that is not there yet.' };
    const changed = [{ ...first, fields: [...first.fields, added] }, ...rest];
    const types = generate(changed).find(({ name }) => name === 'types.ts');
    expect(types?.text).not.toBe(readFileSync(join(folder, 'types.ts'), 'utf8'));
  });

  it('refuse one name with two meanings', () => {
    const enumOf = (symbols: string[]): AvroType => ({ type: 'enum', name: 'Same', symbols });
    const record = (name: string, type: AvroType) =>
      ({ type: 'record', name, doc: 'x', fields: [{ name: 'f', type, doc: 'x' }] }) as const;
    expect(() => generate([record('A', enumOf(['x'])), record('B', enumOf(['y']))])).toThrow(
      'Same is defined in two ways',
    );
  });
});

describe('every schema', () => {
  const records = schemas.flatMap((schema) =>
    [...namedTypes(schema).values()].flatMap((named) => (named.type === 'record' ? [named] : [])),
  );

  it('says of every record and field what it means', () => {
    for (const record of records) {
      expect(record.doc.length).toBeGreaterThan(5);
      for (const { name, doc } of record.fields) {
        expect(`${name}: ${doc}`).toMatch(/^\w+: [A-Za-z0-9].{4,}/);
      }
    }
  });

  it('is of one namespace and has an input or an output kind', () => {
    for (const schema of schemas) {
      expect(schema.namespace).toBe('io.tidemark.v1');
      expect([schema.tidemark?.input, schema.tidemark?.output].filter(Boolean)).toHaveLength(1);
    }
  });

  it('has null first in a union whose default is null, as Avro demands', () => {
    for (const { fields } of records) {
      for (const field of fields.filter((f) => f.default === null)) {
        expect(isUnion(field.type) && field.type[0]).toBe('null');
      }
    }
  });
});
