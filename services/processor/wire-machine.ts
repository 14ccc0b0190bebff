import { schemaIdOf } from '@tidemark/engine/adapters/registry/frame';
import { customerMachine } from '@tidemark/rating/customer-machine';
import { undecoded, type Decoded } from '@tidemark/rating/decoded';
import type { Output } from '@tidemark/rating/grading/publish';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import { countriesOf } from '@tidemark/rating/in-force/in-force';
import { decodeValue } from '@tidemark/rating/input-line';
import type { RecordKind } from '@tidemark/schemas/avro';
import type { DeadLetter, InputRecord } from '@tidemark/schemas/records';
import { TOPICS, type TopicRole } from './topic-settings';
import type { Wire } from './wire';

/** Longest payload of a dead letter, bytes of UTF-8: the whole letter must fit in what the topic takes. */
export const PAYLOAD_BYTES_MAX = 700_000;

const kindsOf = (role: TopicRole): ReadonlyMap<string, RecordKind> =>
  new Map(
    TOPICS.flatMap(({ name, kind, role: its }) =>
      its === role && kind !== undefined ? [[name, kind] as const] : [],
    ),
  );

const INPUTS = kindsOf('input');
const GLOBALS = kindsOf('global');

/** The rating of customers over records in Avro: a topic holds one kind of record. */
export const overWire = (wire: Wire) => ({
  ...customerMachine,

  decode: (topic: string, value: Uint8Array, globals: RatingGlobals): Decoded<InputRecord> => {
    const kind = INPUTS.get(topic);
    if (kind === undefined) return undecoded('unknown-topic', null, 'expected an input topic');
    const read = wire.read(kind, value);
    return read.ok ? decodeValue(read.value, countriesOf(globals)) : read;
  },

  /** @throws Error when a methodology does not load; the partition stops */
  takeGlobal: (
    globals: RatingGlobals,
    topic: string,
    value: Uint8Array,
  ): Decoded<RatingGlobals> => {
    const kind = GLOBALS.get(topic);
    if (kind === undefined) return undecoded('unknown-topic', null, 'expected a global topic');
    const read = wire.read(kind, value);
    if (!read.ok) return read;
    // few, so that the detour over text costs nothing, and says the same of the same content
    return customerMachine.takeGlobal(globals, topic, Buffer.from(JSON.stringify(read.value)));
  },

  encodeOutput: (output: Output): Uint8Array => {
    switch (output.kind) {
      case 'grade-change':
        return wire.encode('grade-change', output.record);
      case 'rating':
        return wire.encode('rating', output.record);
      case 'review-task':
        return wire.encode('review-task', output.record);
      case 'restricted':
        return wire.encode('restricted', output.record);
      default:
        return output satisfies never;
    }
  },

  encodeLetter: (letter: DeadLetter, value: Uint8Array): Uint8Array =>
    wire.encode('dead-letter', {
      ...letter,
      source: sourceOf(letter, wire),
      payload: beginningOf(payloadOf(letter, value)),
    }),
});

/** The topic by the name that it has in Kafka. */
function sourceOf({ source }: DeadLetter, { topicName }: Wire): DeadLetter['source'] {
  if (!('topic' in source) || !TOPICS.some(({ name }) => name === source.topic)) return source;
  return { ...source, topic: topicName(source.topic) };
}

/** Avro behind its frame is no text, even where its bytes happen to be valid UTF-8. */
const payloadOf = ({ payload }: DeadLetter, value: Uint8Array): string =>
  schemaIdOf(value) === undefined ? payload : Buffer.from(value).toString('base64');

/** As much of a text as a letter may hold, to the end of a character. */
function beginningOf(text: string): string {
  if (text.length <= PAYLOAD_BYTES_MAX / UTF8_BYTES_MAX) return text;
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= PAYLOAD_BYTES_MAX) return text;
  let end = PAYLOAD_BYTES_MAX;
  while (isContinuation(bytes[end])) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** A UTF-16 unit takes no more in UTF-8. */
const UTF8_BYTES_MAX = 3;

const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
