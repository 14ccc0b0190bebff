import { kafkaName } from '@tidemark/engine/adapters/kafka/topic-names';
import type { TopicInfo } from '@tidemark/engine/adapters/kafka/kafka';
import type { Compatibility } from '@tidemark/engine/adapters/registry/registry';
import { schemaOf } from '@tidemark/schemas/avro';
import {
  compatibilityOf,
  configOf,
  configOfNew,
  subjectOf,
  TOPICS,
  type TopicSetting,
} from './topic-settings';

/** How the topics of an installation should be. */
export interface Layout {
  readonly prefix: string;
  /** Undefined: as many as those that exist have, otherwise 8. */
  readonly partitions: number | undefined;
  /** Undefined: 3, or as many as there are brokers. */
  readonly replicas: number | undefined;
  /** How long inputs and journal are kept at least, milliseconds; undefined: for good. */
  readonly retentionMs: number | undefined;
}

/** How they are. */
export interface Observed {
  readonly brokers: number;
  readonly topics: readonly TopicInfo[];
  /** By name. */
  readonly subjects: ReadonlyMap<string, SubjectInfo>;
}

export interface SubjectInfo {
  readonly level: string | undefined;
  /** Whether our schema is registered there. */
  readonly isRegistered: boolean;
  /** Whether it goes with what is registered there. */
  readonly isCompatible: boolean;
}

export type Config = Readonly<Record<string, string>>;

/** Something that is not as it should be; `apply` mends all but what only a person can. */
export type Difference =
  | {
      readonly kind: 'topic';
      readonly name: string;
      readonly partitions: number;
      readonly replicas: number;
      readonly config: Config;
    }
  | {
      readonly kind: 'config';
      readonly name: string;
      readonly found: Config;
      readonly config: Config;
    }
  | {
      readonly kind: 'level';
      readonly subject: string;
      readonly found: string | undefined;
      readonly level: Compatibility;
    }
  | { readonly kind: 'schema'; readonly subject: string; readonly schema: string }
  | { readonly kind: 'person'; readonly what: string; readonly mend: string };

const PARTITIONS = 8;
const REPLICAS = 3;

/** What has to be done so that all is as the layout says; nothing if it is. */
export function differences(observed: Observed, layout: Layout): readonly Difference[] {
  const replicas = layout.replicas ?? Math.min(REPLICAS, observed.brokers);
  if (replicas > observed.brokers) {
    const what = `${replicas} replicas are asked for, and there are ${observed.brokers} brokers`;
    return [{ kind: 'person', what, mend: 'add brokers, or ask for fewer with --replicas' }];
  }
  const size = sizeOf(observed, layout);
  const found: Difference[] = [...size.differences];
  for (const setting of TOPICS) {
    const name = kafkaName(layout.prefix, setting.name);
    const topic = observed.topics.find((other) => other.name === name);
    if (topic === undefined) {
      const partitions = setting.role === 'global' ? 1 : size.partitions;
      const config = configOfNew(setting, { replicas, retentionMs: layout.retentionMs });
      found.push({ kind: 'topic', name, partitions, replicas, config });
    } else {
      found.push(...differencesOf(topic, setting, replicas, layout));
    }
  }
  return [...found, ...schemaDifferences(observed, layout)];
}

/** The number of partitions that the topics have in common, and which of them do not have it. */
function sizeOf(
  { topics }: Observed,
  { prefix, partitions }: Layout,
): { readonly partitions: number; readonly differences: readonly Difference[] } {
  const sized = TOPICS.filter(({ role }) => role !== 'global').flatMap((setting) =>
    topics.filter(({ name }) => name === kafkaName(prefix, setting.name)),
  );
  const [first] = sized;
  if (first === undefined) return { partitions: partitions ?? PARTITIONS, differences: [] };
  if (sized.some((topic) => topic.partitions !== first.partitions)) {
    const what = `the topics have different numbers of partitions: ${sized
      .map((topic) => `${topic.name} ${topic.partitions}`)
      .join(', ')}`;
    const mend = 'delete those that hold nothing yet, then: tidemark topics apply';
    return { partitions: first.partitions, differences: [{ kind: 'person', what, mend }] };
  }
  if (partitions !== undefined && partitions !== first.partitions) {
    const what = `the topics have ${first.partitions} partitions, and ${partitions} are asked for`;
    const mend =
      'leave --partitions out: a customer would move to another partition, away from the state; more partitions are a new generation, under another --prefix';
    return { partitions: first.partitions, differences: [{ kind: 'person', what, mend }] };
  }
  return { partitions: first.partitions, differences: [] };
}

function differencesOf(
  { name, partitions, replicas: copies, config: found }: TopicInfo,
  setting: TopicSetting,
  replicas: number,
  { retentionMs }: Layout,
): readonly Difference[] {
  const list: Difference[] = [];
  if (setting.role === 'global' && partitions !== 1) {
    const what = `${name} has ${partitions} partitions, and its records must have one order`;
    const mend = `delete it if it holds nothing yet, then: tidemark topics apply`;
    list.push({ kind: 'person', what, mend });
  }
  if (copies < replicas) {
    const what = `${name} has ${copies} replicas instead of ${replicas}`;
    const mend = 'kafka-reassign-partitions.sh, or ask for fewer with --replicas';
    list.push({ kind: 'person', what, mend });
  }
  if (found[TIERED] === 'true' && setting.role !== 'output') {
    const what = `${name} has tiered storage, from which a slow read looks like an empty one: records could be passed over`;
    const mend = `kafka-configs.sh --alter --add-config ${TIERED}=false,remote.log.copy.disable=true`;
    list.push({ kind: 'person', what, mend });
  }
  const isReadCompacted = isCompactedInput(setting, found);
  if (isReadCompacted && !(Number(found[LAG]) > 0)) {
    const what = `${name} is compacted, and its ${LAG} is ${found[LAG] ?? 'nothing'}: a record may be gone before anybody has read it`;
    const mend = `kafka-configs.sh --alter --add-config ${LAG}=<how far back to reach, milliseconds>, or cleanup.policy=delete`;
    list.push({ kind: 'person', what, mend });
  }
  const wanted = configOf(setting, { replicas: Math.min(copies, replicas), retentionMs });
  const names = Object.keys(wanted).filter(
    (key) =>
      !suffices(key, found[key], wanted[key]) && !(isReadCompacted && key === 'cleanup.policy'),
  );
  if (names.length > 0) {
    const part = (of: Config): Config =>
      Object.fromEntries(names.map((key) => [key, of[key] ?? 'nothing']));
    list.push({ kind: 'config', name, found: part(found), config: part(wanted) });
  }
  return list;
}

const TIERED = 'remote.storage.enable';
const LAG = 'min.compaction.lag.ms';

/** Whoever writes to a topic may have it compacted; how far back we reach is then for him to say. */
const isCompactedInput = ({ role }: TopicSetting, config: Config): boolean =>
  (role === 'input' || role === 'global') && config['cleanup.policy']?.includes('compact') === true;

/** What is as it may be, and has a price: sentences. */
export function notesOn({ topics }: Observed, layout: Layout): readonly string[] {
  return TOPICS.flatMap((setting) => {
    const name = kafkaName(layout.prefix, setting.name);
    const topic = topics.find((other) => other.name === name);
    if (topic === undefined) return [];
    const notes: string[] = [];
    if (isCompactedInput(setting, topic.config)) {
      notes.push(
        `${name} is compacted: verify, as-of and a rebuild reach only as far back as nothing of it was compacted`,
      );
    }
    return [...notes, ...keptLonger(topic, setting, layout)];
  });
}

const RETENTION = 'retention.ms';

/** More is kept than was asked for, which costs disk space; only a person shortens it. */
function keptLonger(
  { name, config }: TopicInfo,
  setting: TopicSetting,
  { retentionMs }: Layout,
): readonly string[] {
  const found = config[RETENTION];
  const wanted = configOf(setting, { replicas: 1, retentionMs })[RETENTION];
  if (found === wanted || !suffices(RETENTION, found, wanted)) return [];
  return [
    `${name} is kept longer than asked for: ${RETENTION} is ${found}, not ${wanted}; to shorten it is for a person (kafka-configs.sh)`,
  ];
}

/** More may be kept than is asked for: to lower it would delete. */
const AT_LEAST = new Set([
  RETENTION,
  'retention.bytes',
  'min.insync.replicas',
  'max.message.bytes',
]);

function suffices(key: string, found: string | undefined, wanted: string | undefined): boolean {
  if (found === wanted) return true;
  if (found === undefined || wanted === undefined || !AT_LEAST.has(key)) return false;
  const amount = (text: string): number => (text === '-1' ? Infinity : Number(text));
  return amount(found) >= amount(wanted);
}

function schemaDifferences({ subjects }: Observed, { prefix }: Layout): readonly Difference[] {
  return TOPICS.flatMap(({ name, kind, role }): Difference[] => {
    if (kind === undefined) return [];
    const subject = subjectOf(kafkaName(prefix, name));
    const level = compatibilityOf(role);
    const found = subjects.get(subject);
    const list: Difference[] = [];
    if (found?.level !== level) list.push({ kind: 'level', subject, found: found?.level, level });
    if (found?.isRegistered === true) return list;
    if (found?.isCompatible === false) {
      const what = `the schema of this build does not go with those registered under ${subject}`;
      return [
        ...list,
        { kind: 'person', what, mend: 'run a build that is not older than they are' },
      ];
    }
    return [...list, { kind: 'schema', subject, schema: JSON.stringify(schemaOf(kind)) }];
  });
}

/** What differs, in words, and how to mend it. */
export function inWords(difference: Difference): { readonly what: string; readonly mend: string } {
  const mend = 'tidemark topics apply';
  switch (difference.kind) {
    case 'topic':
      return { what: `there is no topic ${difference.name}`, mend };
    case 'config': {
      const { name, found, config } = difference;
      const settings = Object.entries(config).map(
        ([key, value]) => `${key} is ${found[key] ?? 'nothing'} instead of ${value}`,
      );
      return { what: `${name}: ${settings.join(', ')}`, mend };
    }
    case 'level': {
      const { subject, found, level } = difference;
      const now = found === undefined ? 'not set' : found;
      return { what: `compatibility of ${subject} is ${now} instead of ${level}`, mend };
    }
    case 'schema':
      return {
        what: `the schema of this build is not registered under ${difference.subject}`,
        mend,
      };
    case 'person':
      return { what: difference.what, mend: difference.mend };
    default:
      return difference satisfies never;
  }
}
