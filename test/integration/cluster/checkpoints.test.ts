import { encodeCheckpoint } from '@tidemark/engine/adapters/kafka/blob-codec';
import { kafkaCheckpoints } from '@tidemark/engine/adapters/kafka/checkpoints';
import { ConfigResourceTypes } from 'kafkajs';
import { kafkaReader } from '@tidemark/engine/adapters/kafka/kafkajs/reader';
import type { Reader } from '@tidemark/engine/adapters/kafka/kafka';
import {
  BEGUN_KEY,
  RESTART_KEY,
  topicNames,
  type TopicNames,
} from '@tidemark/engine/adapters/kafka/topic-names';
import { PartitionStopped } from '@tidemark/engine/errors';
import type { Blob } from '@tidemark/engine/ports';
import { clientsOf, type Clients } from './kafkajs-clients';
import { describeWithServers, startKafka, uniqueName, until } from './servers';

const STATE_BYTES = 400;
/** Compaction does not wait for anything: a segment a second, and no share of waste is small enough. */
const COMPACTED = {
  'cleanup.policy': 'compact',
  'segment.ms': '200',
  'min.cleanable.dirty.ratio': '0.001',
  'min.compaction.lag.ms': '0',
  'delete.retention.ms': '0',
};

describeWithServers(
  'the checkpoint of a partition',
  () => {
    let clients: Clients;
    let reader: Reader;
    let names: TopicNames;
    let topic: string;

    beforeAll(async () => {
      const kafka = await startKafka({
        own: true,
        config: { 'log.cleaner.backoff.ms': '100', 'log.initial.task.delay.ms': '100' },
      });
      clients = await clientsOf(kafka.bootstrap);
      reader = kafkaReader({ brokers: kafka.bootstrap.split(','), clientId: 'reader' });
    });
    afterAll(() => reader.close());

    beforeEach(async () => {
      names = topicNames({ prefix: uniqueName('bank'), partitioned: [], global: [] });
      ({ topic } = names.of('checkpoints'));
      await clients.createTopic(topic, 2, COMPACTED);
      await write([[BEGUN_KEY, Buffer.from('step 1')]]);
    });

    const blobOf = (key: number, step: number): Blob => ({
      key: `bank:${key}`,
      step,
      dueAt: key,
      bytes: Buffer.alloc(STATE_BYTES, `${key}@${step} `),
    });

    async function write(values: readonly (readonly [string, Buffer | null])[]): Promise<void> {
      const producer = await clients.producer(uniqueName('ledger'));
      for (let at = 0; at < values.length; at += 1000) {
        const transaction = await producer.transaction();
        const messages = values
          .slice(at, at + 1000)
          .map(([key, value]) => ({ key, value, partition: 1 }));
        const [sent] = await transaction.send({ topic, messages });
        await transaction.commit();
        // the answer to a commit comes before its records can be read
        reader.expect({ topic, partition: 1 }, Number(sent?.baseOffset) + messages.length);
      }
      await producer.disconnect();
    }

    async function all(): Promise<{ readonly blobs: Map<string, Blob>; readonly count: number }> {
      const blobs = new Map<string, Blob>();
      let count = 0;
      for await (const page of kafkaCheckpoints(reader, names, 1).blobs()) {
        for (const blob of page) blobs.set(blob.key, blob);
        count += page.length;
      }
      return { blobs, count };
    }

    it('is the newest state of every key, while and after older ones are compacted away', async () => {
      const KEYS = 3000;
      for (let step = 1; step <= 4; step += 1) {
        await write(
          Array.from({ length: KEYS }, (_, key) => [
            `bank:${key}`,
            encodeCheckpoint(blobOf(key, step)),
          ]),
        );
        const { blobs } = await all();
        expect(blobs.size).toBe(KEYS);
        expect([...blobs.values()].every((one) => one.step === step)).toBe(true);
      }
      const restart = { step: 4, position: 17, asOf: 5 };
      await write([
        [RESTART_KEY, Buffer.from('step 4 position 17 as of 5')],
        ['bank:0', null],
        ['bank:new', encodeCheckpoint({ ...blobOf(1, 5), key: 'bank:new' })],
      ]);
      await until('most of what is old is gone', async () => {
        // the newest segment is never compacted: it ends with the next record
        await write([['bank:new', encodeCheckpoint({ ...blobOf(1, 5), key: 'bank:new' })]]);
        return (await all()).count < 1.5 * KEYS;
      });
      expect(await kafkaCheckpoints(reader, names, 1).restart()).toEqual(restart);
      const { blobs } = await all();
      expect(blobs.get('bank:0')?.bytes).toBeUndefined();
      expect(blobs.get('bank:new')?.step).toBe(5);
      const one = blobs.get('bank:2999');
      expect([one?.step, one?.dueAt, Buffer.from(one?.bytes ?? [])]).toEqual([
        4,
        2999,
        Buffer.from(blobOf(2999, 4).bytes ?? []),
      ]);
    });

    it('stops the partition at a state that is not what was written', async () => {
      const value = encodeCheckpoint(blobOf(1, 1));
      value[30] = (value[30] ?? 0) ^ 1;
      await write([['bank:1', value]]);
      await expect(all()).rejects.toThrow(PartitionStopped);
      await expect(all()).rejects.toThrow(`${topic}/1@2`);
    });

    it('is nothing once its first records were deleted, whatever is left', async () => {
      for (let step = 1; step <= 3; step += 1) {
        await write([
          [`bank:${step}`, encodeCheckpoint(blobOf(step, step))],
          [RESTART_KEY, Buffer.from(`step ${step} position ${step} as of ${step}`)],
        ]);
      }
      const checkpoints = kafkaCheckpoints(reader, names, 1);
      expect(await checkpoints.restart()).toEqual({ step: 3, position: 3, asOf: 3 });
      expect((await all()).blobs.size).toBe(3);
      const { admin } = clients;
      // of a topic that is only compacted nothing can be deleted
      const configEntries = [{ name: 'cleanup.policy', value: 'compact,delete' }];
      const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }];
      await admin.alterConfigs({ validateOnly: false, resources });
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '3' }] });
      expect(await checkpoints.restart()).toBeUndefined();
      expect((await all()).blobs.size).toBe(0);
    });

    it('is nothing where nothing was written', async () => {
      expect((await all()).count).toBe(0);
    });
  },
  { servers: ['kafka'], own: true },
);
