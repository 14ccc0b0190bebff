import { execFileSync } from 'node:child_process';
import { INPUT_TOPICS, readTopics } from '../faults/left';
import type { Installation } from './installation';

const COPIED = [...INPUT_TOPICS, 'methodologies'];

/** All values of each key in their order, by topic and key: the same wherever partitions are. */
export async function valuesByKey(of: Installation): Promise<ReadonlyMap<string, string[]>> {
  const values = new Map<string, string[]>();
  for (const [topic, partitions] of await readTopics(of, COPIED)) {
    for (const { key, value } of [...partitions.values()].flat()) {
      const place = `${topic} ${key}`;
      const own = values.get(place) ?? [];
      own.push(value.toString('base64'));
      values.set(place, own);
    }
  }
  return values;
}

export const countOf = (values: ReadonlyMap<string, readonly string[]>): number =>
  [...values.values()].reduce((sum, { length }) => sum + length, 0);

/** What stands beside the values of a topic: key, time and headers, in no order that matters. */
export const besides = (of: Installation, topic: string): readonly string[] =>
  execFileSync(
    'kcat',
    [
      ...['-C', '-b', of.kafka.bootstrap, '-t', of.topicOf(topic), '-o', 'beginning', '-e', '-q'],
      ...['-X', 'isolation.level=read_committed', '-f', '%k %T %h\\n'],
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  )
    .split('\n')
    .sort();
