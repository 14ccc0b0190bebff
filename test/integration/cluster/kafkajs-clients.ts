import { Kafka, logLevel, Partitioners, type Admin, type Producer } from 'kafkajs';
import { whenDone } from './processes';

/** kafkajs as it comes, for what tests do beside the product: topics and records. */
export interface Clients {
  readonly admin: Admin;
  /** Plain without an id, transactional with one. */
  readonly producer: (transactionalId?: string) => Promise<Producer>;
  readonly createTopic: (
    topic: string,
    partitions?: number,
    config?: Readonly<Record<string, string>>,
  ) => Promise<void>;
}

export async function clientsOf(bootstrap: string): Promise<Clients> {
  const kafka = new Kafka({
    clientId: 'test',
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 5, retries: 50, maxRetryTime: 500 },
  });
  const admin = kafka.admin();
  await admin.connect();
  whenDone(() => admin.disconnect());
  return {
    admin,
    producer: async (transactionalId) => {
      const producer = kafka.producer({
        createPartitioner: Partitioners.DefaultPartitioner,
        ...(transactionalId === undefined
          ? {}
          : { transactionalId, idempotent: true, maxInFlightRequests: 1 }),
      });
      await producer.connect();
      whenDone(() => producer.disconnect());
      return producer;
    },
    createTopic: async (topic, numPartitions = 1, config = {}) => {
      const { brokers } = await admin.describeCluster();
      await admin.createTopics({
        waitForLeaders: true,
        topics: [
          {
            topic,
            numPartitions,
            replicationFactor: brokers.length,
            configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
          },
        ],
      });
    },
  };
}
