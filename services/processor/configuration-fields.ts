import { DEFAULTS } from '@tidemark/engine/options';
import { LOG_LEVELS } from './cluster-log';
import {
  address,
  broker,
  choice,
  flag,
  integer,
  list,
  pem,
  text,
  url,
  words,
  type Kind,
} from './configuration-kinds';

/**
 * One field of the configuration. In a file it stands at its path (`kafka: { brokers: ... }`), in the
 * environment under `TIDEMARK_KAFKA_BROKERS`. A secret or certificate may also be the content of a file:
 * `kafka.saslPasswordFile`, `TIDEMARK_KAFKA_SASL_PASSWORD_FILE`.
 */
export interface Field<T> {
  readonly about: AboutField;
  readonly kind: Kind<T>;
  readonly example: T;
}

export interface FieldWithDefault<T> extends Field<T> {
  readonly default: T;
}

/** What can be told of a field whatever its type. */
export interface AboutField {
  readonly path: string;
  /** What a person has to write. */
  readonly expected: string;
  /** Undefined: there is none, and the field need not be given. */
  readonly default: string | undefined;
  readonly example: string;
  readonly doc: string;
  /** Never printed. */
  readonly isSecret: boolean;
  /** Its text may be in a file of its own. */
  readonly isFile: boolean;
}

interface Rest<T> {
  readonly example: T;
  readonly doc: string;
  readonly isSecret?: boolean;
  readonly isFile?: boolean;
}

/** A field that need not be there. */
const optional = <T>(path: string, kind: Kind<T>, rest: Rest<NoInfer<T>>): Field<T> => ({
  kind,
  example: rest.example,
  about: {
    path,
    expected: kind.expected,
    default: undefined,
    example: kind.print(rest.example),
    doc: rest.doc,
    isSecret: rest.isSecret === true,
    isFile: rest.isFile === true,
  },
});

/** A field with a default. */
const field = <T>(
  path: string,
  kind: Kind<T>,
  value: T,
  rest: Rest<NoInfer<T>>,
): FieldWithDefault<T> => {
  const { about, ...others } = optional(path, kind, rest);
  return { ...others, default: value, about: { ...about, default: kind.print(value) } };
};

const secret = <T>(path: string, doc: string, kind: Kind<T>, example: NoInfer<T>): Field<T> =>
  optional(path, kind, { example, doc, isSecret: true, isFile: true });

const password = (path: string, doc = 'The password that belongs to it.'): Field<string> =>
  secret(path, doc, words, 'correct-horse');

const certificate = (path: string, doc: string): Field<string> =>
  optional(path, pem, { example: '-----BEGIN CERTIFICATE-----', doc, isFile: true });

const NAME = text(
  /^[A-Za-z0-9._-]{1,64}$/,
  'letters, digits, dots, dashes and underscores, at most 64',
);
const HOUR = 3_600_000;
const milliseconds = integer(0, 24 * HOUR);
const TOKENS = list(text(/^[^\s,]{32,}$/, 'at least 32 characters without spaces and commas'));

export const FIELDS = {
  application: field('application', NAME, 'tidemark', {
    example: 'tidemark-eu',
    doc: 'Name of the application: the consumer group, and the beginning of every transactional id. Fixed for the life of a journal.',
  }),
  prefix: field('prefix', NAME, 'tidemark', {
    example: 'bank.tidemark',
    doc: 'What the names of all topics begin with: PREFIX.transactions.v1.',
  }),
  generation: field('generation', integer(1, 1_000_000), DEFAULTS.generation, {
    example: 2,
    doc: 'Raised by one when the partitions are redistributed or the cluster is another.',
  }),

  brokers: field('kafka.brokers', list(broker), ['127.0.0.1:9092'], {
    example: ['kafka-1:9092', 'kafka-2:9092'],
    doc: 'Some of the brokers; the others are found through them.',
  }),
  kafkaTls: field('kafka.tls', flag, false, { example: true, doc: 'Talk TLS to the brokers.' }),
  kafkaCa: certificate(
    'kafka.tlsCa',
    'Who signs the certificates of the brokers; default: the public authorities.',
  ),
  kafkaCert: certificate(
    'kafka.tlsCert',
    'Certificate of this client, where the brokers ask for one.',
  ),
  kafkaKey: secret(
    'kafka.tlsKey',
    'The key that belongs to kafka.tlsCert.',
    pem,
    '-----BEGIN PRIVATE KEY-----',
  ),
  saslMechanism: optional(
    'kafka.saslMechanism',
    choice(['plain', 'scram-sha-256', 'scram-sha-512']),
    {
      example: 'scram-sha-512',
      doc: 'How this client signs in; default: not at all.',
    },
  ),
  saslUsername: optional('kafka.saslUsername', words, {
    example: 'tidemark',
    doc: 'Under which name it signs in.',
  }),
  saslPassword: password('kafka.saslPassword'),

  sessionTimeoutMs: field('group.sessionTimeoutMs', integer(1_000, HOUR), 10_000, {
    example: 15_000,
    doc: 'A worker that is not heard of for so long loses its partitions, milliseconds. Within the bounds of the brokers (group.min.session.timeout.ms).',
  }),
  heartbeatMs: field('group.heartbeatMs', integer(100, HOUR), 2_000, {
    example: 3_000,
    doc: 'How often a worker tells that it lives, milliseconds.',
  }),
  rebalanceTimeoutMs: field('group.rebalanceTimeoutMs', integer(1_000, HOUR), 10_000, {
    example: 20_000,
    doc: 'How long the others wait for a worker when partitions are distributed anew, milliseconds.',
  }),

  registryUrl: field('registry.url', url('http', 'https'), 'http://127.0.0.1:8081', {
    example: 'https://registry:8443/apis/ccompat/v7',
    doc: 'The schema registry: the root of its Confluent-compatible interface.',
  }),
  registryUsername: optional('registry.username', words, {
    example: 'tidemark',
    doc: 'Under which name to sign in there; default: not at all.',
  }),
  registryPassword: password('registry.password'),
  registryCa: certificate(
    'registry.tlsCa',
    'Who signs its certificate; default: the public authorities.',
  ),

  redisUrl: field('redis.url', list(url('redis', 'rediss')), ['redis://127.0.0.1:6379'], {
    example: ['rediss://redis-1:6379', 'rediss://redis-2:6379'],
    doc: 'Where Redis is; rediss:// is TLS. Several: nodes of a Redis Cluster.',
  }),
  redisUsername: optional('redis.username', words, {
    example: 'tidemark',
    doc: 'User of its access control list; default: none.',
  }),
  redisPassword: password(
    'redis.password',
    'The password that belongs to it, or that of the server.',
  ),
  redisCa: certificate(
    'redis.tlsCa',
    'Who signs its certificate; default: the public authorities.',
  ),
  redisCert: certificate('redis.tlsCert', 'Certificate of this client, where Redis asks for one.'),
  redisKey: secret(
    'redis.tlsKey',
    'The key that belongs to redis.tlsCert.',
    pem,
    '-----BEGIN PRIVATE KEY-----',
  ),

  stepRecords: field('step.records', integer(1, 100_000), DEFAULTS.step.records, {
    example: 2_000,
    doc: 'Records of one step at most.',
  }),
  stepBytes: field('step.bytes', integer(1_024, 1 << 26), DEFAULTS.step.bytes, {
    example: 1 << 21,
    doc: 'A step takes no further record once it has read so many bytes.',
  }),
  stepAgeMs: field('step.ageMs', integer(0, 10_000), DEFAULTS.step.ageMs, {
    example: 100,
    doc: 'A step without outputs waits so long for more records, milliseconds. One with outputs never waits.',
  }),
  stepOutputBytes: field('step.outputBytes', integer(1_024, 900_000), DEFAULTS.step.outputBytes, {
    example: 256_000,
    doc: 'A step ends at so many bytes of outputs: the brokers take 1,048,588 bytes in a batch.',
  }),
  stepKeys: field('step.keys', integer(1, 10_000), DEFAULTS.step.keys, {
    example: 500,
    doc: 'Customers that one step of time, or of a new methodology, decides about.',
  }),
  checkpointMs: field('checkpoint.intervalMs', milliseconds, DEFAULTS.checkpoint.intervalMs, {
    example: 30_000,
    doc: 'A changed state is in the checkpoint after about so long, milliseconds: what a restart has to replay.',
  }),
  checkpointKeys: field('checkpoint.keys', integer(1, 1_000), DEFAULTS.checkpoint.keys, {
    example: 250,
    doc: 'States that one step writes into the checkpoint at most.',
  }),
  dirtyMax: field('checkpoint.dirtyMax', integer(1, 10_000_000), DEFAULTS.checkpoint.dirtyMax, {
    example: 50_000,
    doc: 'With more changed states than this in a partition, the checkpoint comes before new records.',
  }),
  scrubKeys: field('scrub.keysPerSecond', integer(0, 100_000), 500, {
    example: 2_000,
    doc: 'How many states of a partition in Redis are looked at in a second, to find damaged and lost ones; 0: none.',
  }),
  scrubRestMs: field('scrub.restMs', integer(1_000, 7 * 24 * HOUR), HOUR, {
    example: 24 * HOUR,
    doc: 'Between two walks over a partition, milliseconds.',
  }),
  cacheCustomers: field('cacheCustomers', integer(1, 10_000_000), DEFAULTS.cacheKeys, {
    example: 20_000,
    doc: 'Customers that a partition keeps in memory; the others are read from Redis.',
  }),
  clockLeapMs: field(
    'clockLeapMs',
    integer(1_000, 100 * 365 * 24 * HOUR),
    DEFAULTS.clockLeapMsMax,
    {
      example: 7 * 24 * HOUR,
      doc: 'How far the clock of a partition may move on at once, milliseconds: it never goes back, so a system clock that is wrong by a year must not move it. Raise it for one start after a long stop.',
    },
  ),
  logLevel: field('log.level', choice(LOG_LEVELS), 'info', {
    example: 'debug',
    doc: 'From which level on lines are written to the log: on stderr, a JSON object a line.',
  }),

  workerListen: field(
    'worker.listen',
    address,
    { host: '127.0.0.1', port: 9464 },
    {
      example: { host: '0.0.0.0', port: 9464 },
      doc: 'Where a processor answers /healthz, /readyz and /metrics. They tell nothing about customers.',
    },
  ),
  stopMs: field('worker.stopMs', integer(1_000, HOUR), 20_000, {
    example: 30_000,
    doc: 'A clean end takes no longer than this, milliseconds; then the process ends at once. Nothing is lost by that.',
  }),

  apiListen: field(
    'api.listen',
    address,
    { host: '127.0.0.1', port: 8080 },
    {
      example: { host: '0.0.0.0', port: 8080 },
      doc: 'Where the HTTP interface listens.',
    },
  ),
  apiCert: certificate(
    'api.tlsCert',
    'Certificate of the HTTP interface, and those that lead from it to its authority: it talks TLS then. Without, put a proxy before it.',
  ),
  apiKey: secret(
    'api.tlsKey',
    'The key that belongs to api.tlsCert.',
    pem,
    '-----BEGIN PRIVATE KEY-----',
  ),
  apiToken: secret(
    'api.token',
    'What lets a caller of the HTTP interface in. The interface does not start without. Several: while one is replaced, the new one first.',
    TOKENS,
    ['c'.repeat(43)],
  ),
  apiRestrictedToken: secret(
    'api.restrictedToken',
    'What shows a caller of the HTTP interface what is confidential too (reports of suspicious transactions), beside all else. Without, nobody sees it there.',
    TOKENS,
    ['d'.repeat(43)],
  ),
  apiViews: field('api.viewsDirectory', words, './views', {
    example: '/var/lib/tidemark/views',
    doc: 'Directory for histories and lists by grade; a copy, made anew when it is lost.',
  }),
  apiBacklog: field('api.backlogEvents', integer(1, 10_000_000), 50_000, {
    example: 200_000,
    doc: 'With more undecided events than this in a partition, the HTTP interface takes no more (503).',
  }),
} as const;

/** `kafka.saslPassword` as `TIDEMARK_KAFKA_SASL_PASSWORD`. */
export const environmentName = (path: string): string =>
  `TIDEMARK_${path
    .replaceAll('.', '_')
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()}`;

/** Every field, in the order in which they are told of. */
export const ABOUT_FIELDS: readonly AboutField[] = Object.values(FIELDS).map(({ about }) => about);
