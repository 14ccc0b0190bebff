import type * as Redis from '@tidemark/engine/adapters/redis/settings';
import type * as Registry from '@tidemark/engine/adapters/registry/registry';
import type { KafkaSettings } from '@tidemark/engine/adapters/kafka/kafka';
import type { Address } from './configuration-kinds';
import { FIELDS, type AboutField, type Field, type FieldWithDefault } from './configuration-fields';

/** Reads fields for a section, and notes what does not go together. */
export interface Reading {
  /** Undefined: not given, or faulty. */
  readonly given: <T>(field: Field<T>) => T | undefined;
  readonly valueOf: <T>(field: FieldWithDefault<T>) => T;
  readonly fault: (field: { readonly about: AboutField }, whatToDo: string) => void;
  readonly warn: (field: { readonly about: AboutField }, whatToDo: string) => void;
}

export type RegistrySettings = Pick<Registry.RegistrySettings, 'url' | 'auth' | 'ca'>;

export type RedisSettings = Omit<Redis.RedisSettings, 'timeoutMs' | 'log'>;

export interface GroupTimes {
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly rebalanceTimeoutMs: number;
}

export type BrokerSettings = Pick<KafkaSettings, 'brokers' | 'tls' | 'sasl'>;

/** A member that is there, or nothing: an optional member is never undefined. */
const present = <const Name extends string, T>(
  name: Name,
  value: T | undefined,
): { readonly [N in Name]?: T } => {
  const found: { [N in Name]?: T } = {};
  if (value !== undefined) found[name] = value;
  return found;
};

export function kafkaSection(reading: Reading): BrokerSettings {
  const { valueOf, fault } = reading;
  const tls = certificates(reading, FIELDS.kafkaCa, FIELDS.kafkaCert, FIELDS.kafkaKey);
  const isTls = valueOf(FIELDS.kafkaTls);
  if (!isTls && Object.keys(tls).length > 0) {
    fault(FIELDS.kafkaTls, 'must be true where certificates are given');
  }
  return {
    brokers: valueOf(FIELDS.brokers),
    ...(isTls ? { tls } : {}),
    ...present('sasl', sasl(reading, isTls)),
  };
}

function sasl({ given, fault, warn }: Reading, isTls: boolean): BrokerSettings['sasl'] | undefined {
  const mechanism = given(FIELDS.saslMechanism);
  const username = given(FIELDS.saslUsername);
  const password = given(FIELDS.saslPassword);
  if (mechanism !== undefined && username !== undefined && password !== undefined) {
    if (!isTls && mechanism === 'plain') {
      warn(FIELDS.kafkaTls, 'the password goes over the network unencrypted; set it to true');
    }
    return { mechanism, username, password };
  }
  if (mechanism === undefined && username === undefined && password === undefined) return undefined;
  const why = 'missing: mechanism, user name and password belong together';
  if (mechanism === undefined) fault(FIELDS.saslMechanism, why);
  if (username === undefined) fault(FIELDS.saslUsername, why);
  if (password === undefined) fault(FIELDS.saslPassword, why);
  return undefined;
}

interface Certificates {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

function certificates(
  reading: Reading,
  caField: Field<string>,
  certField: Field<string>,
  keyField: Field<string>,
): Certificates {
  return { ...present('ca', reading.given(caField)), ...keyPair(reading, certField, keyField) };
}

function keyPair(
  { given, fault }: Reading,
  certField: Field<string>,
  keyField: Field<string>,
): Omit<Certificates, 'ca'> {
  const cert = given(certField);
  const key = given(keyField);
  if (cert === undefined && key !== undefined) fault(certField, 'missing: the key is given');
  if (cert !== undefined && key === undefined) fault(keyField, 'missing: the certificate is given');
  return { ...present('cert', cert), ...present('key', key) };
}

export function registrySection({ given, valueOf, fault }: Reading): RegistrySettings {
  const url = valueOf(FIELDS.registryUrl);
  const username = given(FIELDS.registryUsername);
  const password = given(FIELDS.registryPassword);
  const ca = given(FIELDS.registryCa);
  if (username === undefined && password !== undefined) {
    fault(FIELDS.registryUsername, 'missing: the password is given');
  }
  if (username !== undefined && password === undefined) {
    fault(FIELDS.registryPassword, 'missing: the user name is given');
  }
  if (ca !== undefined && url.startsWith('http:')) {
    fault(FIELDS.registryUrl, 'must begin with https:// where a certificate is given');
  }
  const isSigned = username !== undefined && password !== undefined;
  return { url, ...present('ca', ca), ...(isSigned ? { auth: { username, password } } : {}) };
}

export function redisSection(reading: Reading): RedisSettings {
  const { given, valueOf, fault } = reading;
  const urls = valueOf(FIELDS.redisUrl);
  const username = given(FIELDS.redisUsername);
  const password = given(FIELDS.redisPassword);
  const tls = certificates(reading, FIELDS.redisCa, FIELDS.redisCert, FIELDS.redisKey);
  const encrypted = urls.filter((url) => url.startsWith('rediss:')).length;
  if (encrypted > 0 && encrypted < urls.length) {
    fault(FIELDS.redisUrl, 'all begin with rediss:// or none does');
  }
  if (encrypted === 0 && Object.keys(tls).length > 0) {
    fault(FIELDS.redisUrl, 'must begin with rediss:// where certificates are given');
  }
  if (username !== undefined && password === undefined) {
    fault(FIELDS.redisPassword, 'missing: the user is given');
  }
  return { urls, ...tls, ...present('username', username), ...present('password', password) };
}

const BEATS = 3;

export function groupSection({ valueOf, fault }: Reading): GroupTimes {
  const sessionTimeoutMs = valueOf(FIELDS.sessionTimeoutMs);
  const heartbeatMs = valueOf(FIELDS.heartbeatMs);
  if (heartbeatMs * BEATS > sessionTimeoutMs) {
    fault(FIELDS.heartbeatMs, `at most a third of ${FIELDS.sessionTimeoutMs.about.path}`);
  }
  return { sessionTimeoutMs, heartbeatMs, rebalanceTimeoutMs: valueOf(FIELDS.rebalanceTimeoutMs) };
}

export interface ApiOptions {
  readonly listen: Address;
  /** Undefined: it talks no TLS. */
  readonly tls: Required<Omit<Certificates, 'ca'>> | undefined;
  /** Each lets in. */
  readonly tokens: readonly string[];
  /** Of those who may know what is confidential. */
  readonly restrictedTokens: readonly string[];
  readonly viewsDirectory: string;
  /** Undecided events of a partition beyond which none is taken. */
  readonly backlogMax: number;
}

export function apiSection(reading: Reading): ApiOptions {
  const { given, valueOf } = reading;
  const { cert, key } = keyPair(reading, FIELDS.apiCert, FIELDS.apiKey);
  return {
    listen: valueOf(FIELDS.apiListen),
    tls: cert === undefined || key === undefined ? undefined : { cert, key },
    tokens: given(FIELDS.apiToken) ?? [],
    restrictedTokens: given(FIELDS.apiRestrictedToken) ?? [],
    viewsDirectory: valueOf(FIELDS.apiViews),
    backlogMax: valueOf(FIELDS.apiBacklog),
  };
}
