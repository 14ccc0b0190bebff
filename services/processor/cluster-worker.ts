import { faultText } from '@tidemark/engine/errors';
import { pause } from '@tidemark/engine/pause';
import { hostname } from 'node:os';
import type { Membership } from '@tidemark/engine/adapters/kafka/kafka';
import { kafkaPartition } from '@tidemark/engine/adapters/kafka/kafka-ports';
import { redisStates } from '@tidemark/engine/adapters/redis/states';
import type { Histogram } from '@tidemark/engine/measures';
import { DEFAULTS, type PartitionOptions, type Skip } from '@tidemark/engine/options';
import type { Ports } from '@tidemark/engine/ports';
import { runPartition } from '@tidemark/engine/runner';
import { openConnections, type Connections } from './cluster-connections';
import { ClusterFault } from './cluster-fault';
import type { Log } from './cluster-log';
import { clusterOrders, skipOrders } from './cluster-orders';
import {
  keepPartitions,
  type KeptPartition,
  type Partitions,
  type Running,
} from './cluster-partitions';
import { startScrubbing } from './cluster-scrubbing';
import { noteWaiting, type Waiting } from './cluster-waiting';
import type { Settings } from './configuration';
import { sampleLags, SILENT_MS } from './lag-metrics';
import type { MeasuredPartition } from './partition-metric';
import { GLOBAL_TOPICS, INPUT_TOPICS } from './topics';
import type { Tracing } from './tracing';
import { wireLog } from './wire-log';
import { overWire } from './wire-machine';
import { tellingOf, workerMetrics, type WorkerMetrics } from './worker-metrics';

/** A member of the group that runs the partitions of a cluster. */
export interface Worker {
  /** waiting: servers, topics or schemas are not there yet. */
  readonly phase: () => 'waiting' | 'joined' | 'stopping';
  /** What is not there yet, and why; empty once all is. */
  readonly waiting: () => readonly Waiting[];
  readonly partitions: () => readonly KeptPartition[];
  /** What was measured of them; nothing is asked of any server. */
  readonly measured: () => readonly MeasuredPartition[];
  /** Of all partitions that it has kept since it began, those that went to others included. */
  readonly freshness: () => readonly Histogram[];
  /** How often the group has distributed partitions. */
  readonly assignments: () => number;
  /** Whether Redis has answered when it was asked last; undefined: it was not asked yet. */
  readonly isRedisUp: () => boolean | undefined;
  /** Records of a partition's inputs that are not decided yet; undefined: it cannot be told now. */
  readonly lag: (partition: number) => Promise<number | undefined>;
  /** Resolves after `stop`, rejects with what a person has to mend. */
  readonly done: Promise<void>;
  /**
   * Stops all partitions between two steps, leaves the group, closes everything, within
   * `worker.stopMs`. What is under way then is given up: the next owner goes on from the journal.
   */
  readonly stop: () => Promise<void>;
}

/** Runs as a member until it is stopped; it waits for servers that are not there yet. */
export function runWorker(settings: Settings, log: Log, tracing?: Tracing): Worker {
  const stopping = new AbortController();
  const waits = noteWaiting(log);
  let joined: Joined | undefined;
  const run = async (): Promise<void> => {
    const connections = await openConnections(settings, waits.log, stopping.signal);
    if (connections === undefined) return;
    const member = join(settings, connections, log, stopping.signal, tracing);
    try {
      // brokers may be away by now: it can be stopped all the same
      await Promise.race([member.membership, member.over]);
      joined = member;
      await member.over;
    } finally {
      await end(settings, connections, member);
      log({ level: 'info', event: 'stopped' });
    }
  };
  const done = run();
  // whoever wants to know of it waits for it
  done.catch(() => undefined);
  return {
    done,
    phase: () =>
      stopping.signal.aborted ? 'stopping' : joined === undefined ? 'waiting' : 'joined',
    waiting: () => joined?.waiting() ?? waits.now(),
    partitions: () => joined?.partitions.all() ?? [],
    measured: () => joined?.measured() ?? [],
    freshness: () => joined?.freshness() ?? [],
    assignments: () => joined?.assignments() ?? 0,
    isRedisUp: () => {
      if (joined !== undefined) return joined.isRedisUp();
      return waits.now().some(({ what }) => what === 'redis') ? false : undefined;
    },
    lag: async (partition) => joined?.lag(partition),
    stop: async () => {
      if (!stopping.signal.aborted) log({ level: 'info', event: 'stopping' });
      stopping.abort();
      await done.catch(() => undefined);
    },
  };
}

interface Joined extends Pick<
  Worker,
  'measured' | 'freshness' | 'assignments' | 'waiting' | 'isRedisUp'
> {
  readonly partitions: Partitions;
  readonly membership: Promise<Membership>;
  /** Resolves when it is asked to stop, rejects when the membership cannot go on. */
  readonly over: Promise<void>;
  readonly lag: (partition: number) => Promise<number | undefined>;
}

function join(
  settings: Settings,
  connections: Connections,
  log: Log,
  signal: AbortSignal,
  tracing: Tracing | undefined,
): Joined {
  const { kafka, names } = connections;
  const machine = overWire(connections.wire);
  const skips = skipOrders(clusterOrders(connections));
  const metrics = workerMetrics();
  const partitions = keepPartitions({
    start: async (partition, failed) => {
      const its = { partition, failed, skips: await skips.of(partition), tracing };
      return startPartition(settings, connections, machine, { ...its, metrics }, log);
    },
    released: skips.more,
    confirmed: async () => (await membership).confirmed(),
    log,
  });
  let fail: (error: Error) => void = () => undefined;
  const over = new Promise<void>((resolve, reject) => {
    fail = reject;
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  over.catch(() => undefined);
  const lags = sampleLags({
    ...{ reader: connections.reader, names, admin: kafka.admin },
    positions: () => partitions.all().flatMap(positionsOf),
  });
  signal.addEventListener('abort', () => void lags.close(), { once: true });
  let assignments = 0;
  const membership = kafka.join({
    ...settings.group,
    group: settings.application,
    topics: INPUT_TOPICS.map((topic) => names.of(topic).topic),
    assigned: (owned, generation) => {
      const list = [...owned].sort((a, b) => a - b);
      assignments += 1;
      log({ level: 'info', event: 'assigned', generation, partitions: list });
      partitions.assigned(owned, generation);
    },
    failed: (error) =>
      fail(new ClusterFault(`the membership of the group has ended: ${faultText(error)}`)),
  });
  membership.catch(() => undefined);
  return {
    ...{ partitions, over, membership },
    measured: () => metrics.measured(partitions.all(), lags.lagsOf),
    freshness: metrics.freshness,
    waiting: () => [...(lags.isHeard() ? [] : [SILENT]), ...(assignments > 0 ? [] : [UNASSIGNED])],
    assignments: () => assignments,
    isRedisUp: connections.redis.isUp,
    lag: (partition) => lagOf(connections, partitions, partition),
  };
}

const SILENT: Waiting = {
  what: 'kafka',
  why: `brokers have not answered for ${SILENT_MS / 1000} s`,
};

/** Who has no partitions yet may be about to get some: it is as little ready as one that recovers them. */
const UNASSIGNED: Waiting = {
  what: 'group',
  why: 'the group has not distributed its partitions yet',
};

const positionsOf = ({ partition, status }: KeptPartition) =>
  status === undefined ? [] : [{ partition, positions: status.positions }];

interface ItsOwn {
  readonly partition: number;
  /** Told why it recovers. */
  readonly failed: (why: string) => void;
  readonly skips: readonly Skip[];
  readonly metrics: WorkerMetrics;
  readonly tracing: Tracing | undefined;
}

function startPartition(
  settings: Settings,
  { kafka, reader, names, wire, redis, partitions }: Connections,
  machine: ReturnType<typeof overWire>,
  { partition, failed, skips, metrics, tracing }: ItsOwn,
  log: Log,
): Running {
  const { application, generation } = settings;
  const stored = kafkaPartition({
    ...{ kafka, reader, names, application, generation, partition },
    ...{ group: application, frame: wire.frame, headers: tracing?.headers ?? [] },
  });
  const states = redisStates({ connection: redis, application, generation, partition });
  const plain = { inputs: wireLog(stored.topics, wire.book), ledger: stored.ledger };
  const topicOf = (logical: string): string => names.of(logical).topic;
  const ports: Ports = {
    ...(tracing?.over(plain, { partition, topicOf }) ?? plain),
    checkpoints: stored.checkpoints,
    states,
    clock: { now: Date.now, pause },
  };
  const options = optionsOf(settings, partition, partitions);
  const measures = metrics.of(partition);
  const told = tellingOf(log, partition);
  metrics.begun(partition);
  const handle = runPartition(machine, ports, { ...options, failed, skips, measures, told });
  handle.done.catch((error: unknown) => metrics.ended(partition, error));
  const scrubbing = startScrubbing(
    {
      ...{ connection: redis, states, application, generation, partition },
      checkpoint: stored.checkpoints.blobsSlowly,
    },
    settings.scrub,
    () => handle.status().phase === 'live',
    { log, counts: measures.others },
  );
  return {
    handle,
    close: async () => {
      // it writes nothing, and may wait for a leader that is away: nobody waits for its end
      void scrubbing.stop();
      await stored.close();
    },
  };
}

const optionsOf = (settings: Settings, partition: number, partitions: number): PartitionOptions => {
  const { application, generation, step, checkpoint, cacheKeys, clockLeapMsMax } = settings;
  return {
    ...DEFAULTS,
    ...{ application, generation, partition, partitions },
    owner: `${hostname()}/${process.pid}`,
    inputTopics: INPUT_TOPICS,
    globalTopics: GLOBAL_TOPICS,
    time: 'wall',
    ...{ step, checkpoint, cacheKeys, clockLeapMsMax },
    // servers come back; who waits for them takes nothing that others could take
    failuresMax: Infinity,
    ownedMsMax: settings.group.sessionTimeoutMs / 2,
  };
};

async function lagOf(
  { reader, names }: Connections,
  partitions: Partitions,
  partition: number,
): Promise<number | undefined> {
  const kept = partitions.all().find((one) => one.partition === partition);
  if (kept?.status === undefined) return undefined;
  const { positions } = kept.status;
  // it recovers: where it stands is not known yet
  if (Object.keys(positions).length === 0) return undefined;
  const lags = INPUT_TOPICS.map(async (topic) => {
    const { next, first } = await reader.bounds({ topic: names.of(topic).topic, partition });
    return Math.max(0, next - (positions[topic] ?? first));
  });
  try {
    return (await Promise.all(lags)).reduce((sum, lag) => sum + lag, 0);
  } catch {
    return undefined;
  }
}

/** What leaving and closing may take of the time for a stop. */
const LEAVE_PART = 0.2;

/** Partitions first: while they end, the group still knows that they are ours. */
async function end(
  { worker }: Settings,
  connections: Connections,
  { partitions, membership }: Joined,
): Promise<void> {
  const stopped = partitions.stop();
  connections.hurry();
  await within(worker.stopMs * (1 - 2 * LEAVE_PART), stopped);
  const left = membership.then(({ leave }) => leave()).catch(() => undefined);
  await within(worker.stopMs * LEAVE_PART, left);
  // a partition that still waits for a server ends by this
  await within(worker.stopMs * LEAVE_PART, Promise.all([connections.close(), stopped]));
}

/** Resolves when it is over, or the time is. */
async function within(ms: number, task: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([task, pause(ms, over.signal)]).finally(() => over.abort());
}
