import { kafkaPartition } from '@tidemark/engine/adapters/kafka/kafka-ports';
import type { Kafka } from '@tidemark/engine/adapters/kafka/kafka';
import { connectKafka } from '@tidemark/engine/adapters/kafka/kafkajs/kafka-client';
import { kafkaTopicWriter } from '@tidemark/engine/adapters/kafka/topic-writer';
import { topicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import { framed, FRAME_BYTES } from '@tidemark/engine/adapters/registry/frame';
import { checkpointLogContract } from '@tidemark/engine/contracts/checkpoint-log.contract';
import { ledgerContract } from '@tidemark/engine/contracts/ledger.contract';
import {
  OTHER_TOPIC,
  OUTPUT_TOPIC,
  TOPIC,
  type Subject,
} from '@tidemark/engine/contracts/subject.contract';
import { topicLogContract } from '@tidemark/engine/contracts/topic-log.contract';
import { describeWithServers, startKafka, uniqueName, type KafkaCluster } from './servers';

jest.setTimeout(30_000);

const frame = {
  wrap: (bytes: Uint8Array): Uint8Array => framed(1, bytes),
  open: (value: Uint8Array): Promise<Uint8Array> => Promise.resolve(value.subarray(FRAME_BYTES)),
};

describeWithServers(
  'the contracts of the engine, on Kafka',
  () => {
    let cluster: KafkaCluster;

    beforeAll(async () => {
      cluster = await startKafka({ brokers: 1 });
    }, 90_000);

    const partitioned = [TOPIC, OTHER_TOPIC, OUTPUT_TOPIC, 'tasks'];

    async function make(): Promise<Subject> {
      const kafka = connectKafka({ brokers: [cluster.bootstrap], clientId: 'contracts' });
      const names = topicNames({ prefix: uniqueName('contract'), partitioned, global: [] });
      const topics = names.all.map((logical) => ({
        ...{ name: names.of(logical).topic, partitions: 1, replicas: 1 },
        config: { 'message.timestamp.type': 'LogAppendTime' },
      }));
      await kafka.admin().create(topics);
      return open(kafka, names);
    }

    function open(kafka: Kafka, names: ReturnType<typeof topicNames>): Subject {
      const reader = kafka.reader();
      const application = names.of('journal').topic;
      const { topics, ledger, checkpoints } = kafkaPartition({
        ...{ kafka, reader, names, partition: 0, application, generation: 1, frame },
        group: application,
      });
      return {
        ...{ inputs: topics, outputs: topics, ledger, checkpoints },
        writer: kafkaTopicWriter(kafka.producer(), reader, names, 0),
        reopen: async () => {
          await kafka.close();
          return open(connectKafka({ brokers: [cluster.bootstrap], clientId: 'contracts' }), names);
        },
        close: () => kafka.close(),
      };
    }

    topicLogContract('Kafka', make);
    ledgerContract('Kafka', make);
    checkpointLogContract('Kafka', make);
  },
  { servers: ['kafka'] },
);
