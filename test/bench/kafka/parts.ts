import type { Section } from '../report';
import { stop, watched, type Client } from './client-process';
import { profileOf, startConsumer, startOurs, startPeer, statusOf, type Place } from './clients';
import { streamOf, type Stream } from './events';
import { startFull } from './full';
import { measureLatency, type Latency } from './latency';
import { measureRebuild } from './rebuild';
import { measureRestart, type Restart } from './restart';
import {
  CEILING,
  FULL,
  latencySection,
  OURS,
  PEER,
  profileSection,
  rebuildSection,
  restartSection,
  throughputSection,
  type LatencyGoal,
  type LatencyRuns,
} from './sections';
import type { Options } from './options';
import {
  leave,
  measureThroughput,
  newInput,
  newPlace,
  type Contender,
  type Ground,
  type Measured,
} from './throughput';

export interface Setting {
  readonly ground: Ground;
  readonly redis: string;
  /** Undefined: the default methodology is not measured. */
  readonly registry: string | undefined;
  readonly options: Options;
}

const CACHE_BYTES = 10 << 20;

export function contendersOf(redis: string): readonly Contender[] {
  const ours =
    (processes: number) =>
    (place: Place): Promise<Client> =>
      startOurs(place, { redis, processes });
  const peer =
    (threads: number, cacheBytes: number) =>
    (place: Place): Client =>
      startPeer(place, { threads, cacheBytes });
  return [
    { name: `${OURS}, 1 process`, start: ours(1), publishes: true },
    { name: `${OURS}, 2 processes`, start: ours(2), publishes: true },
    { name: `${PEER}, 1 thread`, start: peer(1, CACHE_BYTES), publishes: true },
    { name: `${PEER}, 2 threads`, start: peer(2, CACHE_BYTES), publishes: true },
    { name: `${PEER}, 1 thread, no record cache`, start: peer(1, 0), publishes: true },
    { name: `${CEILING}, consume and decode`, start: startConsumer, publishes: false },
  ];
}

export async function throughput({
  ground,
  redis,
  registry,
  options,
}: Setting): Promise<{ readonly section: Section; readonly measured: readonly Measured[] }> {
  const { events, customers, rounds } = options;
  const stream = streamOf(events, customers, Date.now());
  const input = await newInput(ground, 'bench.transactions.v1', stream, events);
  const full: Contender[] =
    registry === undefined
      ? []
      : [1, 2].map((processes) => ({
          name: `${FULL}, ${processes} ${processes === 1 ? 'process' : 'processes'}`,
          start: (place) => startFull(ground, place, { redis, registry }, stream, processes),
          publishes: false,
        }));
  const simple = options.parts.includes('throughput') ? contendersOf(redis) : [];
  const contenders = [...simple, ...full];
  const measured = await measureThroughput(ground, input, events, contenders, rounds);
  return { measured, section: throughputSection(measured, { events, customers }) };
}

const WARM_UP_SECONDS = 10;

/** A contender with what it has worked off, to be started again and again. */
interface Standing {
  readonly contender: Contender;
  readonly place: Place;
  readonly stream: Stream;
  /** Number of the next event. */
  next: number;
}

/** Every customer has a past before the load begins, so that grades change as they do in the stream. */
export async function settle(
  { ground, options }: Setting,
  contenders: readonly Contender[],
): Promise<readonly Standing[]> {
  const { events, customers } = options;
  const stream = streamOf(events, customers, Date.now());
  const standings: Standing[] = [];
  for (const contender of contenders) {
    const place = await newPlace(ground, '');
    const input = await newInput(ground, `${place.application}.load.v1`, stream, events);
    const at = { ...place, input };
    const client = await contender.start(at);
    await watched(client, events).finally(() => stop(client.running));
    standings.push({ contender, place: at, stream, next: events });
  }
  return standings;
}

/** A load on each contender by turns. */
export async function latency(
  { ground, options }: Setting,
  title: string,
  eventsPerSecond: number,
  goal: LatencyGoal,
  standings: readonly Standing[],
): Promise<Section> {
  const runs = new Map<string, Latency[]>(standings.map(({ contender: { name } }) => [name, []]));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const standing of standings) {
      const { contender, place, stream, next: from } = standing;
      const client = await contender.start(place);
      const plan = { eventsPerSecond, seconds: options.seconds, warmUpSeconds: WARM_UP_SECONDS };
      const found = await measureLatency(ground, place, client, { ...plan, stream, from }).finally(
        () => stop(client.running),
      );
      standing.next += found.events;
      ground.say(
        `round ${round}: ${contender.name} at ${eventsPerSecond}/s: p50 ${found.p50Ms.toFixed(1)} ms, ` +
          `p99 ${found.p99Ms.toFixed(1)} ms of ${found.changes}, lag at the end ${found.lag.end}`,
      );
      runs.get(contender.name)?.push(found);
    }
  }
  const [ours, peer] = standings.map(({ contender: { name } }): LatencyRuns => ({
    name,
    eventsPerSecond,
    runs: runs.get(name) ?? [],
  }));
  if (ours === undefined) throw new Error('there is nobody to measure');
  return latencySection(title, ours, peer, goal);
}

export async function restart({ ground, redis, options }: Setting): Promise<Section> {
  const { customers, rate, rounds } = options;
  const stream = streamOf(customers, customers, Date.now());
  const place = await newPlace(ground, '');
  const input = await newInput(ground, `${place.application}.load.v1`, stream, customers);
  const at = { ...place, input };
  const runs: Restart[] = [];
  let from = customers;
  for (let round = 1; round <= rounds; round += 1) {
    const plan = { stream, from, eventsPerSecond: rate, seconds: WARM_UP_SECONDS };
    const found = await measureRestart(ground, at, () => startOurs(at, { redis }), plan);
    ground.say(`round ${round}: restart: new input after ${found.toNewInputSeconds.toFixed(2)} s`);
    from += found.events;
    runs.push(found);
  }
  await leave(place);
  return restartSection(runs, rate);
}

export async function rebuild({ ground, redis, options }: Setting): Promise<Section> {
  const customers = options.rebuild;
  const stream = streamOf(customers, customers, Date.now());
  const place = await newPlace(ground, '');
  const input = await newInput(ground, `${place.application}.load.v1`, stream, customers);
  const at = { ...place, input };
  const found = await measureRebuild(redis, () => startOurs(at, { redis }), customers);
  await leave(place);
  return rebuildSection(found, customers);
}

/** Where the time of the client goes, while it works the whole stream off. */
export async function profile({ ground, redis, options }: Setting): Promise<Section> {
  const { events, customers } = options;
  const stream = streamOf(events, customers, Date.now());
  const place = await newPlace(ground, '');
  const input = await newInput(ground, `${place.application}.load.v1`, stream, events);
  const client = await startOurs({ ...place, input }, { redis, profile: true });
  const { eventsPerSecond } = await watched(client, events).finally(() => stop(client.running));
  await leave(place);
  const commits = statusOf(client)?.counts['commits'] ?? NaN;
  return profileSection(profileOf(client), eventsPerSecond, events / commits);
}
