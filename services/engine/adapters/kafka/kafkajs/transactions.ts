import { Fenced, PartitionStopped } from '../../../errors';
import type { ProducedRecord, TopicPartition, Transactions } from '../kafka';
import {
  answerOf,
  isFencedAnswer,
  isForGood,
  isForNow,
  plainError,
  refusalOf,
  Refused,
  saidOf,
  TimedOut,
  within,
} from './errors';
import { persist, REQUEST_MS, type Link } from './link';
import { produceAll, sender, type Sender } from './producing';
import { asWriting, type InTransaction, type WritingBroker } from './protocol-codec';

/** A transaction that stands still stalls all readers: the broker aborts it after so long, ms. */
const TRANSACTION_MS = 10_000;
/** A commit is given up before the broker does it, so that an answer never comes too late, ms. */
const COMMIT_MS = 8_000;
/** The markers of the transaction before are still being written: asked again after so long, ms. */
const MARKERS_MS = 2;
const MOVED_MS = 20;

type Offsets = Parameters<Transactions['commit']>[1];

/**
 * A transactional producer over the protocol itself. Of kafkajs' own it differs in what happens at
 * faults: only what a broker has refused is sent again. A request without an answer may still be on its
 * way, and an EndTxn that arrives late would end the transaction after it: then this producer is dead,
 * and the fence of the next one (another epoch) shuts out whatever is left of it. It also asks for
 * coordinators once and not at every call, which halves the time of a small transaction.
 *
 * Resolves when all earlier producers of this id are fenced and what they had begun has ended.
 */
export async function openTransactions(link: Link, transactionalId: string): Promise<Transactions> {
  const identity = await fence(link, transactionalId);
  const state: Open = { link, identity, from: sender(identity, false), dead: undefined };
  return {
    commit: async (records, offsets) => {
      if (state.dead !== undefined) throw plainError('this producer is of no use', state.dead);
      try {
        return await within(COMMIT_MS, 'the transaction', commit(state, records, offsets));
      } catch (error) {
        state.dead = error;
        link.close();
        if (isFencedAnswer(error)) {
          throw new Fenced(`another owner has taken over: ${saidOf(error)}`);
        }
        if (error instanceof Refused) throw new PartitionStopped(error.message);
        throw plainError('the outcome of a transaction is not known', error);
      }
    },
    skewMs: () => state.from.skewMs,
    close: () => {
      state.dead ??= new Error('closed');
      link.close();
      return Promise.resolve();
    },
  };
}

interface Open {
  readonly link: Link;
  readonly identity: InTransaction;
  readonly from: Sender;
  dead: unknown;
}

/** InitProducerId, until it is answered: it may be sent twice, which only fences once more. */
async function fence(link: Link, transactionalId: string): Promise<InTransaction> {
  const { producerId, producerEpoch } = await persist(
    link,
    `the fence of the earlier owner of ${transactionalId}`,
    undefined,
    async () => {
      const broker = asWriting(await link.coordinator('transaction', transactionalId));
      const request = { transactionalId, transactionTimeout: TRANSACTION_MS };
      return within(REQUEST_MS, 'InitProducerId', broker.initProducerId(request));
    },
    (error) => {
      if (answerOf(error) === 'CONCURRENT_TRANSACTIONS') return;
      if (isForNow(error)) link.moved('transaction', transactionalId);
      else link.drop();
    },
  );
  return { transactionalId, producerId, producerEpoch };
}

async function commit(
  { link, identity, from }: Open,
  records: readonly ProducedRecord[],
  { group, next }: Offsets,
): Promise<ReadonlyMap<string, number>> {
  const { transactionalId } = identity;
  const until = Date.now() + COMMIT_MS;
  const coordinator: Asked = { link, kind: 'transaction', id: transactionalId, until };
  if (records.length === 0 && next.length === 0) return new Map();
  const topics = byTopic(records);
  const ofGroup = { ...identity, groupId: group };
  await Promise.all([
    records.length > 0 && addPartitions(coordinator, identity, topics),
    next.length > 0 && ask(coordinator, (broker) => broker.addOffsetsToTxn(ofGroup)),
  ]);
  const offsets = offsetsByTopic(next);
  const ofMembers: Asked = { ...coordinator, kind: 'group', id: group };
  const [written] = await Promise.all([
    produceAll(link, from, records, until),
    next.length > 0 &&
      ask(ofMembers, (broker) => broker.txnOffsetCommit({ ...ofGroup, topics: offsets })),
  ]);
  await ask(coordinator, (broker) => broker.endTxn({ ...identity, transactionResult: true }));
  return new Map([...written].map(([place, { last }]) => [place, last]));
}

/** @throws Refused for a topic that may not be written to */
async function addPartitions(
  coordinator: Asked,
  identity: InTransaction,
  topics: ReturnType<typeof byTopic>,
): Promise<void> {
  try {
    await ask(coordinator, (broker) => broker.addPartitionsToTxn({ ...identity, topics }));
  } catch (error) {
    const names = topics.map(({ topic }) => topic);
    const isOfOne = answerOf(error) === 'OPERATION_NOT_ATTEMPTED' || refusalOf(error, names);
    if (!isOfOne || topics.length === 1) throw refusalOf(error, names) ?? error;
    // one of them alone was refused, and the answer does not reach us with its name
    for (const one of topics) await addPartitions(coordinator, identity, [one]);
  }
}

const offsetsByTopic = (
  next: Offsets['next'],
): Parameters<WritingBroker['txnOffsetCommit']>[0]['topics'] =>
  next.map(({ topic, partition, offset }) => ({
    topic,
    partitions: [{ partition, offset: String(offset), metadata: null }],
  }));

interface Asked {
  readonly link: Link;
  readonly kind: 'group' | 'transaction';
  readonly id: string;
  /** UTC milliseconds. */
  readonly until: number;
}

/** Sends a request to a coordinator, and again while a broker refuses it for now. */
async function ask(
  { link, kind, id, until }: Asked,
  send: (broker: WritingBroker) => Promise<unknown>,
): Promise<void> {
  for (;;) {
    let isSent = false;
    try {
      const broker = asWriting(await link.coordinator(kind, id));
      isSent = true;
      await send(broker);
      return;
    } catch (error) {
      if (!isForNow(error) && (isSent || isForGood(error))) throw error;
      if (Date.now() >= until) throw new TimedOut(`no coordinator: ${saidOf(error)}`);
      if (answerOf(error) === 'CONCURRENT_TRANSACTIONS') {
        await link.pause(MARKERS_MS);
      } else {
        link.moved(kind, id);
        await link.pause(MOVED_MS);
      }
    }
  }
}

function byTopic(
  records: readonly TopicPartition[],
): { readonly topic: string; readonly partitions: readonly number[] }[] {
  const topics = new Map<string, Set<number>>();
  for (const { topic, partition } of records) {
    const known = topics.get(topic);
    if (known === undefined) topics.set(topic, new Set([partition]));
    else known.add(partition);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions: [...partitions] }));
}
