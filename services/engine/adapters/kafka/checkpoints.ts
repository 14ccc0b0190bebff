import type { Journal } from '@tidemark/schemas/records';
import { beginsCheckpoint } from '../../checkpoint';
import { PartitionStopped } from '../../errors';
import type { Blob, CheckpointLog, CheckpointSlice, Restart } from '../../ports';
import { decodeCheckpoint, encodeCheckpoint } from './blob-codec';
import type { FetchLimit, KafkaRecord, ProducedRecord, Reader, TopicPartition } from './kafka';
import { newestRecord } from './newest-record';
import { BEGUN_KEY, CHECKPOINTS, PROBE_KEY, RESTART_KEY, type TopicNames } from './topic-names';

const PAGE = { records: 5000, bytes: 4 << 20 };
/** Of one who takes seconds over a page, for so long it stays in memory with what is fetched ahead, or who needs little. */
const SLOW_PAGE = { records: 500, bytes: 256 << 10 };
const SLOW_AHEAD_BYTES = 64 << 10;

export type KafkaCheckpoints = CheckpointLog & {
  /** The same as `blobs` for one who takes his time: little of it is in memory at once. */
  readonly blobsSlowly: CheckpointLog['blobs'];
};

const nameOf = ({ key }: KafkaRecord): string =>
  key === undefined ? '' : Buffer.from(key).toString();

const RESTART = /^step (\d+) position (\d+) as of (\d+)$/;

const NO_STATES: ReadonlySet<string> = new Set(['', PROBE_KEY, BEGUN_KEY, RESTART_KEY]);
const isOfCustomer = (record: KafkaRecord): boolean => !NO_STATES.has(nameOf(record));
const isBegun = (record: KafkaRecord): boolean => nameOf(record) === BEGUN_KEY;
const isRestart = (record: KafkaRecord): boolean => nameOf(record) === RESTART_KEY;

/** What the topic is given with a step. */
export function checkpointRecords(
  journal: Journal,
  slice: CheckpointSlice | undefined,
): Pick<ProducedRecord, 'key' | 'value'>[] {
  const records: Pick<ProducedRecord, 'key' | 'value'>[] = [];
  if (beginsCheckpoint(journal)) {
    records.push({ key: BEGUN_KEY, value: Buffer.from(`step ${journal.step}`) });
    records.push({ key: RESTART_KEY, value: null });
  }
  if (slice === undefined) return records;
  for (const blob of slice.blobs) records.push({ key: blob.key, value: encodeCheckpoint(blob) });
  for (const key of slice.forgotten) records.push({ key, value: null });
  // behind its states: an end that was lost takes it along
  const { step, position, asOf } = slice.restart;
  const restart = `step ${step} position ${position} as of ${asOf}`;
  records.push({ key: RESTART_KEY, value: Buffer.from(restart) });
  return records;
}

/** Whether anything was ever written of a customer that is not compacted away altogether. */
export async function hasCheckpoint(
  reader: Reader,
  names: TopicNames,
  partition: number,
): Promise<boolean> {
  const at: TopicPartition = { topic: names.of(CHECKPOINTS).topic, partition };
  return (await firstPlace(reader, at, isOfCustomer)) !== undefined;
}

/** Where the first such record stands. */
async function firstPlace(
  reader: Reader,
  at: TopicPartition,
  isSuch: (record: KafkaRecord) => boolean,
): Promise<number | undefined> {
  const view = reader.view();
  try {
    const { first, next: end } = await view.bounds(at);
    for (let from = first; from < end;) {
      const { records, next } = await view.read(at, from, PAGE);
      const found = records.find(isSuch);
      if (found !== undefined) return found.offset;
      from = next;
    }
    return undefined;
  } finally {
    await view.close();
  }
}

/**
 * The checkpoint of one partition: a compacted topic, read as a whole. It is written by the ledger, in the
 * transaction of each step. It says itself what is in it, so that a topic that was lost, made anew, cut
 * short or brought back is not taken for what the journal remembers.
 */
export function kafkaCheckpoints(
  reader: Reader,
  names: TopicNames,
  partition: number,
): KafkaCheckpoints {
  const at: TopicPartition = { topic: names.of(CHECKPOINTS).topic, partition };
  async function* blobs(limit: FetchLimit, aheadBytes?: number): AsyncGenerator<readonly Blob[]> {
    const begun = await firstPlace(reader, at, isBegun);
    if (begun === undefined) return;
    const view = reader.view(aheadBytes);
    const toBlob = blobMaker(at);
    try {
      const { next: end } = await view.bounds(at);
      for (let from = begun; from < end;) {
        const { records, next } = await view.read(at, from, limit);
        const found = records
          .filter(isOfCustomer)
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
    restart: async () => {
      const restart = await newestRestart(reader, at);
      if (restart === undefined) return undefined;
      return (await firstPlace(reader, at, isBegun)) === undefined ? undefined : restart;
    },
    blobs: () => blobs(PAGE),
    blobsSlowly: () => blobs(SLOW_PAGE, SLOW_AHEAD_BYTES),
  };
}

async function newestRestart(reader: Reader, at: TopicPartition): Promise<Restart | undefined> {
  const view = reader.view(SLOW_AHEAD_BYTES);
  try {
    const newest = await newestRecord(view, at, isRestart);
    if (newest === undefined || newest.value.byteLength === 0) return undefined;
    return restartOf(newest, `${at.topic}/${at.partition}@${newest.offset}`);
  } finally {
    await view.close();
  }
}

/** @throws PartitionStopped when it is not what was written */
function restartOf({ value }: KafkaRecord, where: string): Restart {
  const match = RESTART.exec(Buffer.from(value).toString());
  if (match !== null) {
    const [, step, position, asOf] = match;
    return { step: Number(step), position: Number(position), asOf: Number(asOf) };
  }
  throw new PartitionStopped(
    `${where}: the checkpoint does not say where a replay over it begins. See deploy/runbooks/procedures/disaster-recovery.md`,
    { reason: 'data' },
  );
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
