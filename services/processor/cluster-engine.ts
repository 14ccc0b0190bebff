import { faultText } from '@tidemark/engine/errors';
import type { Producer } from '@tidemark/engine/adapters/kafka/kafka';
import { redisReader } from '@tidemark/engine/adapters/redis/reader';
import type { Context } from '@tidemark/engine/machine';
import { partitionOf } from '@tidemark/engine/partitioner';
import { customerMachine } from '@tidemark/rating/customer-machine';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { CustomerState } from '@tidemark/rating/state';
import { admitToCluster } from './cluster-admission';
import type { Connections } from './cluster-connections';
import { followGlobals } from './cluster-globals';
import type { Log } from './cluster-log';
import { clusterOutputs } from './cluster-outputs';
import { followStatus } from './cluster-status';
import type { Settings } from './configuration';
import { explanationOf, viewOf } from './customer-view';
import type { Answer, Engine, EnginePhase, Unavailable } from './engine';
import { inFlight } from './in-flight';

/** The partitions of a cluster as one who owns none of them sees them. */
export interface ClusterEngine extends Engine {
  /** Takes nothing more; the connections stay open. */
  readonly stop: () => Promise<void>;
}

export type ClusterEngineSettings = Pick<Settings, 'application' | 'generation'> & {
  /** Undecided events of a partition beyond which none is taken. */
  readonly backlogMax: number;
};

/** Takes events to the input topics, reads states from Redis and what was published from Kafka. */
export function clusterEngine(
  settings: ClusterEngineSettings,
  connections: Connections,
  log: Log,
): ClusterEngine {
  const { partitions, kafka } = connections;
  const globals = followGlobals(connections, log);
  const status = followStatus(settings, connections, log);
  const all = Array.from({ length: partitions }, (_, n) => clusterOutputs(connections, n, log));
  const producer = kafka.producer();
  const room = inFlight(settings.backlogMax);
  let isStopping = false;
  const keyOf = (institution: string, customer: string): string => `${institution}:${customer}`;
  const hindrance = (): Unavailable | undefined => {
    if (isStopping) return 'stopping';
    return globals.isRead() ? undefined : 'recovering';
  };
  const phase = (): EnginePhase => {
    const because = hindrance();
    if (because === 'stopping' || because === 'recovering') return because;
    const phases = status.reports().map((report) => report.phase);
    return phases.includes('recovering') ? 'recovering' : 'live';
  };
  const look = looker(settings, connections, {
    globals: globals.current,
    clockOf: (partition) => status.reports()[partition]?.clock ?? 0,
    hindrance,
    log,
  });
  return {
    partitions,
    partitionOf: (institution, customer) => partitionOf(keyOf(institution, customer), partitions),
    outputs: (partition) => {
      const found = all[partition];
      if (found === undefined) throw new RangeError(`there is no partition ${partition}`);
      return found.log;
    },
    status: () => ({ phase: phase(), partitions: status.reports() }),
    append: async (values, from, places) => {
      const because = hindrance();
      if (because !== undefined) return { ok: false, because };
      const admitted = admitToCluster(values, globals.current(), connections, from, places);
      const lagOf = (partition: number): number => status.reports()[partition]?.lag ?? 0;
      const giveBack = room.take(admitted.parts, lagOf);
      if (giveBack === undefined) return { ok: false, because: 'lagging' };
      try {
        await send(producer, admitted.records);
      } catch (error) {
        log({ level: 'warn', event: 'not-stored', why: faultText(error) });
        return { ok: false, because: 'not-stored' };
      } finally {
        giveBack();
      }
      return { ok: true, value: admitted.verdicts };
    },
    customer: (institution, customer, form = 'open') =>
      look(keyOf(institution, customer), (state, context) => viewOf(state, context, form)),
    explanation: (institution, customer, form = 'open') =>
      look(keyOf(institution, customer), (state, context) => explanationOf(state, context, form)),
    stop: async () => {
      isStopping = true;
      await Promise.all([globals, status, ...all].map(({ close }) => close()));
      await producer.close();
    },
  };
}

const send = async (
  producer: Producer,
  records: Parameters<Producer['send']>[0],
): Promise<void> => {
  if (records.length > 0) await producer.send(records);
};

interface Surroundings {
  readonly globals: () => RatingGlobals;
  /** Of a partition, as far as it is known here. */
  readonly clockOf: (partition: number) => number;
  readonly hindrance: () => Unavailable | undefined;
  readonly log: Log;
}

type At<T> = (state: CustomerState | undefined, context: Context<RatingGlobals>) => T;

/** Looks at a customer's state as Redis has it, at the time that it is. */
function looker(
  { application, generation }: ClusterEngineSettings,
  { redis, partitions }: Connections,
  { globals, clockOf, hindrance, log }: Surroundings,
) {
  const states = redisReader({ connection: redis, application, generation });
  return async <T>(key: string, at: At<T>): Promise<Answer<T>> => {
    const because = hindrance();
    if (because !== undefined) return { ok: false, because };
    const partition = partitionOf(key, partitions);
    const context = contextAt(globals(), Math.max(Date.now(), clockOf(partition)));
    try {
      const found = await states.read(partition, key);
      if (found === undefined || context.version === '') return NOT_YET;
      const bytes = found.blob?.bytes;
      const state = bytes === undefined ? undefined : customerMachine.decodeState(bytes, context);
      return { ok: true, value: at(state, context) };
    } catch (error) {
      // a store that is away, a state that is being rebuilt, a methodology that was not read here yet
      log({ level: 'warn', event: 'not-read', partition, why: faultText(error) });
      return NOT_YET;
    }
  };
}

const NOT_YET = { ok: false, because: 'recovering' } as const;

const contextAt = (globals: RatingGlobals, asOf: number): Context<RatingGlobals> => ({
  asOf,
  globals,
  version: customerMachine.versionAt(globals, asOf),
});
