import { Failure } from '../../errors';

/**
 * Redis cannot be reached, does not answer in time, or refuses. Nothing is lost by it: whoever sees it
 * tries again. Neither message nor code holds keys or values.
 */
export class RedisError extends Failure {
  override readonly name = 'RedisError';
  constructor(
    /** UNREACHABLE, TIMEOUT, EVICTS, REPLY, or the first word of what Redis answered (OOM, NOPERM ...). */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What to do about some answers of Redis. */
const ADVICE: Readonly<Record<string, string>> = {
  NOPERM: 'the user lacks a right: the line for the ACL is in the README of the adapter',
  OOM: 'its memory is full: raise maxmemory',
  READONLY: 'it is a replica: name the master',
  LOADING: 'it is still loading its data',
  MISCONF: 'it cannot write to its disk',
  CLUSTERDOWN: 'the cluster does not serve all slots',
};

/** Redis answers, and lets nobody in under this name with this password. */
export const isRefusal = (code: string): boolean => code === 'WRONGPASS' || code === 'NOAUTH';

export const refusal = (code: string): RedisError =>
  new RedisError(
    code,
    `Redis refuses the user name or password: check redis.username and redis.password (or redis.passwordFile) (${code})`,
  );

/** What the client threw, without what it tells of the command: that holds keys and values. */
export function plainError(error: unknown): RedisError {
  if (error instanceof RedisError) return error;
  const code = codeOf(error);
  if (isRefusal(code)) return refusal(code);
  const advice = ADVICE[code];
  return new RedisError(code, `Redis: ${code}${advice === undefined ? '' : `: ${advice}`}`);
}

/** A word in capitals that says what went wrong: of the system (ECONNREFUSED) or of Redis (OOM). */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return UNREACHABLE;
  if ('code' in error && typeof error.code === 'string') return error.code;
  const message = 'message' in error ? String(error.message) : '';
  return /^[A-Z][A-Z_]+(?= |$)/.exec(message)?.[0] ?? UNREACHABLE;
}

const UNREACHABLE = 'UNREACHABLE';
