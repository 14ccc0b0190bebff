import { framed } from '@tidemark/engine/adapters/registry/frame';
import { TOPICS } from '@tidemark/processor/topic-settings';
import { encode, schemaOf, type RecordKind } from '@tidemark/schemas/avro';
import type { LinkFact } from '@tidemark/schemas/records';
import { INPUT_KINDS, recordsOf } from '@tidemark/schemas/records.fixture';
import fc from 'fast-check';
import { runs, TEST_MS, within } from './bounded';
import { idOf, long, machineOver } from './wire.fixture';

const { verdict } = machineOver();

const topicOf = (kind: RecordKind): string =>
  TOPICS.find((topic) => topic.kind === kind)?.name ?? '';

const FACT: LinkFact = {
  type: 'link-fact',
  id: 'l',
  institution: 'bank',
  customer: 'canary',
  occurredAt: 0,
  pattern: 'B2.1',
  hit: true,
};

/** A link fact as a producer writes it whose schema has one field more, behind all others. */
function withMore(more: unknown, bytes: readonly Uint8Array[]) {
  const ours = schemaOf('link-fact');
  const schema = { ...ours, fields: [...ours.fields, { name: 'more', type: more }] };
  const id = 1_000;
  const value = framed(id, Buffer.concat([encode('link-fact', FACT), ...bytes]));
  return within(20_000, () => machineOver(new Map([[id, schema]])).verdict('link-facts', value));
}

const REFUSED = { ok: false, code: 'undecodable' };

describe('bytes that claim to be a record in Avro', () => {
  it.each(INPUT_KINDS)(
    'never throw and never come back in a reason, as a damaged %s',
    (kind) => {
      const topic = topicOf(kind);
      const damaged = fc
        .tuple(
          recordsOf(kind),
          fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
          fc.option(fc.nat(), { nil: undefined }),
        )
        .map(([record, changes, cut]) => {
          const bytes = Buffer.from(encode(kind, record));
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          return bytes.subarray(0, cut === undefined ? undefined : cut % bytes.length);
        });
      fc.assert(
        fc.property(damaged, (bytes) => {
          const decoded = within(2_000, () => verdict(topic, framed(idOf(kind), bytes)));
          if (!decoded.ok) expect(decoded.reason).toMatch(/^[\x20-\x7e\p{L}\p{N}]+$/u);
        }),
        { numRuns: runs(150) },
      );
    },
    TEST_MS,
  );

  it(
    'are refused when they are noise, behind every id',
    () => {
      const ids = fc.oneof(fc.nat(20), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
      fc.assert(
        fc.property(ids, fc.uint8Array({ maxLength: 200 }), (id, bytes) => {
          for (const topic of ['profile-changes', 'transactions', 'decisions', 'else']) {
            within(2_000, () => verdict(topic, framed(id, bytes)));
            within(2_000, () => verdict(topic, bytes));
          }
        }),
        { numRuns: runs(200) },
      );
    },
    TEST_MS,
  );

  it('are refused when a record is cut at any byte, or goes on', () => {
    const bytes = encode('link-fact', FACT);
    for (let end = 0; end < bytes.length; end += 1) {
      const cut = framed(idOf('link-fact'), bytes.subarray(0, end));
      expect(verdict('link-facts', cut)).toMatchObject(REFUSED);
    }
    const longer = framed(idOf('link-fact'), Buffer.concat([bytes, Buffer.alloc(1)]));
    expect(verdict('link-facts', longer)).toMatchObject(REFUSED);
  });

  it.each([2n ** 20n, 2n ** 31n, 2n ** 40n, 2n ** 53n, 2n ** 62n, -(2n ** 40n), -(2n ** 62n)])(
    'are refused when they claim %s elements, characters or bytes',
    (length) => {
      const claims = [long(length), long(1), long(0)];
      for (const items of ['int', 'null', 'string']) {
        expect(withMore({ type: 'array', items }, claims)).toMatchObject(REFUSED);
        expect(withMore({ type: 'map', values: items }, claims)).toMatchObject(REFUSED);
      }
      for (const type of ['string', 'bytes', ['null', 'string']]) {
        expect(withMore(type, claims)).toMatchObject(REFUSED);
      }
    },
  );

  it('are refused when a block says that it ends where it does not', () => {
    const empty = long(0);
    const blocks = { type: 'array', items: 'int' };
    expect(withMore(blocks, [long(-1), long(1), long(7), empty])).toMatchObject({ ok: true });
    // to its own beginning, and so without an end
    expect(withMore(blocks, [long(-1), long(-2), empty, empty])).toMatchObject(REFUSED);
    expect(withMore(blocks, [long(-1), long(2), empty, empty])).toMatchObject(REFUSED);
    const map = { type: 'map', values: 'int' };
    expect(withMore(map, [long(-1), long(-2), empty, empty, empty])).toMatchObject(REFUSED);
  });

  it('are refused when they repeat what takes no bytes', () => {
    // each block claims less than there are bytes, all of them together 10^10 times nothing
    const blocks = Array.from({ length: 50_000 }, () => long(120_000));
    const more = { type: 'array', items: 'null' };
    expect(withMore(more, [...blocks, long(0)])).toMatchObject(REFUSED);
  });

  it('are refused when they are nested deeper than the stack', () => {
    const chain = {
      type: 'record',
      name: 'Chain',
      fields: [{ name: 'next', type: ['null', 'Chain'] }],
    };
    const deep = Buffer.alloc(900_000, 2);
    expect(withMore(chain, [deep, long(0)])).toMatchObject(REFUSED);
    expect(withMore(chain, [long(1), long(0)])).toMatchObject({ ok: true });
  });

  it('are refused behind schemas that are no use', () => {
    const schemas: readonly unknown[] = [
      null,
      'string',
      [],
      { type: 'record', name: '__proto__', fields: [] },
      { type: 'record', name: 'A', fields: [{ name: 'constructor', type: 'int' }] },
      { type: 'record', name: 'A', fields: [{ name: 'id', type: { type: 'array', items: 'A' } }] },
      { type: 'enum', name: 'E', symbols: ['__proto__', 'constructor'] },
    ];
    const { verdict: of } = machineOver(new Map(schemas.map((schema, i) => [1_000 + i, schema])));
    schemas.forEach((_, i) => {
      const value = framed(1_000 + i, encode('link-fact', FACT));
      expect(of('link-facts', value)).toMatchObject(REFUSED);
    });
  });
});
