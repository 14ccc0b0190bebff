import { createHash } from 'node:crypto';
import { Cluster, Redis, type DNSLookupFunction, type RedisOptions } from 'ioredis';
import { connectorWith } from './connector';
import { codeOf, isRefusal, plainError, RedisError, refusal } from './errors';
import { addressOf, TIMEOUT_MS, type RedisAddress, type RedisSettings } from './settings';

/** A Lua script, named by its hash once Redis knows it. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export const scriptOf = (lua: string): Script => ({
  lua,
  sha: createHash('sha1').update(lua).digest('hex'),
});

/**
 * All that the adapter asks of a client of Redis: nothing outside this file names the library. One
 * connection serves all partitions of a process, and whoever made it closes it.
 */
export interface RedisConnection {
  /**
   * Runs a script on the node that has this key. Connects when it is first called, and again after a
   * loss; every new connection is checked first.
   * @throws RedisError within `timeoutMs`, or `lostMs`; the script may have run, or may yet run, all the same
   */
  readonly run: (
    script: Script,
    key: string,
    args: readonly (string | Uint8Array)[],
  ) => Promise<unknown>;
  /** The values of keys of one hash tag, read at one moment. @throws RedisError as `run` */
  readonly values: (keys: readonly string[]) => Promise<unknown>;
  /** Resolves when Redis is there and fit to be used. @throws RedisError as `run` */
  readonly check: () => Promise<void>;
  /** Whether it has answered when it was asked last; undefined: it was not asked yet. */
  readonly isUp: () => boolean | undefined;
  readonly close: () => void;
}

/** @throws RangeError for what is no URL of Redis */
export function connectRedis(settings: RedisSettings): RedisConnection {
  const timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
  const lostMs = Math.min(settings.lostMs ?? timeoutMs, timeoutMs);
  const line = openLine(settings, timeoutMs);
  const { client } = line;
  let checked: Promise<void> | undefined;
  /** The check has yet to begin: it will be of the next connection that there is. */
  let isAwaited = false;
  line.onLoss((code) => {
    // each try of the client that fails is a loss: all calls of an outage wait for its end together
    if (!isAwaited) checked = undefined;
    // what is refused was never there to be lost: the calls that wait for it say why
    if (!isRefusal(code)) settings.log?.(`the connection to Redis is lost (${code})`);
  });
  const check = async (): Promise<void> => {
    isAwaited = true;
    await whenReady(line).finally(() => {
      isAwaited = false;
    });
    await checkFit(line, settings);
  };
  const fit = (): Promise<void> => {
    if (checked !== undefined) return checked;
    const mine = check().catch((error: unknown) => {
      if (checked === mine) checked = undefined;
      throw error;
    });
    checked = mine;
    return mine;
  };
  const call = async (
    { lua, sha }: Script,
    key: string,
    args: readonly (string | Uint8Array)[],
  ): Promise<unknown> => {
    await fit();
    const buffers = args.map((arg) => (typeof arg === 'string' ? arg : bufferOf(arg)));
    try {
      return await client.callBuffer('evalsha', [sha, 1, key, ...buffers]);
    } catch (error) {
      if (codeOf(error) !== 'NOSCRIPT') throw error;
      return await client.callBuffer('eval', [lua, 1, key, ...buffers]);
    }
  };
  let isUp: boolean | undefined;
  const asked = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      const given = await within(isLost(line) ? lostMs : timeoutMs, line, answer);
      isUp = true;
      return given;
    } catch (error) {
      isUp = false;
      throw error;
    }
  };
  return {
    run: (script, key, args) => asked(call(script, key, args)),
    values: (keys) => asked(fit().then(() => client.callBuffer('mget', [...keys]))),
    check: () => asked(fit()),
    isUp: () => isUp,
    close: () => client.disconnect(),
  };
}

/** The client, alone or of a cluster, and what is known of how it fares. */
interface Line {
  readonly client: Redis | Cluster;
  readonly onLoss: (lost: (code: string) => void) => void;
  /** The last fault since the connection was ready. */
  readonly fault: () => string;
  readonly isReady: () => boolean;
  /** It was lost, or could not be made: a first try that is under way may yet do. */
  readonly hasClosed: () => boolean;
  readonly masters: () => readonly Redis[];
}

const isLost = ({ hasClosed, isReady }: Line): boolean => hasClosed() && !isReady();

function openLine(settings: RedisSettings, timeoutMs: number): Line {
  const addresses = settings.urls.map(addressOf);
  const [first, ...others] = addresses;
  if (first === undefined) throw new RangeError('there is no URL of Redis');
  const options = optionsOf(settings, first, timeoutMs);
  let fault = 'UNREACHABLE';
  let hasClosed = false;
  let lost: (code: string) => void = () => undefined;
  const watch = (node: Redis | Cluster): void => {
    // without a listener the client prints its errors, with addresses
    node.on('error', (error: unknown) => {
      fault = codeOf(error);
    });
    node.on('ready', () => {
      fault = 'UNREACHABLE';
      hasClosed = false;
    });
    node.on('close', () => {
      hasClosed = true;
      lost(fault);
    });
  };
  const onLoss: Line['onLoss'] = (listener) => {
    lost = listener;
  };
  const watched = { onLoss, fault: () => fault, hasClosed: () => hasClosed };
  if (others.length === 0) {
    const client = new Redis({
      ...options,
      ...{ host: first.host, port: first.port },
      ...{ enableOfflineQueue: false, retryStrategy: retryMs },
    });
    watch(client);
    return {
      ...{ client, ...watched },
      isReady: () => client.status === 'ready',
      masters: () => [client],
    };
  }
  const client = clusterOf(addresses, options, timeoutMs);
  watch(client);
  client.on('+node', (node: Redis) => {
    lost('a node joins');
    watch(node);
  });
  return {
    ...{ client, ...watched },
    isReady: () => client.status === 'ready',
    masters: () => client.nodes('master'),
  };
}

const RETRY_MS_MAX = 1_000;
const retryMs = (times: number): number => Math.min(25 * 2 ** Math.min(times, 10), RETRY_MS_MAX);

const optionsOf = (
  { username, password, ca, cert, key }: RedisSettings,
  address: RedisAddress,
  timeoutMs: number,
) => {
  const user = username ?? address.username;
  const word = password ?? address.password;
  const tls = address.encrypted ? present({ ca, cert, key }) : undefined;
  return {
    // of all commands that connecting needs, only INFO asks for a right
    protocol: 2,
    disableClientInfo: true,
    lazyConnect: true,
    connectTimeout: timeoutMs,
    // a connection that is cut without a word is given up, not waited for
    socketTimeout: timeoutMs,
    // what was under way at a loss is refused: whoever asked decides what to ask now
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    reconnectOnError: (error: Error) => codeOf(error) === 'READONLY',
    db: address.database,
    ...(user === undefined ? {} : { username: user }),
    ...(word === undefined ? {} : { password: word }),
    ...(tls === undefined ? {} : { tls }),
    Connector: connectorWith(tls),
  } satisfies RedisOptions;
};

type Pems = { readonly [Name in 'ca' | 'cert' | 'key']?: string };

const present = ({
  ca,
  cert,
  key,
}: { readonly [Name in keyof Pems]: string | undefined }): Pems => ({
  ...(ca === undefined ? {} : { ca }),
  ...(cert === undefined ? {} : { cert }),
  ...(key === undefined ? {} : { key }),
});

const clusterOf = (
  addresses: readonly RedisAddress[],
  redisOptions: ReturnType<typeof optionsOf>,
  timeoutMs: number,
): Cluster =>
  new Cluster(
    addresses.map(({ host, port }) => ({ host, port })),
    {
      redisOptions,
      enableOfflineQueue: false,
      lazyConnect: true,
      slotsRefreshTimeout: timeoutMs,
      clusterRetryStrategy: retryMs,
      // a certificate names hosts: the names are left to it
      ...(redisOptions.tls === undefined ? {} : { dnsLookup: asNamed }),
    },
  );

const asNamed: DNSLookupFunction = (name, found) => found(null, name);

async function checkFit(line: Line, { log }: RedisSettings): Promise<void> {
  for (const node of line.masters()) {
    const policy = /^maxmemory_policy:(\S+)/m.exec(await node.info('memory'))?.[1];
    if (policy !== 'noeviction') {
      throw new RedisError(
        'EVICTS',
        `Redis may throw states away: its maxmemory-policy is ${policy ?? 'not known'}. Set it to noeviction (CONFIG SET maxmemory-policy noeviction, and in redis.conf), and maxmemory to what all states need`,
      );
    }
  }
  log?.('connected to Redis');
}

function whenReady({ client, isReady }: Line): Promise<void> {
  if (isReady()) return Promise.resolve();
  if (client.status === 'wait') {
    // how it ends is seen by its events
    client.connect().catch(() => undefined);
  }
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => (): void => {
      client.off('ready', ready);
      client.off('end', ended);
      then();
    };
    const ready = settle(resolve);
    const ended = settle(() =>
      reject(new RedisError('CLOSED', 'the connection to Redis is closed')),
    );
    client.once('ready', ready);
    client.once('end', ended);
    if (client.status === 'end') ended();
  });
}

/** A call never waits for longer, whatever the client does. */
async function within<T>(timeoutMs: number, line: Line, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lateError(timeoutMs, line)), timeoutMs);
  });
  try {
    return await Promise.race([call, late]);
  } catch (error) {
    throw plainError(error);
  } finally {
    clearTimeout(timer);
  }
}

function lateError(timeoutMs: number, line: Line): RedisError {
  if (line.isReady()) {
    return new RedisError('TIMEOUT', `Redis has not answered within ${timeoutMs} ms`);
  }
  const fault = line.fault();
  if (isRefusal(fault)) return refusal(fault);
  const message = `Redis could not be reached within ${timeoutMs} ms (${fault})`;
  return new RedisError('UNREACHABLE', message);
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
