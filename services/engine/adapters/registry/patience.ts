import { pause } from '../../pause';
import { RegistryDown } from './registry';

const PAUSE_MS = { first: 250, last: 10_000 };

export interface Patience {
  readonly log?: (message: string) => void;
  /** Ends the wait; then it throws. */
  readonly ended?: AbortSignal;
}

/** Asks again, with growing pauses, for as long as the registry is down. */
export async function untilAnswered<T>(
  request: () => Promise<T>,
  { log = () => {}, ended = new AbortController().signal }: Patience,
): Promise<T> {
  const tell = outages(log);
  for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.last)) {
    ended.throwIfAborted();
    try {
      const answer = await request();
      tell.answered();
      return answer;
    } catch (error) {
      if (!(error instanceof RegistryDown)) throw error;
      tell.failed(error.message);
    }
    await pause(pauseMs, ended);
  }
}

/** One line when it goes away, one when it is back. */
export function outages(log: (message: string) => void): {
  readonly answered: () => void;
  readonly failed: (why: string) => void;
} {
  let isDown = false;
  return {
    answered: () => {
      if (isDown) log('the schema registry answers again');
      isDown = false;
    },
    failed: (why) => {
      if (!isDown) log(`waiting for the schema registry: ${why}`);
      isDown = true;
    },
  };
}
