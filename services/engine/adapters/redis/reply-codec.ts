import { RedisError } from './errors';

/** What scripts answer, checked: a server that is not Redis, or another script, must not be believed. */

export const unexpected = (): RedisError =>
  new RedisError('REPLY', 'Redis has answered something else than the script answers');

/** @throws RedisError */
export function textOf(reply: unknown): string {
  if (!Buffer.isBuffer(reply)) throw unexpected();
  return reply.toString();
}

/** @throws RedisError */
export function numberOf(reply: unknown): number {
  if (typeof reply !== 'number') throw unexpected();
  return reply;
}

/** Where a walk over the due index goes on, after a bucket. @throws RedisError where it would not go on */
export function nextBucket(reply: unknown, bucket: number): number {
  const next = numberOf(reply);
  if (next <= bucket) throw unexpected();
  return next;
}

/** @throws RedisError */
export function listOf(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw unexpected();
  return reply;
}

/** @throws RedisError */
export function bytesOf(reply: unknown): Buffer | undefined {
  if (reply === null) return undefined;
  if (!Buffer.isBuffer(reply)) throw unexpected();
  return reply;
}

/** What the meta string of a partition says. */
export interface Meta {
  /** Undefined: nobody has opened it, or it was lost. */
  readonly owner: number | undefined;
  /** The watermark. */
  readonly step: number | undefined;
  readonly parts: number;
}

/** @throws RedisError */
export function metaOf(reply: unknown): Meta {
  if (reply === null) return { owner: undefined, step: undefined, parts: 0 };
  const found = /^\d+ (\d+) (\d*) (\d+)$/.exec(textOf(reply));
  if (found === null) throw unexpected();
  const [, owner, step = '', parts] = found;
  return {
    owner: Number(owner),
    step: step === '' ? undefined : Number(step),
    parts: Number(parts),
  };
}

/** A whole number from 0 as text; the empty text is none. @throws RedisError */
export function stepOf(reply: unknown): number | undefined {
  const text = textOf(reply);
  if (text === '') return undefined;
  const step = Number(text);
  if (!Number.isSafeInteger(step) || step < 0) throw unexpected();
  return step;
}

/** A list that is fields and values by turns. @throws RedisError */
export function* pairsOf(reply: unknown): Generator<readonly [string, Buffer]> {
  const list = listOf(reply);
  for (let i = 0; i + 1 < list.length; i += 2) {
    const value = bytesOf(list[i + 1]);
    if (value === undefined) throw unexpected();
    yield [textOf(list[i]), value];
  }
}
