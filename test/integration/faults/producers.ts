import { Kafka, logLevel, type Producer, type ProducerRecord } from 'kafkajs';
import { whenDone } from '../cluster/processes';
import type { LoadRecord } from './load';

/** Other people's producers: they repeat what may be lost, and take back what they began. */
export interface Producers {
  /** Resolves when all have been acknowledged; after a failure all are sent again, so some twice. */
  readonly send: (records: readonly LoadRecord[]) => Promise<void>;
  /** The same in a transaction. */
  readonly commit: (records: readonly LoadRecord[]) => Promise<void>;
  /** Begins a transaction, writes, and takes all of it back. */
  readonly abort: (records: readonly LoadRecord[]) => Promise<void>;
}

/** Stalls readers for no longer than this when its broker is gone. */
const TRANSACTION_MS = 3_000;

export function producersFor(
  bootstrap: string,
  topicOf: (topic: string) => string,
  name: string,
): Producers {
  const kafka = new Kafka({
    clientId: name,
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: { initialRetryTime: 20, maxRetryTime: 200, retries: 20 },
  });
  const made = new Map<string, Producer>();
  whenDone(async () => {
    await Promise.all([...made.values()].map((producer) => producer.disconnect()));
  });

  const producerOf = async (kind: 'plain' | 'commit' | 'abort'): Promise<Producer> => {
    const known = made.get(kind);
    if (known !== undefined) return known;
    const producer =
      kind === 'plain'
        ? kafka.producer({ metadataMaxAge: 2_000 })
        : kafka.producer({
            ...{ transactionalId: `${name}-${kind}`, idempotent: true, maxInFlightRequests: 1 },
            transactionTimeout: TRANSACTION_MS,
          });
    await producer.connect();
    made.set(kind, producer);
    return producer;
  };
  const drop = async (kind: string): Promise<void> => {
    const producer = made.get(kind);
    made.delete(kind);
    await producer?.disconnect().catch(() => undefined);
  };
  /**
   * One partition at a time. kafkajs notes by broker what has been answered: a send over several
   * partitions that is repeated after a leader has moved to a broker which had answered already leaves
   * that leader's records out, and resolves.
   */
  const sendsOf = (records: readonly LoadRecord[]): ProducerRecord[] => {
    const sends = new Map<string, ProducerRecord>();
    for (const { topic, partition, key, value } of records) {
      const place = `${topic}/${partition}`;
      const send = sends.get(place) ?? { topic: topicOf(topic), acks: -1, messages: [] };
      sends.set(place, send);
      send.messages.push({ key, value, partition });
    }
    return [...sends.values()];
  };
  const sendAll = async (
    to: Pick<Producer, 'send'>,
    records: readonly LoadRecord[],
  ): Promise<void> => {
    await Promise.all(sendsOf(records).map((record) => to.send(record)));
  };
  const again = async (kind: 'plain' | 'commit', attempt: () => Promise<void>): Promise<void> => {
    for (;;) {
      try {
        return await attempt();
      } catch {
        // the brokers are being killed: whatever it was, a new producer tries again
        await drop(kind);
      }
    }
  };
  return {
    send: (records) =>
      again('plain', async () => {
        await sendAll(await producerOf('plain'), records);
      }),
    commit: (records) =>
      again('commit', async () => {
        const transaction = await (await producerOf('commit')).transaction();
        await sendAll(transaction, records);
        await transaction.commit();
      }),
    abort: async (records) => {
      try {
        const transaction = await (await producerOf('abort')).transaction();
        await sendAll(transaction, records);
        await transaction.abort();
      } catch {
        // then its time-out takes it back
        await drop('abort');
      }
    },
  };
}
