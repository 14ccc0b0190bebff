import { join } from 'node:path';
import { until } from '../integration/cluster/processes';
import { RECOVERY_MS_MAX } from '../integration/faults/faults';
import type { Gap } from '../integration/faults/progress';
import { startPump } from '../integration/faults/pump';
import {
  allIsRead,
  judgeAll,
  keepLogs,
  wholePartitions,
  type Judgement,
} from '../integration/faults/rest';
import { startWorld, type World } from '../integration/faults/world';
import { MINUTE_MS, timeOf, type Span } from './fit';
import { scheduleOf } from './plan';
import type { Grown } from './heap';
import { snapshotsOf } from './snapshot';
import { strikeAll, type Strike } from './strike';
import { watch, type Sample, type Watch } from './watch';
import { wavesOf } from './waves';

export interface SoakSettings {
  readonly minutes: number;
  /** Between the beginnings of two faults. */
  readonly everySeconds: number;
  /** Records. */
  readonly perSecond: number;
  readonly seed: number;
  /** Where the workers' logs are kept; absent: nowhere. */
  readonly logs?: string;
  /** Where it is written down what is in the heaps of the workers that live to the end; absent: nowhere. */
  readonly snapshots?: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** All that is known of a run once it is over. */
export interface SoakRun {
  /** As long as it was asked to be. */
  readonly length: number;
  /** UTC milliseconds. */
  readonly begun: number;
  readonly strikes: readonly StrikeWithGap[];
  /** Moments without faults, milliseconds since the start. */
  readonly calms: readonly Span[];
  readonly stalls: number;
  /** Of all of it. */
  readonly longestGap: Gap;
  /** Of the workers that lived to the end, by name. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  readonly lost: readonly string[];
  readonly minutes: readonly Minute[];
  readonly sent: number;
  readonly customers: number;
  /** When records of each customer had been sent, since the start; undefined: not before the end. */
  readonly peopledAtMs: number | undefined;
  /** Milliseconds from the last record until no partition had a lag; undefined: not in time. */
  readonly lagZeroMs: number | undefined;
  /** How the workers ended when they were asked to. */
  readonly codes: readonly (number | null)[];
  readonly judgement: Judgement;
  /** What was more in the heap at the last calm moment than at the first, by worker, where it was asked. */
  readonly grown: ReadonlyMap<string, readonly Grown[]>;
  readonly whole: number;
  readonly partitions: number;
}

export interface StrikeWithGap extends Strike {
  /** The longest time in which some partition took nothing in, ended until the next fault was due. */
  readonly gap: Gap;
}

/** As it was at the end of a minute. */
export interface Minute {
  readonly minute: number;
  readonly sent: number;
  readonly lag: number;
  readonly faults: number;
}

/** So many workers live to the end: of these, memory and handles are judged. */
const LASTING = 2;
/** States that a partition keeps in memory: few, for each of them grows with the records of its customer. */
const CACHED = '50';
/** So many that a walk, which each takeover begins and which has memory of its own, is over when it is calm. */
const SCRUBBED = '5000';
const LAG_MS_MAX = 120_000;
/** By then a worker has looked at its lags again, and was looked at itself. */
const LAG_SEEN_MS = 15_000;
const COLLECT = join(__dirname, 'collect.js');

/**
 * Load and faults for as long as it is asked for, then everything comes to rest and is judged.
 * @throws AbortError when the signal says so; whoever calls stops what was started
 */
export async function soak(settings: SoakSettings): Promise<SoakRun> {
  const { minutes, everySeconds, perSecond, seed, signal } = settings;
  const world = await startWorld({
    NODE_OPTIONS: `--require ${JSON.stringify(COLLECT)}`,
    ...(settings.snapshots === undefined ? {} : { SOAK_SNAPSHOTS: settings.snapshots }),
    TIDEMARK_CACHE_CUSTOMERS: CACHED,
    TIDEMARK_SCRUB_KEYS_PER_SECOND: SCRUBBED,
  });
  const waves = wavesOf({ seed, partitions: world.partitions, schemas: world.schemas });
  const begun = Date.now();
  const pump = startPump(waves, world.producers, { perSecond, seed });
  await world.progress.allMoveAfter(begun, RECOVERY_MS_MAX);
  const lasting = world.nodes.slice(0, LASTING).map(({ worker }) => worker);
  const watched = watch(world, lasting, begun);
  const schedule = scheduleOf(minutes);
  let faults = 0;
  const snapshots =
    settings.snapshots === undefined ? undefined : snapshotsOf(lasting, settings.snapshots);
  const sinceBegun = (at: number | undefined): number | undefined =>
    at === undefined ? undefined : at - begun;
  const say = (line: string): void => settings.say(`${timeOf(Date.now() - begun)} ${line}`);
  say(`${minutes} min, SEED=${seed}, calm at ${schedule.calmsAtMs.map(timeOf).join(', ')}`);
  const minuteOf = minuteTeller({ begun, watched, sent: pump.sent, faults: () => faults, say });
  try {
    const struck = await strikeAll(
      {
        ...{ world, pump, begun, everyMs: everySeconds * 1_000, seed, signal },
        mortal: { ...world, nodes: world.nodes.slice(LASTING) },
        begins: (fault) => {
          faults += 1;
          say(fault);
        },
        calm: async (isCalm) => {
          if (isCalm) say('calm');
          watched.calm(isCalm);
          if (!isCalm) await snapshots?.take();
        },
        say,
      },
      schedule,
    );
    waves.end();
    await pump.finish();
    const lagZeroMs = await lagZero(watched);
    say(`lag ${watched.lag().records}`);
    const longestGap = world.progress.longestGapSince(begun);
    await allIsRead(world).catch((error: unknown) => say(String(error)));
    await watched.stop();
    const codes: (number | null)[] = [];
    for (const { worker } of world.nodes) codes.push(await worker.stop());
    say(`workers ended with ${codes.join()}; judging`);
    return {
      ...{ length: minutes, begun, calms: struck.calms, stalls: struck.stalls, longestGap },
      strikes: withGaps(struck.strikes, world, everySeconds * 1_000),
      ...{ samples: watched.samples, lost: [...watched.lost], minutes: minuteOf.all },
      ...{ sent: pump.sent(), customers: waves.customers(), lagZeroMs, codes },
      ...{ judgement: await judgeAll(world), whole: await wholePartitions(world) },
      partitions: world.partitions,
      peopledAtMs: sinceBegun(waves.peopledAt()),
      grown: snapshots?.grown() ?? new Map(),
    };
  } finally {
    minuteOf.stop();
    await watched.stop();
    if (settings.logs !== undefined) keepLogs(world, settings.logs);
  }
}

const withGaps = (
  strikes: readonly Strike[],
  { progress }: World,
  everyMs: number,
): StrikeWithGap[] =>
  strikes.map((strike) => ({
    ...strike,
    gap: progress.longestGapSince(strike.began, strike.ended + everyMs),
  }));

async function lagZero({ lag }: Watch): Promise<number | undefined> {
  const finished = Date.now();
  const isZero = (): boolean => {
    const { at, records, isWhole } = lag();
    return at > finished + LAG_SEEN_MS && isWhole && records === 0;
  };
  try {
    await until('lag is zero', isZero, { withinMs: LAG_MS_MAX });
    return lag().at - finished;
  } catch {
    return undefined;
  }
}

interface Told {
  readonly begun: number;
  readonly watched: Watch;
  readonly sent: () => number;
  readonly faults: () => number;
  readonly say: (line: string) => void;
}

/** Notes and says, once a minute, how far it is. */
function minuteTeller({ begun, watched, sent, faults, say }: Told): {
  readonly all: readonly Minute[];
  readonly stop: () => void;
} {
  const all: Minute[] = [];
  const timer = setInterval(() => {
    const minute = Math.round((Date.now() - begun) / MINUTE_MS);
    const now = { minute, sent: sent(), lag: watched.lag().records, faults: faults() };
    all.push(now);
    const workers = [...watched.samples].map(([name, samples]) => {
      const last = samples.filter(({ isSettled }) => isSettled).at(-1);
      return `${name} ${last?.usedMB.toFixed(1) ?? '?'} MB, ${last?.descriptors ?? '?'} descriptors`;
    });
    say(`${now.sent} records sent, lag ${now.lag}, ${now.faults} faults; ${workers.join('; ')}`);
  }, MINUTE_MS);
  return { all, stop: () => clearInterval(timer) };
}
