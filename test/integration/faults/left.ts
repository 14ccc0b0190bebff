import {
  connectRedis,
  scriptOf,
  type RedisConnection,
} from '@tidemark/engine/adapters/redis/connection';
import { placeOf, type Whose } from '@tidemark/engine/adapters/redis/place';
import { redisReader } from '@tidemark/engine/adapters/redis/reader';
import { listOf, pairsOf, textOf } from '@tidemark/engine/adapters/redis/reply-codec';
import { readCommitted } from '../cluster/kcat';
import type { Kept, PartitionEvidence, StoredBlob, StoredDue } from './evidence';
import { TOPIC_OF_INPUT } from './forms';
import type { World } from './world';

export const INPUT_TOPICS: readonly string[] = Object.values(TOPIC_OF_INPUT);
const GLOBAL_TOPICS = ['methodologies', 'reference-lists'];
const OUTPUT_TOPICS = ['grade-changes', 'ratings', 'review-tasks', 'restricted', 'dead-letters'];

/** What there is to look at of an installation. */
export type Installed = Pick<World, 'kafka' | 'topicOf' | 'redis' | 'application' | 'partitions'>;

/** All records of topics as the second client reads them, by partition. */
export async function readTopics(
  { kafka, topicOf }: Pick<World, 'kafka' | 'topicOf'>,
  topics: readonly string[],
  from: number | 'beginning' = 'beginning',
): Promise<ReadonlyMap<string, ReadonlyMap<number, Kept[]>>> {
  const read = new Map<string, ReadonlyMap<number, Kept[]>>();
  for (const topic of topics) {
    const partitions = new Map<number, Kept[]>();
    for (const record of await readCommitted(kafka.bootstrap, topicOf(topic), undefined, from)) {
      const { partition, offset, key, value } = record;
      // what an owner begins with has no value, and is no step
      if (topic === 'journal' && value === undefined) continue;
      const own = partitions.get(partition) ?? [];
      partitions.set(partition, own);
      own.push({ offset, key: key?.toString('utf8') ?? '', value: value ?? Buffer.alloc(0) });
    }
    for (const own of partitions.values()) own.sort((a, b) => a.offset - b.offset);
    read.set(topic, partitions);
  }
  return read;
}

/** What is left of all partitions once the workers have stopped. */
export async function allLeft(world: Installed): Promise<PartitionEvidence[]> {
  const globals = await readTopics(world, GLOBAL_TOPICS);
  const inputs = await readTopics(world, INPUT_TOPICS);
  const outputs = await readTopics(world, [...OUTPUT_TOPICS, 'journal']);
  const connection = connectRedis({ urls: [world.redis.url] });
  const whose = { application: world.application, generation: 1 };
  const reader = redisReader({ connection, ...whose });
  try {
    const left: PartitionEvidence[] = [];
    for (let partition = 0; partition < world.partitions; partition += 1) {
      const own = (topics: typeof inputs, at: number): [string, readonly Kept[]][] =>
        [...topics].map(([topic, partitions]) => [topic, partitions.get(at) ?? []]);
      const ofInputs = new Map(own(inputs, partition));
      const { journal = [], ...rest } = Object.fromEntries(own(outputs, partition));
      const stored = await storedKeys(connection, { ...whose, partition });
      const sent = [...ofInputs.values()].flatMap((all) => all.map(({ key }) => key));
      const keys = new Set([...sent, ...stored.keys, ...stored.due.keys()]);
      const blobs = new Map<string, StoredBlob>();
      for (const key of keys) {
        const blob = (await reader.read(partition, key))?.blob;
        if (blob !== undefined) blobs.set(key, { step: blob.step, bytes: blob.bytes });
      }
      left.push({
        partition,
        journal,
        inputs: new Map([...ofInputs, ...own(globals, 0)]),
        outputs: new Map(Object.entries(rest)),
        states: { watermark: await reader.watermark(partition), blobs, due: stored.due },
      });
    }
    return left;
  } finally {
    connection.close();
  }
}

/** Looks at names, not at what should be there: so a state that nobody asks for is found, too. */
const STORED = scriptOf(`
local prefix = string.sub(KEYS[1], 1, -5)
local states, due = redis.call('KEYS', prefix .. 's:*'), {}
for i = 1, #states do states[i] = string.sub(states[i], #prefix + 3) end
for _, name in ipairs(redis.call('KEYS', prefix .. 'd:*')) do
  local page = redis.call('HGETALL', name)
  for i = 1, #page do due[#due + 1] = page[i] end
end
return {states, due}
`);

async function storedKeys(
  connection: RedisConnection,
  whose: Whose,
): Promise<{ readonly keys: readonly string[]; readonly due: ReadonlyMap<string, StoredDue> }> {
  const [states, entries] = listOf(await connection.run(STORED, placeOf(whose).meta, []));
  const due = new Map<string, StoredDue>();
  for (const [key, entry] of pairsOf(entries)) {
    due.set(key, { dueAt: entry.readDoubleBE(0), removed: entry.readUInt8(8) === 1 });
  }
  return { keys: listOf(states).map(textOf), due };
}
