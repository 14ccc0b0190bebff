import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { codeOf } from '@tidemark/engine/errors';

export interface Token {
  readonly text: string;
  readonly file: string;
  /** Made just now: to be shown once, to a person. */
  readonly isNew: boolean;
}

/** The file of the token is not what it should be; the message says what to do. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

const TOKEN_BYTES = 32;
const TOKEN_LENGTH_MIN = 32;

/**
 * The token of a data directory; made at the first call, for the owner of the file alone.
 * @param name `restricted-token`: of those who may know what is confidential
 * @throws TokenRefused when the file holds no token
 */
export function openToken(directory: string, name: 'token' | 'restricted-token' = 'token'): Token {
  const file = join(directory, name);
  const text = randomBytes(TOKEN_BYTES).toString('base64url');
  try {
    // 'wx': of two that begin at once, one makes it and the other reads it
    writeFileSync(file, `${text}\n`, { flag: 'wx', mode: 0o600 });
    chmodSync(file, 0o600); // whatever the umask says
    return { text, file, isNew: true };
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const found = readFileSync(file, 'utf8').trim();
  if (found.length < TOKEN_LENGTH_MIN) {
    throw new TokenRefused(`${file} holds no token: remove the file, and a new one is made`);
  }
  return { text: found, file, isNew: false };
}

/**
 * Compares in constant time, whatever is given: digests are of one length.
 * @param tokens each lets in: while one is replaced, the old and the new; none: nobody is let in
 */
export function accessCheck(
  tokens: readonly string[],
): (authorization: string | undefined) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = tokens.map(digest);
  return (authorization) => {
    const [, given = ''] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    const asked = digest(given);
    // each is compared: how long it takes does not say which fits
    const fits = expected.filter((one) => timingSafeEqual(asked, one)).length;
    return fits > 0 && given !== '';
  };
}

/** Whether an address is of this machine. */
export const isLoopback = (address: string): boolean =>
  /^(?:127\.|::1$|::ffff:127\.)/.test(address);

/** What proxies add to a request that they pass on. */
const OF_PROXIES = [
  ...['forwarded', 'via', 'x-real-ip', 'x-envoy-external-address'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'],
];

export interface Asked {
  readonly address: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Whether somebody on this machine asks: not a proxy here that passes on what others ask. */
export const isLocal = ({ address, headers }: Asked): boolean =>
  isLoopback(address ?? '') && OF_PROXIES.every((name) => headers[name] === undefined);

/** Who may read metrics: somebody on this machine, or who has the token. */
export const mayReadMetrics = (
  asked: Asked,
  isAllowed: (authorization: string | undefined) => boolean,
): boolean => isLocal(asked) || isAllowed(asked.headers.authorization);
