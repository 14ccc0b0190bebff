import { faultText } from '@tidemark/engine/errors';
import { pause } from '@tidemark/engine/pause';
import { kafkaTopicLog } from '@tidemark/engine/adapters/kafka/topic-log';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { Connections } from './cluster-connections';
import type { Log } from './cluster-log';
import { GLOBAL_TOPICS } from './topics';
import { wireLog } from './wire-log';
import { overWire } from './wire-machine';

/** What the global topics say, kept up to date. */
export interface GlobalsFollower {
  readonly current: () => RatingGlobals;
  /** All that was published before it was begun has been read. */
  readonly isRead: () => boolean;
  readonly close: () => Promise<void>;
}

const READ = { records: 100, bytes: 4 << 20 };
const WAIT_MS = 1_000;

export function followGlobals(
  { reader, names, wire }: Pick<Connections, 'reader' | 'names' | 'wire'>,
  log: Log,
): GlobalsFollower {
  const closing = new AbortController();
  const machine = overWire(wire);
  const topics = kafkaTopicLog(reader, names, 0);
  const inputs = wireLog(topics, wire.book);
  const positions = new Map<string, number>();
  let globals = machine.initialGlobals;
  let isRead = false;
  let told = '';

  /** @returns whether there was anything */
  const take = async (topic: string): Promise<boolean> => {
    const from = positions.get(topic) ?? (await inputs.bounds(topic)).first;
    const { records, next } = await inputs.read(topic, from, READ);
    for (const { value, offset } of records) {
      positions.set(topic, offset);
      const taken = machine.takeGlobal(globals, topic, value);
      // refused ones are refused by every partition alike
      if (taken.ok) globals = taken.value;
    }
    positions.set(topic, next);
    told = '';
    return next > from;
  };
  const follow = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        let isMore = false;
        for (const topic of GLOBAL_TOPICS) isMore = (await take(topic)) || isMore;
        if (isMore) continue;
        isRead = true;
        await inputs.changed(positions, WAIT_MS);
      } catch (error) {
        if (closing.signal.aborted) break;
        const why = faultText(error);
        if (told !== why) log({ level: 'error', event: 'globals', why });
        told = why;
        await pause(WAIT_MS, closing.signal);
      }
    }
    await topics.close();
  };
  const done = follow();
  return {
    current: () => globals,
    isRead: () => isRead,
    close: async () => {
      closing.abort();
      await done;
    },
  };
}
