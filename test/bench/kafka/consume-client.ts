import { parseArgs } from 'node:util';
import { connectTo, PARTITIONS } from './broker-tools';
import { eventDecoder } from './scoring-machine';

/**
 * The ceiling of the client library: kafkajs reads, avsc decodes, nothing more. A process of its own that
 * writes how many events it has done, a line now and then.
 */
const REPORT_MS = 20;

async function consume(brokers: string, topic: string, group: string): Promise<void> {
  const decode = eventDecoder();
  const consumer = connectTo(brokers).consumer({ groupId: group, maxWaitTimeInMs: 100 });
  let done = 0;
  let said = 0;
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: PARTITIONS,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) {
        if (value === null) continue;
        // what is decoded is looked at, so that the work cannot be left out
        if (decode(value).amountCny >= 0) done += 1;
      }
    },
  });
  setInterval(() => {
    if (done > said) process.stdout.write(`${done}\n`);
    said = done;
  }, REPORT_MS);
}

const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: '' },
    topic: { type: 'string', default: '' },
    group: { type: 'string', default: '' },
  },
});
void consume(values.brokers, values.topic, values.group);
