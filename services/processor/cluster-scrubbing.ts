import { faultText } from '@tidemark/engine/errors';
import { addTo, type Tally } from '@tidemark/engine/measures';
import { pause } from '@tidemark/engine/pause';
import { keepScrubbing } from '@tidemark/engine/adapters/redis/scrubbing';
import type { ScrubOptions } from '@tidemark/engine/adapters/redis/scrubber';
import type { Log } from './cluster-log';

/** How fast the states in Redis are looked at in the background. */
export interface ScrubSettings {
  /** Of a partition; 0: not at all. */
  readonly keysPerSecond: number;
  /** Between two walks over a partition, milliseconds. */
  readonly restMs: number;
}

export interface Scrubbing {
  readonly stop: () => Promise<void>;
}

/** Where it tells what it does and finds. */
export interface ScrubReports {
  readonly log: Log;
  /** By name, for metrics. */
  readonly counts: Tally;
}

type Whose = Pick<
  ScrubOptions,
  'connection' | 'states' | 'application' | 'generation' | 'partition' | 'checkpoint'
>;

const LOOK_MS = 1_000;

/** While they are being made anew there is nothing to compare. */
async function live(isLive: () => boolean, signal: AbortSignal): Promise<void> {
  while (!isLive() && !signal.aborted) await pause(LOOK_MS, signal);
}

/** Looks for states in Redis that are damaged or lost; what is found has the owner make them anew. */
export function startScrubbing(
  whose: Whose,
  settings: ScrubSettings,
  isLive: () => boolean,
  { log, counts }: ScrubReports,
): Scrubbing {
  const { partition } = whose;
  const { keysPerSecond, restMs } = settings;
  const stopping = new AbortController();
  const count = (name: string, n: number): void => addTo(counts, name, n);
  if (keysPerSecond === 0) return { stop: () => Promise.resolve() };
  const done = live(isLive, stopping.signal).then(() =>
    keepScrubbing({
      ...whose,
      ...{ keysPerSecond, restMs },
      pause: (ms) => pause(ms, stopping.signal),
      stopping: () => stopping.signal.aborted,
      found: (finding, keys) => {
        count(`scrub-found:${finding}`, keys);
        log({ level: 'error', event: 'scrub', partition, finding, keys });
      },
      walked: ({ keys, ended }) => {
        count(`scrub-walks:${ended}`, 1);
        count('scrubbed', keys);
      },
      failed: (error) => {
        count('scrub-walks:failed', 1);
        log({ level: 'warn', event: 'scrub', partition, why: faultText(error) });
      },
    }),
  );
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}
