import { Failure } from '../../../errors';

/**
 * What kafkajs throws is read by its properties: it names faults by `type` (the broker's answer), `code`
 * (the operating system's) and `name`, and wraps one in another.
 */
const propertyOf = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** The broker's answer, as kafkajs names it; undefined: the error is not an answer of a broker. */
export function answerOf(error: unknown): string | undefined {
  const message = text(propertyOf(error, 'message')) ?? '';
  // kafkajs 2.2.4 does not know this code
  if (message.endsWith('Unknown error code 90')) return 'PRODUCER_FENCED';
  const type = text(propertyOf(error, 'type'));
  if (type !== undefined) return type;
  // of this answer kafkajs keeps the text alone
  if (propertyOf(error, 'name') === 'KafkaJSSASLAuthenticationError') return UNKNOWN_USER;
  const cause = propertyOf(error, 'cause');
  return cause === undefined || cause === error ? undefined : answerOf(cause);
}

const UNKNOWN_USER = 'SASL_AUTHENTICATION_FAILED';

/** Answers after which the same request is sent again, perhaps to another broker: nothing was done. */
const FOR_NOW: ReadonlySet<string> = new Set([
  'CONCURRENT_TRANSACTIONS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'REPLICA_NOT_AVAILABLE',
  'BROKER_NOT_AVAILABLE',
  'REQUEST_TIMED_OUT',
  'NETWORK_EXCEPTION',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
  'NOT_CONTROLLER',
  'OFFSET_NOT_AVAILABLE',
  'UNSTABLE_OFFSET_COMMIT',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
]);

export const isForNow = (error: unknown): boolean => FOR_NOW.has(answerOf(error) ?? '');

/** Answers that say that this producer is no longer the one of its id. */
const FENCED: ReadonlySet<string> = new Set([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
]);

export const isFencedAnswer = (error: unknown): boolean => FENCED.has(answerOf(error) ?? '');

/** Answers to what no waiting changes: a person has to mend the settings. */
const NEVER: ReadonlySet<string> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  UNKNOWN_USER,
  'SECURITY_DISABLED',
  'UNSUPPORTED_VERSION',
  'INVALID_TRANSACTION_TIMEOUT',
  'INVALID_SESSION_TIMEOUT',
  'INVALID_GROUP_ID',
  'INCONSISTENT_GROUP_PROTOCOL',
]);

/** Answers to who may not do what was asked, and what a person does about it. */
const RIGHTS: ReadonlyMap<string, string> = new Map([
  ['TOPIC_AUTHORIZATION_FAILED', 'allow this user to describe it, and to read or write it'],
  ['GROUP_AUTHORIZATION_FAILED', 'allow this user to read the group'],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'allow this user to write under transactional ids'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'allow this user to do it'],
  [UNKNOWN_USER, 'no such user with this password: check kafka.saslUsername, kafka.saslPassword'],
]);

/** Answers to records that the same topic will always refuse, and what a person does about it. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['MESSAGE_TOO_LARGE', 'raise max.message.bytes'],
  ['RECORD_LIST_TOO_LARGE', 'raise max.message.bytes, and leave segment.bytes above it'],
  ['INVALID_RECORD', 'set cleanup.policy and message.timestamp.* as they should be'],
  ['TOPIC_AUTHORIZATION_FAILED', 'allow this user to describe and to write'],
]);

/**
 * What was answered to a request that wrote to topics, with their names and what to do.
 * @returns undefined: it may be answered otherwise the next time
 */
export function refusalOf(error: unknown, topics: Iterable<string>): Refused | undefined {
  const answer = answerOf(error) ?? '';
  const remedy = REMEDIES.get(answer);
  if (remedy === undefined) return undefined;
  const named = [...new Set(topics)].join(', ');
  return new Refused(
    `what is written to ${named} is refused (${answer}): ${remedy}, and start again`,
  );
}

export const isForGood = (error: unknown): boolean =>
  NEVER.has(answerOf(error) ?? '') || error instanceof Closed || error instanceof Refused;

/** What may be said of an error: never what a record holds, which its own message might quote. */
export function saidOf(error: unknown): string {
  if (error instanceof Failure) return error.message;
  const answer = answerOf(error);
  if (answer === undefined) {
    return unreached(error) ?? text(propertyOf(error, 'name')) ?? 'unknown fault';
  }
  const remedy = RIGHTS.get(answer);
  return remedy === undefined ? answer : `${answer}, ${remedy}`;
}

/** Of a connection: how it failed and to whom; kafkajs wraps it in what its retries came to. */
function unreached(error: unknown): string | undefined {
  const code = text(propertyOf(error, 'code'));
  const broker = text(propertyOf(error, 'broker'));
  if (broker !== undefined) return `no answer of the broker ${broker} (${code ?? 'closed'})`;
  if (code !== undefined) return code;
  const cause = propertyOf(error, 'cause');
  return cause === undefined || cause === error ? undefined : unreached(cause);
}

/** An error that may go to a log. The original one is not kept as its cause: loggers print causes. */
export const plainError = (what: string, error: unknown): Failure =>
  new Failure(`${what}: ${saidOf(error)}`);

/** The client was closed while something waited for it. */
export class Closed extends Failure {
  override readonly name = 'Closed';
  constructor() {
    super('the Kafka client was closed');
  }
}

/** A broker has answered no, and will not answer otherwise the next time. */
export class Refused extends Failure {
  override readonly name = 'Refused';
}

export class TimedOut extends Failure {
  override readonly name = 'TimedOut';
}

/**
 * A bound for a promise that may never settle: kafkajs waits for ever for a TLS connection that ends
 * before it is made.
 * @throws TimedOut
 */
export function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimedOut(`${what}: no answer in ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Waits that grow from one failure to the next. */
export interface Waits {
  readonly next: () => Promise<void>;
  readonly reset: () => void;
}

export function growingWaits(
  firstMs: number,
  mostMs: number,
  pause: (ms: number) => Promise<void>,
): Waits {
  let ms = firstMs;
  return {
    next: () => {
      const wait = ms;
      ms = Math.min(mostMs, ms * 2);
      return pause(wait);
    },
    reset: () => {
      ms = firstMs;
    },
  };
}

/** Pauses that end at once, all of them, when there is no more use in waiting. */
export interface Pauses {
  readonly pause: (ms: number) => Promise<void>;
  /** Ends those under way; the later ones do not wait. */
  readonly end: () => void;
}

export function pauses(): Pauses {
  const running = new Set<() => void>();
  let ended = false;
  return {
    pause: (ms) =>
      new Promise((resolve) => {
        if (ended) {
          resolve();
          return;
        }
        const done = (): void => {
          clearTimeout(timer);
          running.delete(done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        running.add(done);
      }),
    end: () => {
      ended = true;
      for (const done of [...running]) done();
    },
  };
}
