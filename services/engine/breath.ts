import type { Clock } from './ports';

/** So long others of the process may wait for their turn, milliseconds: heartbeats, requests. */
const BREATH_MS = 50;

/**
 * For long work that waits for nothing: called between its parts, it lets others have their turn now and
 * then. Where the clock knows no pause it does nothing.
 */
export function breathing({ now, pause }: Clock): () => Promise<void> {
  let at = now();
  return async () => {
    if (pause === undefined || Math.abs(now() - at) < BREATH_MS) return;
    await pause(0);
    at = now();
  };
}
