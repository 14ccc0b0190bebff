import { kafkaPartition } from '@tidemark/engine/adapters/kafka/kafka-ports';
import type { Kafka, Reader } from '@tidemark/engine/adapters/kafka/kafka';
import { connectKafka } from '@tidemark/engine/adapters/kafka/kafkajs/kafka-client';
import { kafkaTopicWriter } from '@tidemark/engine/adapters/kafka/topic-writer';
import { topicNames, type TopicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import { framed, FRAME_BYTES } from '@tidemark/engine/adapters/registry/frame';
import { checkpointLogContract } from '@tidemark/engine/contracts/checkpoint-log.contract';
import { ledgerContract } from '@tidemark/engine/contracts/ledger.contract';
import {
  OTHER_TOPIC,
  OUTPUT_TOPIC,
  commitOf,
  statesIn,
  TOPIC,
  type Subject,
} from '@tidemark/engine/contracts/subject.contract';
import { topicLogContract } from '@tidemark/engine/contracts/topic-log.contract';
import { describeWithServers, startKafka, uniqueName, type KafkaCluster } from './servers';

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
      return open(kafka, await newTopics(kafka));
    }

    async function newTopics(kafka: Kafka): Promise<TopicNames> {
      const names = topicNames({ prefix: uniqueName('contract'), partitioned, global: [] });
      const topics = names.all.map((logical) => ({
        ...{ name: names.of(logical).topic, partitions: 1, replicas: 1 },
        config: { 'message.timestamp.type': 'LogAppendTime' },
      }));
      await kafka.admin().create(topics);
      return names;
    }

    function partitionOf(kafka: Kafka, reader: Reader, names: TopicNames) {
      const application = names.of('journal').topic;
      return kafkaPartition({
        ...{ kafka, reader, names, partition: 0, application, generation: 1, frame },
        group: application,
      });
    }

    function open(kafka: Kafka, names: TopicNames): Subject {
      const reader = kafka.reader();
      const { topics, ledger, checkpoints } = partitionOf(kafka, reader, names);
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

    it('begins to own with a record that no leader lacks any more, and that is no step', async () => {
      const kafka = connectKafka({ brokers: [cluster.bootstrap], clientId: 'contracts' });
      const names = await newTopics(kafka);
      const expected = new Map<string, number>();
      const base = kafka.reader();
      const reader: Reader = {
        ...base,
        expect: (at, next) => {
          expected.set(at.topic, next);
          base.expect(at, next);
        },
      };
      const { ledger, checkpoints } = partitionOf(kafka, reader, names);
      const own = ['journal', 'checkpoints'].map((logical) => names.of(logical).topic);
      // a record and a marker each
      for (const next of [1, 3, 5]) {
        await ledger.fence();
        expect(own.map((topic) => expected.get(topic))).toEqual([next, next]);
        expect(await ledger.last()).toBeUndefined();
        expect(await ledger.read(0, 10)).toEqual([]);
        // else the journal would be taken for lost
        expect(await checkpoints.restart()).toBeUndefined();
      }
      const owner = await ledger.fence();
      const first = await ledger.commit(owner, commitOf(0));
      await ledger.commit(await ledger.fence(), commitOf(1));
      await ledger.fence();
      expect((await ledger.read(0, 10)).map(({ record }) => record.step)).toEqual([0, 1]);
      expect((await ledger.read(first, 1)).map(({ record }) => record.step)).toEqual([0]);
      expect((await ledger.last())?.record.step).toBe(1);
      expect(await statesIn(checkpoints)).toEqual([]);
      await kafka.close();
    });

    topicLogContract('Kafka', make);
    ledgerContract('Kafka', make);
    checkpointLogContract('Kafka', make);
  },
  { servers: ['kafka'] },
);
