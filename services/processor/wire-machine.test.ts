import { newAllowance } from '@tidemark/engine/adapters/registry/allowance';
import { framed, schemaIdOf } from '@tidemark/engine/adapters/registry/frame';
import type { Entry, SchemaBook } from '@tidemark/engine/adapters/registry/schema-book';
import { customerMachine, METHODOLOGIES } from '@tidemark/rating/customer-machine';
import { NO_GLOBALS } from '@tidemark/rating/in-force/globals';
import { decode, encode, schemaOf, type RecordKind } from '@tidemark/schemas/avro';
import { writerOf } from '@tidemark/schemas/avro-reader';
import type { DeadLetter, Transaction } from '@tidemark/schemas/records';
import { configOf, TOPICS } from './topic-settings';
import { inputTopicOf, type Wire } from './wire';
import { VALUE_BYTES_MAX, wireCodec } from './wire-codec';
import { overWire, PAYLOAD_BYTES_MAX } from './wire-machine';

const MISSING_ID = 99;
const FOREIGN_ID = 98;

/** Our own schemas under ids of their own, one that is missing, and one of another language. */
function testWire(): Wire {
  const kinds = TOPICS.flatMap(({ kind }) => (kind === undefined ? [] : [kind]));
  const ids = new Map<RecordKind, number>(kinds.map((kind, i) => [kind, i + 1]));
  const entries = new Map<number, Entry>([
    [MISSING_ID, { kind: 'missing' }],
    [FOREIGN_ID, { kind: 'schema', fingerprint: '', writer: undefined }],
  ]);
  kinds.forEach((kind, i) => {
    const writer = writerOf(JSON.stringify(schemaOf(kind)));
    entries.set(i + 1, { kind: 'schema', fingerprint: writer?.fingerprint ?? '', writer });
  });
  const book: SchemaBook = {
    get: (id) => entries.get(id),
    isSettled: (id) => entries.has(id),
    settle: async () => {},
    allowance: () => newAllowance(0),
    close: () => {},
  };
  const frame = { wrap: (bytes: Uint8Array) => bytes, open: async (bytes: Uint8Array) => bytes };
  return { ...wireCodec(book, ids), book, frame, topicName: (name) => `bank.${name}.v1` };
}

const wire = testWire();
const machine = overWire(wire);

const TRANSACTION: Transaction = {
  type: 'transaction',
  id: 'e-1',
  institution: 'bank',
  customer: 'c-1',
  occurredAt: 1,
  txId: 't-1',
  kind: 'transfer',
  direction: 'in',
  amount: 5,
  currency: 'CNY',
  amountCny: 5,
  status: 'booked',
};

const verdict = (value: Uint8Array, topic = 'transactions') =>
  machine.decode(topic, value, NO_GLOBALS);

describe('the machine over Avro', () => {
  it('decodes the record of the topic, by the rules for JSON', () => {
    const sound = wire.encodeInput(TRANSACTION);
    expect(verdict(sound)).toStrictEqual({ ok: true, value: TRANSACTION });
    expect(inputTopicOf(TRANSACTION)).toBe('transactions');

    const unsound: Transaction = { ...TRANSACTION, currency: 'XXQ', institution: 'a b' };
    const asJson = Buffer.from(JSON.stringify(unsound));
    expect(verdict(wire.encodeInput(unsound))).toStrictEqual(
      customerMachine.decode('transactions', asJson, NO_GLOBALS),
    );
  });

  it('refuses a record in the topic of another kind, and in one that there is not', () => {
    const sound = wire.encodeInput(TRANSACTION);
    expect(verdict(sound, 'profile-changes')).toMatchObject({ ok: false, code: 'undecodable' });
    expect(verdict(sound, 'elsewhere')).toMatchObject({ ok: false, code: 'unknown-topic' });
  });

  it('tells a schema that is missing from one that cannot be read, and both from no frame', () => {
    const codeOf = (value: Uint8Array): string | undefined => {
      const result = verdict(value);
      return result.ok ? undefined : result.code;
    };
    expect(codeOf(framed(MISSING_ID, Buffer.from('x')))).toBe('unknown-schema');
    expect(codeOf(framed(FOREIGN_ID, Buffer.from('x')))).toBe('undecodable');
    expect(codeOf(Buffer.from(JSON.stringify(TRANSACTION)))).toBe('undecodable');
    expect(codeOf(Buffer.alloc(0))).toBe('undecodable');
    expect(codeOf(Buffer.alloc(VALUE_BYTES_MAX + 1))).toBe('record-too-long');
  });

  it('refuses texts that are no UTF-8: two ids would become one', () => {
    const value = Buffer.from(wire.encodeInput(TRANSACTION));
    value[value.indexOf('e-1')] = 0xff;
    expect(verdict(value)).toMatchObject({ ok: false, code: 'not-utf8' });
  });

  it('stops at a record whose schema was not asked for', () => {
    expect(() => verdict(framed(1234, Buffer.from('x')))).toThrow('schema 1234 was not asked for');
  });

  it('takes a global record in as it does from JSON', () => {
    const record = {
      id: 'm',
      version: '1',
      document: '{}',
      framework: null,
      activateAt: 0,
    };
    const asJson = Buffer.from(JSON.stringify(record));
    const taken = (by: () => unknown): unknown => {
      try {
        return by();
      } catch (error) {
        return String(error);
      }
    };
    const { framework: _framework, ...methodology } = record;
    const value = wire.encode('methodology', methodology);
    expect(taken(() => machine.takeGlobal(NO_GLOBALS, METHODOLOGIES, value))).toStrictEqual(
      taken(() => customerMachine.takeGlobal(NO_GLOBALS, METHODOLOGIES, asJson)),
    );
    expect(machine.takeGlobal(NO_GLOBALS, 'transactions', value)).toMatchObject({ ok: false });
  });

  it('writes outputs with the id of our schema', () => {
    const record = {
      id: 't',
      institution: 'bank',
      customer: 'c',
      kind: 'review',
      item: null,
      action: 'open',
      occurredAt: 0,
      reason: 'Review is due.',
    } as const;
    const value = machine.encodeOutput({ kind: 'review-task', record, task: 't', open: true });
    expect(decode('review-task', Buffer.from(value.subarray(5)))).toStrictEqual(record);
    expect(wire.read('review-task', value)).toStrictEqual({ ok: true, value: record });
  });
});

describe('a dead letter', () => {
  const letter = (payload: string, topic = 'transactions'): DeadLetter => ({
    reason: 'Why.',
    code: 'undecodable',
    source: { topic, partition: 1, offset: 7 },
    field: null,
    payload,
  });
  const written = (of: DeadLetter, value: Uint8Array): DeadLetter =>
    decode('dead-letter', Buffer.from(machine.encodeLetter(of, value).subarray(5)));

  it('names the topic as Kafka does, and holds Avro in base64 though it may look like text', () => {
    const value = framed(1, encode('transaction', TRANSACTION));
    expect(Buffer.from(Buffer.from(value).toString('utf8'), 'utf8')).toEqual(value);
    const found = written(letter(Buffer.from(value).toString('utf8')), value);
    expect(found.source).toStrictEqual({ topic: 'bank.transactions.v1', partition: 1, offset: 7 });
    expect(Buffer.from(found.payload, 'base64')).toEqual(value);
  });

  it('holds text as it came, and of a record that had waited no topic of Kafka', () => {
    const found = written(letter('text', 'waiting'), Buffer.from('text'));
    expect(found).toMatchObject({ payload: 'text', source: { topic: 'waiting' } });
  });

  it('holds of a long record the beginning: the whole stands in its topic', () => {
    const value = framed(1, Buffer.alloc(VALUE_BYTES_MAX));
    expect(written(letter(''), value).payload).toHaveLength(PAYLOAD_BYTES_MAX);
  });

  it.each(['客', '😀', 'é'])('fits in its topic also where it is full of %s', (character) => {
    const topic = TOPICS.find(({ name }) => name === 'dead-letters');
    if (topic === undefined) throw new Error('no such topic');
    const kept = configOf(topic, { replicas: 1, retentionMs: undefined });
    const text = `x${character.repeat(700_000)}`;
    const value = machine.encodeLetter(letter(text), Buffer.from(text));
    expect(value.length).toBeLessThan(Number(kept['max.message.bytes']));
    const { payload } = decode('dead-letter', Buffer.from(value.subarray(5)));
    expect(text.startsWith(payload)).toBe(true);
    expect(payload.length % character.length).toBe(1 % character.length);
    expect(Buffer.byteLength(payload)).toBeGreaterThan(PAYLOAD_BYTES_MAX - 4);
    expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(PAYLOAD_BYTES_MAX);
  });

  it('holds a text that just fits as a whole', () => {
    const text = `${'客'.repeat(Math.floor(PAYLOAD_BYTES_MAX / 3))}x`;
    expect(Buffer.byteLength(text)).toBe(PAYLOAD_BYTES_MAX);
    expect(written(letter(text), Buffer.from(text)).payload).toBe(text);
  });
});

describe('the frame', () => {
  it('holds any id of four bytes, and only behind a zero', () => {
    for (const id of [0, 1, 0x7fff_ffff, 0xffff_ffff]) {
      expect(schemaIdOf(framed(id, Buffer.alloc(0)))).toBe(id);
    }
    expect(schemaIdOf(Buffer.from([1, 0, 0, 0, 1]))).toBeUndefined();
    expect(schemaIdOf(Buffer.from([0, 0, 0, 1]))).toBeUndefined();
  });
});
