import { runInNewContext } from 'node:vm';

/** How often a property is tried: seconds in `npm test`, much longer with TIDEMARK_FUZZ=long. */
export const runs = (short: number): number =>
  process.env['TIDEMARK_FUZZ'] === 'long' ? short * 100 : short;

/** A test may take so long, milliseconds. */
export const TEST_MS = process.env['TIDEMARK_FUZZ'] === 'long' ? 3_600_000 : 120_000;

/**
 * What a function answers, if it does within some time: a loop without an end is ended, where a
 * time-out of the test would wait for it.
 * @throws when the time is over
 */
export function within<T>(ms: number, run: () => T): T {
  const held: { answer?: T } = {};
  runInNewContext('run()', { run: () => void (held.answer = run()) }, { timeout: ms });
  if (!('answer' in held)) throw new Error('there is no answer');
  return held.answer as T;
}
