import { BEGUN_KEY, PROBE_KEY, RESTART_KEY } from '@tidemark/engine/adapters/kafka/topic-names';
import {
  compatibilityOf,
  configOfNew,
  subjectOf,
  TOPICS,
  type TopicSetting,
} from '@tidemark/processor/topic-settings';
import { schemaOf, type RecordKind } from '@tidemark/schemas/avro';
import { stringify } from 'yaml';
import { accesses, type Access } from './accesses';

/** The schemas of Avro that avsc reads. */
const AVRO = 'application/vnd.apache.avro;version=1.9.0';
const REPLICAS = 3;
const BINDING = '0.5.0';

const ABOUT = `Every topic of a cluster, with its records, and which process reads or writes it.

Values are Avro in the wire format of Confluent: a zero byte, the id of the schema in the registry as four
bytes (big-endian), the record in Avro's binary form. The subject of a topic's schema is its name and
\`-value\`. A writer of another version is read by the rules of Avro; how schemas may change is said with each
topic.

All topics but the global ones have the same number of partitions, and a customer's records are in the same
one of each: keys are UTF-8 \`institution:customer\`, placed by murmur2 as Java clients do
(librdkafka: \`partitioner=murmur2_random\`). Read with \`isolation.level=read_committed\`.`;

const ROLES: Readonly<Record<TopicSetting['role'], string>> = {
  input: 'Written by others: what is learned of customers, once or several times, in any order.',
  global: 'One partition for all: what holds for every customer, or for the installation.',
  output: 'For others to read. Each record is published exactly once.',
  own: 'For processors alone.',
};

const nameOf = (name: string): string =>
  name.replace(/-(\w)/g, (_, letter) => String(letter).toUpperCase());

/** AsyncAPI of all topics, as YAML. */
export const asyncApiText = (): string =>
  `# Made by: npx tsx --tsconfig test/tsconfig.json test/deploy/asyncapi/write.ts\n${stringify(
    asyncApi(),
    { lineWidth: 100, aliasDuplicateObjects: false, blockQuote: 'literal', singleQuote: true },
  )}`;

const asyncApi = (): object => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Tidemark',
    version: '1',
    description: ABOUT,
    license: { name: 'Apache-2.0' },
  },
  defaultContentType: 'avro/binary',
  servers: {
    kafka: {
      host: 'kafka:9092',
      protocol: 'kafka',
      description: 'Brokers of the installation (kafka.brokers, registry.url in the configuration)',
      bindings: { kafka: { schemaRegistryVendor: 'confluent', bindingVersion: BINDING } },
    },
  },
  channels: Object.fromEntries(TOPICS.map((topic) => [nameOf(topic.name), channelOf(topic)])),
  operations: Object.fromEntries(accesses().map((one) => [operationName(one), operationOf(one)])),
  components: {
    messages: Object.fromEntries(TOPICS.map((topic) => [nameOf(topic.name), messageOf(topic)])),
    messageTraits: { traced: TRACED },
  },
});

const channelOf = (topic: TopicSetting): object => {
  const { name, role, kind } = topic;
  return {
    address: `{prefix}.${name}.v1`,
    title: name,
    summary: ROLES[role],
    description:
      kind === undefined
        ? 'No schema: its format is of one build.'
        : `Schemas of ${subjectOf(`{prefix}.${name}.v1`)} change ${compatibilityOf(role)}.`,
    messages: { [nameOf(name)]: { $ref: `#/components/messages/${nameOf(name)}` } },
    parameters: {
      prefix: {
        default: 'tidemark',
        description: 'Of one installation: several may share brokers.',
      },
    },
    tags: [{ name: role }],
    bindings: { kafka: { ...settingsOf(topic), bindingVersion: BINDING } },
  };
};

/** As `tidemark topics apply` makes them. */
const settingsOf = (topic: TopicSetting): object => {
  const config = configOfNew(topic, { replicas: REPLICAS, retentionMs: undefined });
  return {
    ...(topic.role === 'global' ? { partitions: 1 } : {}),
    replicas: REPLICAS,
    topicConfiguration: Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        key,
        key === 'cleanup.policy' ? [value] : /^-?\d+$/.test(value) ? Number(value) : value,
      ]),
    ),
  };
};

const TRACED = {
  headers: {
    type: 'object',
    properties: {
      traceparent: { type: 'string', description: 'W3C Trace Context: the span that it came of.' },
      tracestate: { type: 'string' },
    },
  },
};

const messageOf = (topic: TopicSetting): object => {
  const { name, role, kind } = topic;
  const traits = [{ $ref: '#/components/messageTraits/traced' }];
  return {
    ...(kind === undefined ? withoutSchema(name) : withSchema(kind)),
    ...(role === 'input' || role === 'output' ? { traits } : {}),
    bindings: {
      kafka: {
        key: { type: 'string', description: keyOf(topic) },
        ...(kind === undefined ? {} : WIRE),
        bindingVersion: BINDING,
      },
    },
  };
};

const WIRE = { schemaIdLocation: 'payload', schemaIdPayloadEncoding: 'confluent' };

const withoutSchema = (name: string): object => ({
  ...{ name, title: name, contentType: 'application/octet-stream' },
  summary: 'The state of a customer after a step; without a value: it is kept no more.',
});

const withSchema = (kind: RecordKind): object => {
  const { doc = '' } = schemaOf(kind);
  const summary = firstSentence(doc);
  return {
    ...{ name: kind, title: kind, summary },
    ...(doc === summary ? {} : { description: doc }),
    payload: { schemaFormat: AVRO, schema: { $ref: `./events/${kind}.avsc` } },
  };
};

const firstSentence = (text: string): string => /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;

/** What the keys of a topic are, where they are not customers. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ['methodologies', 'id@version'],
  ['reference-lists', 'Any: lists and their parts are named in the record.'],
  ['orders', 'The place of the record that it is about: topic/partition@offset.'],
  ['dead-letters', 'institution:customer where the record could be read; otherwise empty or none.'],
  [
    'journal',
    `application:generation:partition; an owner begins with \`${PROBE_KEY}\`, without a value.`,
  ],
  [
    'checkpoints',
    `institution:customer; an owner begins with \`${PROBE_KEY}\`, without a value; \`${BEGUN_KEY}\` begins a checkpoint, and \`${RESTART_KEY}\` says where a replay over it begins.`,
  ],
]);

const keyOf = ({ name }: TopicSetting): string => KEYS.get(name) ?? 'institution:customer';

const operationName = ({ who, action, topic }: Access): string =>
  nameOf(`${who}-${action}-${topic}`);

const operationOf = ({ who, action, topic }: Access): object => ({
  action,
  channel: { $ref: `#/channels/${nameOf(topic)}` },
  tags: [{ name: who }],
});
