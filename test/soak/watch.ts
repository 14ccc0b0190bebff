import { setTimeout as pause } from 'node:timers/promises';
import type { Worker } from '../integration/faults/workers';
import { INPUT_TOPICS } from '../integration/faults/left';
import { WORKERS, type World } from '../integration/faults/world';
import { parseMetrics, valueOf, type Scraped } from '../support/scraped';

/** What a worker has told of itself. */
export interface Sample {
  /** Since the start. */
  readonly atMs: number;
  /** The heap in use and what it holds outside of it, MB. */
  readonly usedMB: number;
  /** The heap alone. */
  readonly heapMB: number;
  /** Of it machine code: it grows while functions still become hot, less and less. */
  readonly codeMB: number;
  /** What it holds outside: buffers, mostly. */
  readonly outsideMB: number;
  /** What the heap has of the system, in use or not. */
  readonly reservedMB: number;
  readonly rssMB: number;
  /** Sockets, pipes, servers. */
  readonly handles: number;
  /** Files and sockets, as the kernel counts them. */
  readonly descriptors: number;
  /** It was asked to collect garbage just before, and has its share of the partitions, all live. */
  readonly isSettled: boolean;
}

export interface Lag {
  readonly at: number;
  /** Over all partitions. */
  readonly records: number;
  /** Whether each partition was told of. */
  readonly isWhole: boolean;
}

export interface Watch {
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  readonly lag: () => Lag;
  /** While it is calm, garbage is collected before each look. */
  readonly calm: (isCalm: boolean) => void;
  /** Workers that should live and ended. */
  readonly lost: ReadonlySet<string>;
  readonly stop: () => Promise<void>;
}

const EVERY_MS = 5_000;
/** Garbage is collected each so many times: it costs what it stops. */
const COLLECT_EVERY = 3;
/** A signal is on its way for a moment, and the collection takes one. */
const COLLECTING_MS = 500;
const ANSWER_MS = 2_000;
const MB = 1e6;

/** Looks at all workers every few seconds, and at those that live to the end more closely. */
export function watch(world: World, lasting: readonly Worker[], begun: number): Watch {
  const samples = new Map(lasting.map(({ name }): [string, Sample[]] => [name, []]));
  const lost = new Set<string>();
  const closing = new AbortController();
  let isCalm = false;
  let lag: Lag = { at: 0, records: NaN, isWhole: false };

  const look = async (isCollecting: boolean): Promise<void> => {
    for (const worker of lasting) if (!worker.isUp()) lost.add(worker.name);
    if (isCollecting) {
      for (const worker of lasting) worker.signal('SIGUSR2');
      await pause(COLLECTING_MS);
    }
    const workers = [...world.nodes, world.guest].map(({ worker }) => worker);
    const told = await Promise.all(
      workers
        .filter(({ isUp }) => isUp())
        .map(async (worker) => ({ worker, of: await scrape(worker) })),
    );
    for (const { worker, of } of told) {
      const own = samples.get(worker.name);
      if (of !== undefined) own?.push(sampleOf(of, Date.now() - begun, isCollecting, world));
    }
    lag = lagOf(
      told.flatMap(({ of }) => of ?? []),
      world.partitions,
    );
  };
  const loop = async (): Promise<void> => {
    for (let n = 1; !closing.signal.aborted; n += 1) {
      const next = pause(EVERY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      await look(isCalm || n % COLLECT_EVERY === 0);
      await next;
    }
  };
  const ended = loop();
  return {
    samples,
    lost,
    lag: () => lag,
    calm: (is) => {
      isCalm = is;
    },
    stop: () => {
      closing.abort();
      return ended;
    },
  };
}

/** Undefined: it does not answer now. */
async function scrape({ url }: Worker): Promise<Scraped | undefined> {
  try {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return parseMetrics(await answer.text());
  } catch {
    return undefined;
  }
}

function sampleOf(
  scraped: Scraped,
  atMs: number,
  isCollected: boolean,
  { partitions }: World,
): Sample {
  const value = (name: string): number => valueOf(scraped, name) ?? NaN;
  const heap = value('nodejs_heap_size_used_bytes');
  const outside = value('nodejs_external_memory_bytes');
  const live = valueOf(scraped, 'tidemark_partition_phase', { phase: 'live' });
  return {
    atMs,
    usedMB: (heap + outside) / MB,
    heapMB: heap / MB,
    codeMB: (valueOf(scraped, 'nodejs_heap_space_size_used_bytes', { space: 'code' }) ?? NaN) / MB,
    outsideMB: outside / MB,
    reservedMB: value('nodejs_heap_size_total_bytes') / MB,
    rssMB: value('process_resident_memory_bytes') / MB,
    handles: value('nodejs_active_handles_total'),
    descriptors: value('process_open_fds'),
    isSettled: isCollected && live === partitions / WORKERS && value('tidemark_ready') === 1,
  };
}

function lagOf(told: readonly Scraped[], partitions: number): Lag {
  const lags = new Map<string, number>();
  for (const { samples } of told) {
    for (const { name, labels, value } of samples) {
      if (name !== 'tidemark_lag_records') continue;
      const place = `${labels['partition']}/${labels['topic']}`;
      lags.set(place, Math.max(value, lags.get(place) ?? 0));
    }
  }
  return {
    at: Date.now(),
    records: [...lags.values()].reduce((sum, records) => sum + records, 0),
    isWhole: lags.size === partitions * INPUT_TOPICS.length,
  };
}
