import type { Admin, TopicInfo } from '../kafka';
import { answerOf, isForNow, Refused, saidOf, within } from './errors';
import { persist, REQUEST_MS, type Link } from './link';
import { asAdmin, asBroker, type AdminBroker } from './protocol-codec';

/** Until the leaders of a new topic are looked at again, ms. */
const LEADERS_MS = 20;
const TOPIC_RESOURCE = 2;
/** TOPIC_AUTHORIZATION_FAILED, of a topic in the metadata. */
const NOT_ALLOWED = 29;
/** The source of a setting that was made for this topic, not taken from the broker or a default. */
const OF_TOPIC = 1;

/** Looks at topics and groups, and sets topics up. */
export function openAdmin(link: Link): Admin {
  const asked = <T>(what: string, ask: () => Promise<T>): Promise<T> =>
    persist(
      link,
      what,
      link.patienceMs,
      () => within(REQUEST_MS, what, ask()).catch(refused),
      (error) => {
        if (!isForNow(error)) link.drop();
      },
    );
  const any = async (): Promise<AdminBroker> => {
    const cluster = await link.cluster();
    return asAdmin(asBroker(await cluster.findControllerBroker()));
  };
  return {
    topics: (names) => asked('the topics', async () => describe(await any(), names, link.user)),
    create: async (topics) => {
      for (const { name, partitions, replicas, config } of topics) {
        await asked(`creating ${name}`, async () => {
          const topic = {
            topic: name,
            numPartitions: partitions,
            replicationFactor: replicas,
            configEntries: entriesOf(config),
          };
          await (await any()).createTopics({ topics: [topic] }).catch(unlessItExists);
        });
        await asked(`the leaders of ${name}`, async () => {
          while (!(await haveLeaders(await any(), name))) await link.pause(LEADERS_MS);
        });
      }
    },
    setConfig: (name, config) =>
      asked(`the settings of ${name}`, async () => {
        const broker = await any();
        // the request replaces all settings of a topic: those it has are sent with the new ones
        const made = await settingsOf(broker, name, (source) => source === OF_TOPIC);
        const configEntries = entriesOf({ ...made, ...config });
        const resource = { type: TOPIC_RESOURCE, name, configEntries };
        await broker.alterConfigs({ resources: [resource] });
      }),
    committed: (group, topics) =>
      asked('the committed offsets', () => committed(link, group, topics)),
    cluster: () =>
      asked('the cluster', async () => {
        const { clusterId, brokers } = await (await any()).metadata([]);
        return { id: clusterId, brokers: brokers.length };
      }),
    close: () => {
      link.close();
      return Promise.resolve();
    },
  };
}

/** What is asked here has no other answer later, unlike that of a coordinator. */
function refused(error: unknown): never {
  if (answerOf(error) === undefined || isForNow(error)) throw error;
  throw new Refused(saidOf(error));
}

const entriesOf = (
  config: Readonly<Record<string, string>>,
): { readonly name: string; readonly value: string }[] =>
  Object.entries(config).map(([name, value]) => ({ name, value }));

/** Two that apply at once, or an answer that was lost. kafkajs gives a list of one error per topic. */
function unlessItExists(error: unknown): void {
  const errors: unknown = error instanceof Error ? Reflect.get(error, 'errors') : undefined;
  const [first] = Array.isArray(errors) ? errors : [error];
  if (answerOf(first) !== 'TOPIC_ALREADY_EXISTS') throw first;
}

/** A topic is created before brokers know it and lead its partitions. */
async function haveLeaders(broker: AdminBroker, name: string): Promise<boolean> {
  const { topicMetadata } = await broker.metadata([name]);
  const partitions = topicMetadata[0]?.partitionMetadata ?? [];
  return partitions.length > 0 && partitions.every(({ leader }) => leader >= 0);
}

/** @throws Refused for topics that this user may not look at: they may be there or not */
async function describe(
  broker: AdminBroker,
  names: readonly string[],
  user: string,
): Promise<TopicInfo[]> {
  // no names would mean all topics
  if (names.length === 0) return [];
  const { topicMetadata } = await broker.metadata(names);
  const hidden = topicMetadata.filter(({ topicErrorCode }) => topicErrorCode === NOT_ALLOWED);
  if (hidden.length > 0) {
    // the same list each time, whatever the order of the answer: a log tells it once
    const topics = hidden.map(({ topic }) => topic).sort();
    throw new Refused(`allow ${user} to describe ${topics.join(', ')} (deploy/access)`);
  }
  const found: TopicInfo[] = [];
  for (const { topic: name, partitionMetadata } of topicMetadata) {
    // one that does not exist is answered with an error and without partitions
    if (partitionMetadata.length === 0) continue;
    const replicas = Math.min(...partitionMetadata.map((one) => one.replicas.length));
    const config = await settingsOf(broker, name, () => true).catch((error: unknown) => {
      if (answerOf(error) !== 'TOPIC_AUTHORIZATION_FAILED') throw error;
      throw new Refused(`allow ${user} to describe the settings of ${name} (deploy/access)`);
    });
    found.push({ name, partitions: partitionMetadata.length, replicas, config });
  }
  return found;
}

async function settingsOf(
  broker: AdminBroker,
  name: string,
  wanted: (source: number | undefined) => boolean,
): Promise<Record<string, string>> {
  const { resources } = await broker.describeConfigs({
    resources: [{ type: TOPIC_RESOURCE, name }],
  });
  const config: Record<string, string> = {};
  for (const { configName, configValue, configSource } of resources[0]?.configEntries ?? []) {
    if (configValue !== null && wanted(configSource)) config[configName] = configValue;
  }
  return config;
}

async function committed(
  link: Link,
  group: string,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (topics.length === 0) return new Map();
  const cluster = await link.cluster();
  await cluster.addMultipleTargetTopics(topics);
  const broker = asAdmin(await link.coordinator('group', group));
  const { responses } = await broker.offsetFetch({
    groupId: group,
    topics: topics.map((topic) => ({
      topic,
      partitions: cluster
        .findTopicPartitionMetadata(topic)
        .map(({ partitionId }) => ({ partition: partitionId })),
    })),
  });
  const offsets = new Map<string, number>();
  for (const { topic, partitions } of responses) {
    for (const { partition, offset } of partitions) {
      if (Number(offset) >= 0) offsets.set(`${topic}/${partition}`, Number(offset));
    }
  }
  return offsets;
}
