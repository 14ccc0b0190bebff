import type { Reader, TopicPartition } from '@tidemark/engine/adapters/kafka/kafka';
import { kafkaName } from '@tidemark/engine/adapters/kafka/topic-names';
import { decodeJournal } from '@tidemark/engine/journal';
import { TOPICS } from './topic-settings';
import { JOURNAL } from './topics';
import type { JournalFrame } from './wire-frame';

/** From when on the steps of all partitions can be run again. */
export type Reach =
  /** No partition has decided anything yet. */
  | { readonly kind: 'empty' }
  /** All is kept, from the first step on, UTC milliseconds. */
  | { readonly kind: 'whole'; readonly from: number }
  /** What is needed for earlier steps is gone; `because` names the topic that begins last. */
  | { readonly kind: 'cut'; readonly from: number; readonly because: string };

export interface ReachQuestion {
  readonly reader: Reader;
  readonly frame: JournalFrame;
  readonly prefix: string;
  /** Partitions of the journal; 0: there is none. */
  readonly partitions: number;
}

/** How far `verify` and as-of questions reach: as far as the journal and what it names are kept. */
export async function reachOf(question: ReachQuestion): Promise<Reach> {
  let reach: Reach = { kind: 'empty' };
  for (let partition = 0; partition < question.partitions; partition++) {
    reach = narrower(reach, await partitionReach(question, partition));
  }
  return reach;
}

function narrower(one: Reach, other: Reach): Reach {
  if (one.kind === 'empty') return other;
  if (other.kind === 'empty') return one;
  if (one.kind === 'whole' && other.kind === 'whole') {
    return { kind: 'whole', from: Math.min(one.from, other.from) };
  }
  if (one.kind === 'whole') return other;
  if (other.kind === 'whole') return one;
  return one.from >= other.from ? one : other;
}

async function partitionReach(question: ReachQuestion, partition: number): Promise<Reach> {
  const { frame, prefix } = question;
  const journal = kafkaName(prefix, JOURNAL);
  // what an owner begins with has no value, and is no step
  const isStep = (value: Uint8Array): boolean => value.byteLength > 0;
  const first = await firstKept(question, { topic: journal, partition }, isStep);
  if (first === undefined) return { kind: 'empty' };
  const { kind, positions } = decodeJournal(await frame.open(first.value));
  const begin: Reach =
    kind === 'genesis'
      ? { kind: 'whole', from: first.at }
      : { kind: 'cut', from: first.at, because: journal };
  let reach: Reach = begin;
  for (const { name, role } of TOPICS) {
    const needed = positions[name];
    if ((role !== 'input' && role !== 'global') || needed === undefined) continue;
    const at = { topic: kafkaName(prefix, name), partition: role === 'global' ? 0 : partition };
    const { first: kept, next } = await question.reader.bounds(at);
    if (kept <= needed) continue;
    const oldest = kept < next ? await firstKept(question, at, () => true) : undefined;
    reach = narrower(reach, { kind: 'cut', from: oldest?.at ?? Date.now(), because: at.topic });
  }
  return reach;
}

const ONE = { records: 1, bytes: 1 };

/** The oldest record of a partition that is kept and counts, and its time, UTC milliseconds. */
async function firstKept(
  { reader }: ReachQuestion,
  at: TopicPartition,
  counts: (value: Uint8Array) => boolean,
): Promise<{ readonly value: Uint8Array; readonly at: number } | undefined> {
  const { first, next } = await reader.bounds(at);
  reader.expect(at, next);
  for (let from = first; from < next;) {
    const fetched = await reader.read(at, from, ONE);
    const record = fetched.records.find(({ value }) => counts(value));
    if (record !== undefined) return { value: record.value, at: record.timestamp };
    if (fetched.next === from) return undefined;
    from = fetched.next;
  }
  return undefined;
}
