import { EXIT, say } from '../exit';

export interface StopSignal {
  /** Aborted by the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  /** Listens no more. */
  readonly dispose: () => void;
}

/** A clean end takes no longer than this, or it is no clean end. */
const END_MS_MAX = 5_000;
/** npm hands a Ctrl-C on that the terminal has given to all its processes: one of them is meant. */
const TWICE_MS = 300;

/** Makes the first signal ask for a clean end; a second one, or one that takes too long, ends at once. */
export function stopSignal(): StopSignal {
  const asked = new AbortController();
  let askedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  const atOnce = (why: string): void => {
    say(why);
    process.exit(EXIT.internal);
  };
  const onSignal = (): void => {
    if (!asked.signal.aborted) {
      askedAt = performance.now();
      asked.abort();
      timer = setTimeout(() => atOnce('it takes too long: ended at once'), END_MS_MAX);
      timer.unref();
    } else if (performance.now() - askedAt > TWICE_MS) {
      atOnce('ended at once; what was accepted is kept');
    }
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    signal: asked.signal,
    dispose: () => {
      clearTimeout(timer);
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
    },
  };
}

/** Resolves when it is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
