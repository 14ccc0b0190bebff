import { scrub, type Scrubbed, type ScrubOptions } from './scrubber';

export interface ScrubbingOptions extends ScrubOptions {
  /** Between two walks. */
  readonly restMs: number;
  /** Told at the end of each walk. */
  readonly walked?: (walk: Scrubbed) => void;
  /** Told of a walk that broke off: Redis or the checkpoint could not be read. The next one begins anew. */
  readonly failed: (error: unknown) => void;
}

/** Walks over a partition again and again; resolves soon after `stopping` says so, and never rejects. */
export async function keepScrubbing(options: ScrubbingOptions): Promise<void> {
  const { stopping, pause, restMs, walked, failed } = options;
  while (!stopping()) {
    try {
      const walk = await scrub(options);
      walked?.(walk);
    } catch (error) {
      failed(error);
    }
    if (!stopping()) await pause(restMs);
  }
}
