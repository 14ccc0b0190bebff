import Cluster from 'kafkajs/src/cluster';
import { createLogger, LEVELS, type KafkajsLogger } from 'kafkajs/src/loggers';
import createSocketFactory from 'kafkajs/src/network/socketFactory';
import type { ConnectionOptions } from 'kafkajs/src/network/connectionPool';
import type { KafkaSettings } from '../kafka';
import { checkVersion } from './version';

export interface Timeouts {
  /** How long an answer may take, beyond what the request itself asks the broker to wait. */
  readonly requestTimeoutMs: number;
  readonly connectionTimeoutMs: number;
}

const AUTHENTICATION_TIMEOUT_MS = 10_000;
const METADATA_AGE_MS = 300_000;

/**
 * A cluster as kafkajs builds it for its own clients: nothing is created by asking for it, and nearly
 * nothing is tried again: whoever uses it knows better what to do meanwhile.
 * @throws Error when another kafkajs is installed
 */
export function newCluster(settings: KafkaSettings, timeouts: Timeouts): Cluster {
  checkVersion();
  return new Cluster({
    ...connectionOptions(settings, timeouts),
    logger: loggerOf(settings),
    brokers: settings.brokers,
    authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
    metadataMaxAge: METADATA_AGE_MS,
    retry: { retries: 1, initialRetryTime: 5, maxRetryTime: 50 },
    allowAutoTopicCreation: false,
    isolationLevel: 1,
  });
}

/** How to open a connection to any broker of the cluster. */
export function connectionOptions(
  { clientId, tls, sasl }: KafkaSettings,
  { requestTimeoutMs, connectionTimeoutMs }: Timeouts,
): ConnectionOptions {
  return {
    socketFactory: createSocketFactory(),
    ssl: tls === undefined ? null : { ...tls },
    sasl: sasl === undefined ? null : { ...sasl },
    clientId,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
  };
}

/**
 * Hands on what kafkajs reports, its message alone: its details may quote a request. None of it is an
 * error here: whatever it reports is tried again, or thrown to whoever asked, who knows what it means. That
 * a broker has refused a request (`Response ...`) is how it says `later`.
 */
export function loggerOf({ log }: KafkaSettings): KafkajsLogger {
  return createLogger({
    level: LEVELS.WARN,
    logCreator:
      () =>
      ({ log: { message } }) =>
        log?.(message.startsWith('Response ') ? 'info' : 'warn', message),
  });
}
