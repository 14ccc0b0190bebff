/** What Kafka calls a topic, and which of its partitions one partition of the engine reads. */
export interface TopicName {
  readonly topic: string;
  /** It has one partition, which all read. */
  readonly global: boolean;
}

export interface TopicNames {
  /** @throws Error for a topic that the application does not have */
  readonly of: (logical: string) => TopicName;
  /** The name within the engine and the journal; undefined: not one of these topics. */
  readonly logical: (topic: string) => string | undefined;
  readonly all: readonly string[];
}

export interface TopicSettings {
  /** So that several installations can share a cluster. */
  readonly prefix: string;
  /** Logical names of topics with as many partitions as the application. */
  readonly partitioned: readonly string[];
  /** Logical names of topics with one partition. */
  readonly global: readonly string[];
}

/** Topics that the engine has for itself, beside those of the application. */
export const JOURNAL = 'journal';
export const CHECKPOINTS = 'checkpoints';

/**
 * The key of a record without a value that each owner begins with, in both: from then on it knows of an
 * end that it must not read less than. No customer has it, their keys hold a colon.
 */
export const PROBE_KEY = 'probe';

/**
 * Keys of the checkpoints topic beside those of customers. With the first a checkpoint begins: what stands
 * before it counts for nothing, and without it something of the checkpoint was lost. The second comes
 * with each slice and says where a replay over it begins, `step 12 position 34 as of 56`;
 * without a value: there is no slice yet.
 */
export const BEGUN_KEY = 'begun';
export const RESTART_KEY = 'restart';

/** Of `<prefix>.<logical name>.v1`: the format of a topic's records changes with its number. */
export const kafkaName = (prefix: string, logical: string): string => `${prefix}.${logical}.v1`;

export function topicNames({ prefix, partitioned, global }: TopicSettings): TopicNames {
  const names = new Map<string, TopicName>();
  const logicals = new Map<string, string>();
  const add = (logical: string, isGlobal: boolean): void => {
    const topic = kafkaName(prefix, logical);
    names.set(logical, { topic, global: isGlobal });
    logicals.set(topic, logical);
  };
  for (const logical of [...partitioned, JOURNAL, CHECKPOINTS]) add(logical, false);
  for (const logical of global) add(logical, true);
  return {
    of: (logical) => {
      const found = names.get(logical);
      if (found === undefined) throw new Error(`the application has no topic ${logical}`);
      return found;
    },
    logical: (topic) => logicals.get(topic),
    all: [...names.keys()],
  };
}
