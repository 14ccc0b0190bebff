import { random } from '@tidemark/cli/sample/random';
import { MINUTE_MS } from './fit';

/** When faults rest, milliseconds since the start. */
export interface Schedule {
  /** What is before counts as warming up. */
  readonly warmUpMs: number;
  /** When the faults pause, so that memory and handles can be told; the last of them is the end. */
  readonly calmsAtMs: readonly number[];
  readonly calmMs: number;
}

/** With a minute of it calm: six moments in half an hour, of which a median of slopes is hard to move. */
const CALM_EVERY_MS = 4 * MINUTE_MS;

/** Warming up is a third of it, ten minutes at most; a calm moment is a tenth, one minute at most. */
export function scheduleOf(minutes: number): Schedule {
  const lengthMs = minutes * MINUTE_MS;
  const warmUpMs = Math.min(lengthMs / 3, 10 * MINUTE_MS);
  const calmMs = Math.min(lengthMs / 10, MINUTE_MS);
  const last = lengthMs - calmMs;
  const calmsAtMs: number[] = [];
  for (let at = warmUpMs; at + CALM_EVERY_MS / 2 < last; at += CALM_EVERY_MS) calmsAtMs.push(at);
  // those of a short run lie closer together
  return {
    warmUpMs,
    calmMs,
    calmsAtMs: [...(calmsAtMs.length === 0 ? [warmUpMs] : calmsAtMs), last],
  };
}

/** One of them and whom it hits, where there are several: a number without a bound. */
export interface Draw<T> {
  readonly one: T;
  readonly whom: number;
}

/** In an order of the seed's; each has its turn before any has another. No end. */
export function* drawsOf<T>(all: readonly T[], seed: number): Generator<Draw<T>, never> {
  const { below } = random(seed);
  for (;;) {
    const bag = [...all];
    while (bag.length > 0) {
      for (const one of bag.splice(below(bag.length), 1)) yield { one, whom: below(1_000) };
    }
  }
}
