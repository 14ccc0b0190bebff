import { decode } from '@tidemark/schemas/avro';
import { beginsCheckpoint } from '../../checkpoint';
import { Fenced, PositionGone } from '../../errors';
import type { Commit, JournalEntry, OutputRecord, OwnerToken, Restart } from '../../ports';
import { dropBlob, emptyBlobs, keepBlob, type BlobData } from './blob-data';
import { appendTo, emptyTopic, indexAtOrAfter, type TopicData } from './topic-data';

/** All that the owner of a partition writes. */
export interface LedgerData {
  token: OwnerToken;
  readonly journal: { readonly offset: number; readonly bytes: Uint8Array }[];
  /** Where the next journal record goes. */
  position: number;
  /** Distance of two journal records, as markers between them make it; 1 or more. */
  readonly stride: number;
  readonly outputs: Map<string, TopicData>;
  /** Every output in the order of the commits. */
  readonly published: OutputRecord[];
  checkpoint: CheckpointData;
}

export interface CheckpointData extends BlobData {
  restart: Restart | undefined;
}

export const emptyCheckpoint = (): CheckpointData => ({ ...emptyBlobs(), restart: undefined });

export const emptyLedger = (stride: number): LedgerData => ({
  token: 0,
  journal: [],
  position: 0,
  stride,
  outputs: new Map(),
  published: [],
  checkpoint: emptyCheckpoint(),
});

/** All of it or, where another has taken over, nothing. @throws Fenced */
export function commitTo(data: LedgerData, owner: OwnerToken, commit: Commit): number {
  if (owner !== data.token) throw new Fenced('another owner has taken the partition over');
  const { position } = data;
  data.journal.push({ offset: position, bytes: new Uint8Array(commit.bytes) });
  data.position += data.stride;
  for (const output of commit.outputs) {
    appendTo(outputTopic(data, output.topic), [output.value]);
    data.published.push({ ...output, value: new Uint8Array(output.value) });
  }
  if (beginsCheckpoint(commit.journal)) begin(data);
  if (commit.checkpoint !== undefined) {
    for (const blob of commit.checkpoint.blobs) keepBlob(data.checkpoint, blob);
    for (const key of commit.checkpoint.forgotten) dropBlob(data.checkpoint, key);
    data.checkpoint.restart = { ...commit.checkpoint.restart };
  }
  return position;
}

/** What is left of one that was lost counts for nothing. */
function begin(data: LedgerData): void {
  // others cannot take away what they hold
  if (data.checkpoint.restart !== undefined) throw new Error('there is a checkpoint already');
  data.checkpoint = emptyCheckpoint();
}

export function outputTopic(data: LedgerData, topic: string): TopicData {
  const known = data.outputs.get(topic);
  if (known !== undefined) return known;
  const made = emptyTopic(topic);
  data.outputs.set(topic, made);
  return made;
}

export function lastEntry({ journal }: LedgerData): JournalEntry | undefined {
  const last = journal.at(-1);
  return last === undefined ? undefined : entryOf(last);
}

/** @throws PositionGone */
export function entriesFrom(data: LedgerData, from: number, limit: number): JournalEntry[] {
  const first = data.journal[0]?.offset ?? data.position;
  if (from < first || from > data.position) {
    throw new PositionGone('journal', from, first, data.position);
  }
  const begin = indexAtOrAfter(data.journal, from);
  return data.journal.slice(begin, begin + limit).map(entryOf);
}

function entryOf({ offset, bytes }: LedgerData['journal'][number]): JournalEntry {
  return {
    position: offset,
    record: decode('journal', Buffer.from(bytes)),
    bytes: new Uint8Array(bytes),
  };
}
