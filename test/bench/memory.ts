import type { EmbeddedEngine } from '@tidemark/processor/engine';
import { allDurable, BATCH, feed, openHere, pause } from './bench-engine';
import { slope } from './measure';
import { barePerson, batchesFrom, payment, shuffled } from './synthetic-live';

export interface MemoryInput {
  readonly directory: string;
  readonly events: number;
  readonly customers: number;
  /** Customers kept in memory, by partition. */
  readonly cacheKeys: number;
  readonly samples: number;
}

export interface MemoryResult {
  readonly seconds: number;
  /** In use after a collection, what lies outside of the heap included, MB. */
  readonly firstMB: number;
  readonly lastMB: number;
  /** Growth for a million events once all customers are known. */
  readonly slopeMB: number;
  readonly rssLastMB: number;
  /** The most while events were taken. */
  readonly rssPeakMB: number;
  readonly rssSlopeMB: number;
  /** Events that each later sample stands for, and what was found. */
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly events: number;
  readonly usedMB: number;
  readonly rssMB: number;
}

const MB = 1e6;
/** What comes before counts as warming up: every customer is new once, caches fill. */
const WARM_UP = 0.4;
/** States that the checkpoint may lack in a sample; they are in memory beside the cache. */
const DIRTY_MAX = 2_000;
const POLL_MS = 20;

/** Memory of the embedded engine with a cache that holds a part of the customers only. */
export async function measureMemory(input: MemoryInput): Promise<MemoryResult> {
  const { directory, events, customers, cacheKeys } = input;
  const engine = await openHere(directory, { cacheKeys });
  const samples: Sample[] = [];
  const each = Math.floor(events / input.samples);
  let next = each;
  const make = (n: number): Buffer => {
    const customer = shuffled(n, customers);
    return n < customers ? barePerson(customer, Date.now()) : payment(customer, n, Date.now());
  };
  const start = performance.now();
  await feed(engine, batchesFrom(events, BATCH, make), async (taken) => {
    if (taken < next) return;
    next += each;
    if (taken < WARM_UP * events || taken <= customers) return;
    await engine.settled();
    await checkpointed(engine);
    samples.push(sample(taken));
  });
  await allDurable(engine);
  const seconds = (performance.now() - start) / 1000;
  await engine.stop();
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) throw new Error('too few samples');
  const growth = (of: (it: Sample) => number): number =>
    slope(samples.map((it) => [it.events / 1e6, of(it)]));
  return {
    seconds,
    firstMB: first.usedMB,
    lastMB: last.usedMB,
    slopeMB: growth(({ usedMB }) => usedMB),
    rssLastMB: last.rssMB,
    rssPeakMB: (process.resourceUsage().maxRSS * 1024) / MB,
    rssSlopeMB: growth(({ rssMB }) => rssMB),
    samples,
  };
}

/** How many states wait for the checkpoint depends on the pace alone: it is no part of a trend. */
async function checkpointed(engine: EmbeddedEngine): Promise<void> {
  while (engine.status().partitions.some(({ dirty }) => dirty > DIRTY_MAX)) await pause(POLL_MS);
}

/** The worker exposes the collector. */
function sample(events: number): Sample {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { events, usedMB: (heapUsed + external) / MB, rssMB: rss / MB };
}
