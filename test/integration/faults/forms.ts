import { decode, encode, type RecordKind } from '@tidemark/schemas/avro';
import type { Output } from '@tidemark/rating/grading/publish';
import { customerMachine } from '@tidemark/rating/customer-machine';
import type { InputRecord } from '@tidemark/schemas/records';
import type { Form } from './evidence';

/** As the machine itself writes: outputs in JSON, nothing before them. */
export const JSON_FORM: Form = {
  journal: (value) => decode('journal', value),
  input: customerMachine.decode,
  takeGlobal: customerMachine.takeGlobal,
  output: customerMachine.encodeOutput,
  content: (value) => value,
  published: (_topic, value) => JSON.parse(value.toString('utf8')),
};

/** A zero and the four bytes of a schema's id go before the Avro bytes. */
const WIRE_BYTES = 5;

const content = (value: Buffer): Buffer => value.subarray(WIRE_BYTES);

export function onWire(schema: number, bytes: Uint8Array): Buffer {
  const framed = Buffer.alloc(WIRE_BYTES + bytes.length);
  framed.writeUInt32BE(schema, 1);
  framed.set(bytes, WIRE_BYTES);
  return framed;
}

/** Which records a topic holds. */
export const KIND_OF_TOPIC: Readonly<Record<string, RecordKind>> = {
  'profile-changes': 'profile-change',
  transactions: 'transaction',
  'risk-events': 'risk-event',
  'link-facts': 'link-fact',
  decisions: 'decision',
  methodologies: 'methodology',
  'reference-lists': 'reference-list',
  'grade-changes': 'grade-change',
  ratings: 'rating',
  'review-tasks': 'review-task',
  restricted: 'restricted',
  journal: 'journal',
};

export const TOPIC_OF_INPUT: Readonly<Record<InputRecord['type'], string>> = {
  'profile-change': 'profile-changes',
  transaction: 'transactions',
  'risk-event': 'risk-events',
  'link-fact': 'link-facts',
  decision: 'decisions',
};

/** Avro with the present schemas, read and written without the engine's own code for the wire. */
export const WIRE_FORM: Form = {
  journal: (value) => decode('journal', content(value)),
  input: (topic, value, globals) => customerMachine.decode(topic, plain(topic, value), globals),
  takeGlobal: (globals, topic, value) =>
    customerMachine.takeGlobal(globals, topic, plain(topic, value)),
  output: ({ kind, record }: Output) => encode(kind, record as never),
  content,
  published: (topic, value) => ({ ...decode(kindOf(topic), content(value)) }),
};

function kindOf(topic: string): RecordKind {
  const kind = KIND_OF_TOPIC[topic];
  if (kind === undefined) throw new Error(`nobody says what ${topic} holds`);
  return kind;
}

/** The line of JSON that says the same. */
function plain(topic: string, value: Buffer): Buffer {
  const record = decode(kindOf(topic), content(value));
  // the dictionary's JSON form names the kind of an input record, Avro does not
  const kind = Object.entries(TOPIC_OF_INPUT).find(([, name]) => name === topic)?.[0];
  return Buffer.from(JSON.stringify(kind === undefined ? record : { type: kind, ...record }));
}
