import type { Admin, Kafka } from 'kafkajs';
import { readCommitted } from '../../integration/cluster/kcat';
import { createTopics, feed, messagesOf, removeTopics } from './broker-tools';
import { stop, watched, type Client, type Throughput } from './client-process';
import type { Place } from './clients';
import { unframed, type Stream } from './events';

export interface Ground {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly brokers: string;
  readonly say: (line: string) => void;
}

let places = 0;

/** Names for one run, and an empty topic for its grade changes. */
export async function newPlace({ admin, brokers }: Ground, input: string): Promise<Place> {
  places += 1;
  const application = `run${places}`;
  const output = `${application}.grade-changes.v1`;
  await createTopics(admin, [{ name: output }]);
  return { brokers, admin, input, output, application };
}

/** Removes the topics of a run, also those that the client has made: the disk is not endless. */
export const leave = ({ admin, application }: Place): Promise<void> =>
  removeTopics(admin, (name) => new RegExp(`^${application}[.-]`).test(name));

/** A topic with the first events of a stream. */
export async function newInput(
  { admin, kafka }: Ground,
  name: string,
  stream: Stream,
  events: number,
): Promise<string> {
  await createTopics(admin, [{ name }]);
  await feed(kafka, name, messagesOf(stream, 0, events, SCHEMA_ID));
  return name;
}

/** Where no registry is asked. */
export const SCHEMA_ID = 1;

export interface Contender {
  readonly name: string;
  readonly start: (place: Place) => Client | Promise<Client>;
  /** Whether it publishes what the others publish. */
  readonly publishes: boolean;
}

export interface Measured {
  readonly name: string;
  readonly runs: readonly Throughput[];
  /** Grade changes of a run. */
  readonly changes: number;
}

/**
 * Lets each work the topic off, by turns, so that a slow minute of the machine meets all of them.
 * @throws Error when two of them publish different changes
 */
export async function measureThroughput(
  ground: Ground,
  input: string,
  events: number,
  contenders: readonly Contender[],
  rounds: number,
): Promise<readonly Measured[]> {
  const found = contenders.map((contender) => ({
    contender,
    runs: [] as Throughput[],
    changes: 0,
  }));
  let agreed: Published | undefined;
  for (let round = 1; round <= rounds; round += 1) {
    for (const one of found) {
      const { name, start, publishes } = one.contender;
      const place = await newPlace(ground, input);
      const client = await start(place);
      const result = await watched(client, events).finally(() => stop(client.running));
      one.runs.push(result);
      ground.say(
        `round ${round}: ${name}: ${Math.round(result.eventsPerSecond)}/s, ` +
          `${result.cpuSecondsPerMillion.toFixed(1)} CPU s a million`,
      );
      const published = await publishedIn(place);
      one.changes = published.count;
      if (publishes) {
        agreed ??= published;
        requireSame(name, published, agreed);
      }
      await leave(place);
    }
  }
  return found.map(({ contender: { name }, runs, changes }) => ({ name, runs, changes }));
}

/** The changes of each customer in order, as bytes in hex. */
interface Published {
  readonly count: number;
  readonly byKey: ReadonlyMap<string, string>;
}

/** As librdkafka reads them, which is neither side's client. */
async function publishedIn({ brokers, output }: Place): Promise<Published> {
  const records = await readCommitted(brokers, output);
  const byKey = new Map<string, string>();
  for (const { key, value } of records) {
    if (key === undefined || value === undefined) continue;
    const name = key.toString('utf8');
    byKey.set(name, `${byKey.get(name) ?? ''}${unframed(value).toString('hex')};`);
  }
  return { count: records.length, byKey };
}

function requireSame(name: string, mine: Published, others: Published): void {
  const differs = [...others.byKey].filter(([key, text]) => mine.byKey.get(key) !== text).length;
  if (mine.byKey.size === others.byKey.size && differs === 0 && mine.count === others.count) return;
  throw new Error(
    `${name} publishes ${mine.count} changes, another ${others.count}; of ${differs} customers they differ`,
  );
}
