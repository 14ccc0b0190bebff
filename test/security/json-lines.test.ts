import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { customerMachine } from '@tidemark/rating/customer-machine';
import { decide } from '@tidemark/rating/customer';
import { NO_GLOBALS } from '@tidemark/rating/in-force/globals';
import { decodeLine, LINE_LENGTH_MAX } from '@tidemark/rating/input-line';
import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import { loadMethodology } from '@tidemark/rating/methodology/load';
import { encode } from '@tidemark/schemas/avro';
import type { DeadLetter, ProfileChange } from '@tidemark/schemas/records';
import { TEXT_LENGTH_MAX } from '@tidemark/schemas/formats';
import { parseRecord } from '@tidemark/schemas/records';
import { INPUT_KINDS, recordsOf } from '@tidemark/schemas/records.fixture';
import fc from 'fast-check';
import { parse } from 'yaml';
import { runs, TEST_MS, within } from './bounded';
import { idOf, machineOver } from './wire.fixture';
import { framed } from '@tidemark/engine/adapters/registry/frame';

const NONE: ReadonlySet<string> = new Set();
const decoded = (text: string) => within(20_000, () => decodeLine(text, NONE));

const HEAD = '"institution":"bank","customer":"c","id":"e","occurredAt":0';
const profile = (members: string): string => `{"type":"profile-change",${HEAD},${members}}`;
const many = (count: number, of: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join(',');

/** What fits in a line, and is wrong in as many places as possible. */
const WRONG: readonly (readonly [string, string])[] = [
  ['100,000 unknown fields', `{"type":"risk-event",${HEAD},${many(100_000, (i) => `"${i}":1`)}}`],
  ['100,000 unknown attributes', profile(`"set":{${many(100_000, (i) => `"${i}":1`)}}`)],
  ['300,000 names to clear', profile(`"clear":[${many(300_000, () => '""')}]`)],
  ['200,000 countries', profile(`"set":{"nationality":[${many(200_000, () => '"q"')}]}`)],
  ['100,000 parties', profile(`"set":{"parties":[${many(100_000, () => '{}')}]}`)],
  ['80,000 values', profile(`"set":{"extra":{${many(80_000, (i) => `"k${i}":{}`)}}}`)],
  ['lists in lists', '['.repeat(LINE_LENGTH_MAX / 2) + ']'.repeat(LINE_LENGTH_MAX / 2)],
  ['objects in objects', profile(`"x":${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`)],
  ['a number of 900,000 digits', profile(`"set":{"staffCount":${'9'.repeat(900_000)}}`)],
  ['a time with 900,000 digits', `{"type":"risk-event","occurredAt":"${'0'.repeat(900_000)}Z"}`],
  ['a line that is too long', ' '.repeat(LINE_LENGTH_MAX + 1)],
];

/** Longest reason, characters: it goes into a letter beside up to 700,000 bytes of payload. */
const REASON_LENGTH_MAX = 20_000;

describe('a line that claims to be an event', () => {
  it.each(WRONG)('is refused with a reason that can be read, for %s', (_, line) => {
    const refused = decoded(line);
    if (refused.ok) throw new Error('it was taken');
    expect(refused.reason.length).toBeLessThan(REASON_LENGTH_MAX);
    expect((refused.field ?? '').length).toBeLessThan(200);
  });

  it('says how many faults it does not list', () => {
    const refused = decoded(profile(`"clear":[${many(1_000, () => '""')}]`));
    expect(refused).toMatchObject({ reason: expect.stringMatching(/; and 980 faults more$/) });
  });

  it('is refused by the names that every object has', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(decoded(`{"type":"${name}",${HEAD}}`)).toMatchObject({ code: 'unknown-type' });
      const kind = `{"type":"risk-event",${HEAD},"kind":"${name}"}`;
      expect(decoded(kind)).toMatchObject({ code: 'unknown-value' });
      const own = `"${name}":{"customerKind":"natural"}`;
      expect(decoded(profile(`"set":{${own}}`))).toMatchObject({ code: 'unknown-field' });
      expect(decoded(profile(`"set":{},${own}`))).toMatchObject({ code: 'unknown-field' });
      const extra = profile(`"set":{"extra":{"${name}":1}}`);
      expect(decoded(extra)).toMatchObject({ code: 'unknown-attribute' });
      const clear = profile(`"clear":["${name}","extra.${name}"]`);
      expect(decoded(clear)).toMatchObject({ code: 'unknown-attribute' });
    }
    expect(Object.hasOwn(Object.prototype, 'customerKind')).toBe(false);
  });

  it(
    'is refused without an exception, and with nothing of it, whatever was done to it',
    () => {
      const canary = 'CANARY';
      const lines = fc
        .oneof(...INPUT_KINDS.map((kind) => recordsOf(kind)))
        .chain((record) =>
          fc
            .tuple(
              fc.constantFrom(...Object.keys(record)),
              fc.oneof(
                fc.constant(canary),
                fc.constantFrom(null, -0, 1e308, [], {}, [[]], { __proto__: null }),
                fc.jsonValue({ maxDepth: 3 }),
              ),
            )
            .map(([name, value]) => JSON.stringify({ ...record, [name]: value })),
        );
      fc.assert(
        fc.property(lines, (line) => {
          const result = decoded(line);
          if (!result.ok) expect(JSON.stringify(result)).not.toContain(canary);
        }),
        { numRuns: runs(400) },
      );
    },
    TEST_MS,
  );

  it(
    'is refused when it is any text',
    () => {
      fc.assert(
        fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
          expect(decoded(text).ok).toBe(false);
        }),
        { numRuns: runs(500) },
      );
    },
    TEST_MS,
  );
});

/** What Kafka takes in a batch, less what surrounds a record there. */
const OUTPUT_BYTES_MAX = 1_000_000;

describe('what becomes of an event that is as large as it may be', () => {
  const document: MethodologyDocument = parse(
    readFileSync(join(__dirname, '../../services/rating/methodologies/cn-aml-bank.yaml'), 'utf8'),
  );
  const { framework: _none, ...alone } = document;
  const example = readFileSync(
    join(__dirname, '../../services/cli/examples/first-rating.jsonl'),
    'utf8',
  );

  it('is a letter that its topic takes', () => {
    const { machine, verdict } = machineOver();
    const clear = Array.from({ length: 100_000 }, () => '');
    const head = { id: 'e', institution: 'bank', customer: 'c', occurredAt: 0 };
    const record: ProfileChange = { type: 'profile-change', ...head, set: {}, clear };
    const value = framed(idOf('profile-change'), encode('profile-change', record));
    const refused = verdict('profile-changes', value);
    if (refused.ok) throw new Error('it was taken');
    const { code, field, reason } = refused;
    const source = { topic: 'profile-changes', partition: 0, offset: 0 };
    const letter: DeadLetter = { reason, code, field, source, payload: '' };
    expect(machine.encodeLetter(letter, value).length).toBeLessThan(OUTPUT_BYTES_MAX);
  });

  it('is refused with a name that would come back in every output', () => {
    const name = 'c'.repeat(TEXT_LENGTH_MAX + 1);
    for (const field of ['customer', 'id', 'source', 'accountId']) {
      const line = { type: 'risk-event', institution: 'b', customer: 'c', id: 'e', occurredAt: 0 };
      const kind = { kind: 'account_opened', accountId: 'a' };
      const refused = decoded(JSON.stringify({ ...line, ...kind, [field]: name }));
      expect(refused).toMatchObject({ code: 'out-of-range', field });
    }
  });

  it('are outputs that their topics take, with keys that they take', () => {
    const loaded = loadMethodology(alone);
    if (!loaded.ok) throw new Error('it does not load');
    const { methodology } = loaded;
    const long = '\u4e2d'.repeat(TEXT_LENGTH_MAX);
    const numbered = (i: number): string => `${i}`.padEnd(TEXT_LENGTH_MAX, '\u4e2d');
    const known: { occurredAt: string; set: object } = JSON.parse(example.split('\n')[0] ?? '');
    const parsed = parseRecord({
      ...{ ...known, id: long, customer: long, source: long },
      set: {
        ...{ ...known.set, groupId: long, listingMic: long, phone: long },
        emergencyContact: long,
        expectedBusiness: Array.from({ length: 50 }, (_, i) => numbered(i)),
        usedBusiness: Array.from({ length: 50 }, (_, i) => numbered(i)),
        nationality: Array.from({ length: 1_000 }, () => 'CN'),
        parties: Array.from({ length: 100 }, (_, i) => ({
          ...{ partyId: numbered(i), role: 'beneficial_owner', nationality: ['CN'] },
        })),
      },
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults[0]));
    const { record } = parsed;
    const asOf = record.occurredAt;
    const decision = decide(undefined, { kind: 'record', record }, { methodology, asOf });
    expect(decision.outputs.map(({ kind }) => kind)).toContain('rating');
    const key = Buffer.byteLength(customerMachine.keyOf(record));
    for (const output of decision.outputs) {
      const { length } = encode(output.kind, output.record as never);
      expect(key + length).toBeLessThan(OUTPUT_BYTES_MAX);
    }
  });

  it('is refused in a topic for all, without an exception', () => {
    const deep = '['.repeat(400_000) + ']'.repeat(400_000);
    const { takeGlobal } = customerMachine;
    for (const topic of ['methodologies', 'reference-lists']) {
      const taken = within(20_000, () => takeGlobal(NO_GLOBALS, topic, Buffer.from(deep)));
      expect(taken).toMatchObject({ ok: false, code: 'not-an-object' });
    }
  });
});
