import type { KafkaRecord, ProducedRecord } from '@tidemark/engine/adapters/kafka/kafka';
import { schemaIdOf } from '@tidemark/engine/adapters/registry/frame';
import { PositionGone } from '@tidemark/engine/errors';
import { readGlobals } from '@tidemark/processor/methodology-topic';
import { TOPICS } from '@tidemark/processor/topic-settings';
import { INPUT_TOPICS } from '@tidemark/processor/topics';
import { producedInput, TOO_LONG } from '@tidemark/processor/wire-input';
import { wireJsonLog } from '@tidemark/processor/wire-json';
import { PAYLOAD_BYTES_MAX } from '@tidemark/processor/wire-machine';
import { countriesOf } from '@tidemark/rating/in-force/in-force';
import { decodeLine } from '@tidemark/rating/input-line';
import type { DeadLetter } from '@tidemark/schemas/records';
import { jsonIn, keyOf, type Sendable } from '../letters/letters';
import type { Cluster } from './cluster';

/** The records that dead letters of a cluster are about. */
export interface LetterRecords {
  /** `institution:customer`; undefined: neither the letter nor the record's key says it. */
  readonly keyOf: (letter: DeadLetter) => Promise<string | undefined>;
  /** The record in JSON form, where the payload is Avro that can be decoded. */
  readonly jsonOf: (letter: DeadLetter) => Promise<unknown>;
  /** The record as it is sent again: where its topic still has it, byte for byte. */
  readonly recordOf: (letter: DeadLetter) => Promise<Sendable<ProducedRecord>>;
}

/** Asking the registry again for what it has not got takes long. */
const UNDECODED = new Set(['unknown-schema', 'undecodable', 'record-too-long']);

const KINDS = new Map(TOPICS.map(({ name, kind }) => [name, kind]));

export function letterRecords(cluster: Cluster): LetterRecords {
  const { reader, names, wire } = cluster;
  const view = reader.view();
  let countries: Promise<ReadonlySet<string>> | undefined;
  const knownCountries = (): Promise<ReadonlySet<string>> =>
    (countries ??= readGlobals(wireJsonLog(cluster.log(0), wire)).then(countriesOf));

  /** The record in its topic; undefined: it came from elsewhere, or is kept no more. */
  const original = async ({ source }: DeadLetter): Promise<KafkaRecord | undefined> => {
    if (!('topic' in source) || !isInput(cluster, source.topic)) return undefined;
    const { topic, partition, offset } = source;
    try {
      const { records } = await view.read({ topic, partition }, offset, { records: 1, bytes: 1 });
      return records.find((record) => record.offset === offset);
    } catch (error) {
      if (error instanceof PositionGone) return undefined;
      throw error;
    }
  };
  const jsonOf = async ({ source, payload, code }: DeadLetter): Promise<unknown> => {
    const kind = 'topic' in source ? KINDS.get(names.logical(source.topic) ?? '') : undefined;
    const value = framedIn(payload);
    const id = value === undefined ? undefined : schemaIdOf(value);
    if (kind === undefined || value === undefined || id === undefined) return undefined;
    if (UNDECODED.has(code)) return undefined;
    await wire.book.settle([id]);
    const read = wire.read(kind, value);
    return read.ok ? read.value : undefined;
  };
  return {
    jsonOf,
    keyOf: async (letter) => {
      const known = keyOf((await jsonOf(letter)) ?? jsonIn(letter.payload));
      if (known !== undefined) return known;
      const record = await original(letter);
      return record === undefined ? undefined : textOf(record.key);
    },
    recordOf: async (letter) => {
      const { source, payload } = letter;
      if (!('topic' in source) || names.logical(source.topic) === undefined) {
        return fromText(cluster, payload, await knownCountries());
      }
      if (!isInput(cluster, source.topic)) return NO_INPUT;
      const { topic, partition } = source;
      const found = await original(letter);
      const value = found === undefined ? framedIn(payload) : new Uint8Array(found.value);
      if (value === undefined) return LOST;
      const key = found === undefined ? (keyOf(await jsonOf(letter)) ?? null) : textOf(found.key);
      if (key === undefined && found?.key !== undefined) return NO_KEY;
      const record = { topic, partition, key: key ?? null, value };
      return { ok: true, record, bytes: value.length };
    },
  };
}

const isInput = ({ names }: Cluster, topic: string): boolean =>
  INPUT_TOPICS.includes(names.logical(topic) ?? '');

const LOST = {
  ok: false,
  why: 'its topic keeps the record no more, and the letter does not hold all of it: have its sender send it anew, and discard this',
} as const;
const NO_INPUT = {
  ok: false,
  why: 'it is no event: publish what it was anew, and discard this',
} as const;
const NO_KEY = {
  ok: false,
  why: 'its key is no UTF-8: have its sender send it anew, and discard this',
} as const;

/** Avro behind its frame, as a letter holds it; undefined: it is something else, or was cut off. */
function framedIn(payload: string): Uint8Array | undefined {
  if (payload.length >= PAYLOAD_BYTES_MAX || !/^[A-Za-z0-9+/]+={0,2}$/.test(payload)) {
    return undefined;
  }
  const value = Buffer.from(payload, 'base64');
  return schemaIdOf(value) === undefined ? undefined : value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** What was refused at the door, or had waited in a state, is there as JSON. */
function fromText(
  cluster: Cluster,
  payload: string,
  countries: ReadonlySet<string>,
): Sendable<ProducedRecord> {
  const decoded = decodeLine(payload, countries);
  if (!decoded.ok) return { ok: false, why: `it would be refused again: ${decoded.code}` };
  const record = producedInput(cluster, decoded.value);
  if (record === undefined)
    return { ok: false, why: `it would be refused again: ${TOO_LONG.code}` };
  return { ok: true, record, bytes: record.value?.length ?? 0 };
}
