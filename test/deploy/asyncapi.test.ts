import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Ajv from 'ajv';
import { TOPICS } from '@tidemark/processor/topic-settings';
import { parse } from 'yaml';
import { accesses } from './asyncapi/accesses';
import { asyncApiText } from './asyncapi/document';
import { DEPLOY } from './rule-files';

const FILE = join(DEPLOY, '../schemas/asyncapi.yaml');
const document = parse(readFileSync(FILE, 'utf8')) as Document;

interface Document {
  readonly channels: Readonly<Record<string, { readonly address: string }>>;
  readonly operations: Readonly<Record<string, unknown>>;
}

/** Faults by the schema that the makers of AsyncAPI publish. */
function faultsOf(value: unknown): readonly string[] {
  const file = require.resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json');
  const schema = JSON.parse(readFileSync(file, 'utf8')) as object;
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const validate = ajv.compile(schema);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === '$ref' && typeof member === 'string') yield member;
    else yield* references(member);
  }
}

const found = (pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);

describe('schemas/asyncapi.yaml', () => {
  it('is what topics, schemas and rights say (else: npx tsx --tsconfig test/tsconfig.json test/deploy/asyncapi/write.ts)', () => {
    expect(readFileSync(FILE, 'utf8')).toBe(asyncApiText());
  });

  it('is an AsyncAPI document, and one that is not is seen', () => {
    expect(faultsOf(document)).toEqual([]);
    const [name = '', channel] = Object.entries(document.channels)[0] ?? [];
    const wrong = { ...document, channels: { [name]: { ...channel, adress: '' } } };
    expect(faultsOf(wrong)).not.toEqual([]);
  });

  it('names every topic, and every process that reads or writes', () => {
    const addresses = Object.values(document.channels).map(({ address }) => address);
    expect(addresses).toEqual(TOPICS.map(({ name }) => `{prefix}.${name}.v1`));
    expect(Object.keys(document.operations)).toHaveLength(accesses().length);
    for (const { name, role } of TOPICS) {
      const of = (action: string) =>
        accesses().filter((one) => one.topic === name && one.action === action);
      expect([name, of('receive').length > 0]).toEqual([name, true]);
      if (role !== 'own') expect([name, of('send').length > 0]).toEqual([name, true]);
    }
  });

  it('refers to nothing that is not there', () => {
    const all = [...references(document)];
    expect(all.length).toBeGreaterThan(50);
    const missing = all.filter((ref) =>
      ref.startsWith('#') ? found(ref) === undefined : !existsSync(join(dirname(FILE), ref)),
    );
    expect(missing).toEqual([]);
  });
});
