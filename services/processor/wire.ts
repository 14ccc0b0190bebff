import { pause } from '@tidemark/engine/pause';
import { kafkaName } from '@tidemark/engine/adapters/kafka/topic-names';
import { untilAnswered } from '@tidemark/engine/adapters/registry/patience';
import type { Registry } from '@tidemark/engine/adapters/registry/registry';
import { schemaBook, type SchemaBook } from '@tidemark/engine/adapters/registry/schema-book';
import type { SchemaWait } from '@tidemark/engine/adapters/registry/schema-wait';
import { schemaOf, type RecordKind } from '@tidemark/schemas/avro';
import type { InputRecord } from '@tidemark/schemas/records';
import { subjectOf, TOPICS } from './topic-settings';
import { wireCodec, type WireCodec } from './wire-codec';
import { journalFrame, type JournalFrame } from './wire-frame';

/** All that stands between our records and the bytes in the topics. */
export interface Wire extends WireCodec {
  /** For `wireLog`; its owner closes it. */
  readonly book: SchemaBook;
  readonly frame: JournalFrame;
  /** The name in Kafka of a topic. */
  readonly topicName: (name: string) => string;
}

export interface WireOptions {
  readonly registry: Registry;
  readonly prefix: string;
  /** An id that the registry does not have is asked for again for so long, milliseconds. */
  readonly missingMs?: number;
  readonly log?: (message: string) => void;
  /** Told when records wait for a schema that the registry does not have, and when it has come. */
  readonly waiting?: (wait: SchemaWait) => void;
  /** Ends the wait for the registry; then it throws. */
  readonly ended?: AbortSignal;
}

/** Waits for the registry, and until all our schemas are registered there (`tidemark topics apply`). */
export async function openWire(options: WireOptions): Promise<Wire> {
  const { registry, prefix, log, missingMs, waiting } = options;
  const ids = await registeredIds(options);
  const book = schemaBook({
    registry,
    ...(missingMs === undefined ? {} : { missingMs }),
    ...(log === undefined ? {} : { log }),
    ...(waiting === undefined ? {} : { waiting }),
  });
  return {
    ...wireCodec(book, ids),
    book,
    frame: journalFrame(book, idOf(ids, 'journal')),
    topicName: (name) => kafkaName(prefix, name),
  };
}

const INPUT_TOPIC = new Map(TOPICS.map(({ kind, name }) => [kind, name]));

/** The input topic to which a record belongs. */
export function inputTopicOf({ type }: InputRecord): string {
  const topic = INPUT_TOPIC.get(type);
  if (topic === undefined) throw new Error(`no topic holds ${type}`);
  return topic;
}

const PAUSE_MS = { first: 500, last: 10_000 };

async function registeredIds(options: WireOptions): Promise<ReadonlyMap<RecordKind, number>> {
  const { log = () => {}, ended = new AbortController().signal } = options;
  let isTold = false;
  for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.last)) {
    const { ids, lacking } = await lookUp(options);
    if (lacking.length === 0) return ids;
    if (!isTold) {
      const names = lacking.join(', ');
      log(`waiting for schemas, not registered: ${names}; to register: tidemark topics apply`);
    }
    isTold = true;
    await pause(pauseMs, ended);
  }
}

async function lookUp(options: WireOptions): Promise<{
  readonly ids: ReadonlyMap<RecordKind, number>;
  readonly lacking: readonly string[];
}> {
  const { registry, prefix } = options;
  const ids = new Map<RecordKind, number>();
  const lacking: string[] = [];
  for (const { name, kind } of TOPICS) {
    if (kind === undefined) continue;
    const subject = subjectOf(kafkaName(prefix, name));
    const schema = JSON.stringify(schemaOf(kind));
    const id = await untilAnswered(() => registry.idOf(subject, schema), options);
    if (id === undefined) lacking.push(subject);
    else ids.set(kind, id);
  }
  return { ids, lacking };
}

function idOf(ids: ReadonlyMap<RecordKind, number>, kind: RecordKind): number {
  const id = ids.get(kind);
  if (id === undefined) throw new Error(`no schema is registered for ${kind}`);
  return id;
}
