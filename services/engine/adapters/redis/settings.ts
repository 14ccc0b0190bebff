/** Where Redis is and how it is talked to. */
export interface RedisSettings {
  /**
   * `redis://` or, encrypted, `rediss://`; host, port, perhaps a user and a password, and a number of a
   * database as path. Several: nodes of one Redis Cluster.
   */
  readonly urls: readonly string[];
  /** In place of those in the URLs: a user of the ACL. */
  readonly username?: string;
  readonly password?: string;
  /** PEM texts, for `rediss://`: of who signed the server's certificate, and of our own. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** When a call that has no answer rejects, milliseconds; 5000 unless given. */
  readonly timeoutMs?: number;
  /**
   * When a call rejects that is made while the connection is known to be lost, milliseconds; `timeoutMs` unless
   * given. A short one is for those whose callers wait; who tries again by himself may as well wait here.
   */
  readonly lostMs?: number;
  /** Told of lost and found connections, without addresses of customers or secrets. */
  readonly log?: (message: string) => void;
}

export const TIMEOUT_MS = 5_000;

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly encrypted: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
}

const PORT = 6379;

/** @throws RangeError for what is no URL of Redis; the message does not hold it, as it may hold a password */
export function addressOf(url: string): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new RangeError('a URL of Redis is redis://host:port or rediss://host:port');
  }
  const path = parsed.pathname.replace(/^\//, '');
  if (!/^\d{0,4}$/.test(path)) {
    throw new RangeError('the path of a URL of Redis is the number of a database');
  }
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? PORT : Number(parsed.port),
    encrypted: parsed.protocol === 'rediss:',
    database: Number(path),
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
  };
}
