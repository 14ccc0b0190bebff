import type { Blob, CheckpointLog } from '../../ports';
import { decodeCheckpoint } from './blob-codec';
import type { FetchLimit, KafkaRecord, Reader, TopicPartition } from './kafka';
import { CHECKPOINTS, PROBE_KEY, type TopicNames } from './topic-names';

const PAGE = { records: 5000, bytes: 4 << 20 };
/** Of one who takes seconds over a page: for so long it stays in memory, with what is fetched ahead of it. */
const SLOW_PAGE = { records: 500, bytes: 256 << 10 };
const SLOW_AHEAD_BYTES = 64 << 10;

export type KafkaCheckpoints = CheckpointLog & {
  /** The same as `blobs` for one who takes his time: little of it is in memory at once. */
  readonly blobsSlowly: CheckpointLog['blobs'];
};

/** Not what an owner begins with. */
const isOfKey = ({ key }: KafkaRecord): boolean =>
  key !== undefined && Buffer.from(key).toString() !== PROBE_KEY;

/** Whether anything was ever written of a key that is not compacted away altogether. */
export async function hasCheckpoint(
  reader: Reader,
  names: TopicNames,
  partition: number,
): Promise<boolean> {
  const at: TopicPartition = { topic: names.of(CHECKPOINTS).topic, partition };
  const view = reader.view();
  try {
    const { first, next: end } = await view.bounds(at);
    for (let from = first; from < end;) {
      const { records, next } = await view.read(at, from, PAGE);
      if (records.some(isOfKey)) return true;
      from = next;
    }
    return false;
  } finally {
    await view.close();
  }
}

/**
 * The checkpoint of one partition: a compacted topic, read as a whole. It is written by the ledger, in the
 * transaction of each step.
 * @param restart what the last record of the journal says of it
 */
export function kafkaCheckpoints(
  reader: Reader,
  names: TopicNames,
  partition: number,
  restart: CheckpointLog['restart'],
): KafkaCheckpoints {
  const at: TopicPartition = { topic: names.of(CHECKPOINTS).topic, partition };
  async function* blobs(limit: FetchLimit, aheadBytes?: number): AsyncGenerator<readonly Blob[]> {
    const view = reader.view(aheadBytes);
    const toBlob = blobMaker(at);
    try {
      const { first, next: end } = await view.bounds(at);
      for (let from = first; from < end;) {
        const { records, next } = await view.read(at, from, limit);
        const found = records
          .filter(isOfKey)
          .map(toBlob)
          .filter((blob) => blob !== undefined);
        if (found.length > 0) yield found;
        from = next;
      }
    } finally {
      await view.close();
    }
  }
  return {
    restart,
    blobs: () => blobs(PAGE),
    blobsSlowly: () => blobs(SLOW_PAGE, SLOW_AHEAD_BYTES),
  };
}

/**
 * Compaction goes on while the topic is read: of a key that is forgotten it may take the tombstone away
 * between the state before it, which was given, and the end of both. Such an end is given as a tombstone:
 * of a step right after the state's, for the key was removed in that or in a later one.
 */
function blobMaker({
  topic,
  partition,
}: TopicPartition): (record: KafkaRecord) => Blob | undefined {
  const given = new Map<string, number>();
  return ({ offset, key, value }) => {
    if (key === undefined) return undefined;
    if (value.byteLength > 0) {
      const blob = decodeCheckpoint(key, value, `${topic}/${partition}@${offset}`);
      if (blob.bytes === undefined) given.delete(blob.key);
      else given.set(blob.key, blob.step);
      return blob;
    }
    const name = Buffer.from(key).toString();
    const step = given.get(name);
    if (step === undefined) return undefined;
    given.delete(name);
    return { key: name, step: step + 1, dueAt: Infinity, bytes: undefined };
  };
}
