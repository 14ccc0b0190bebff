import type Cluster from 'kafkajs/src/cluster';
import type { KafkaSettings } from '../kafka';
import { newCluster } from './connection';
import { addressesOf, cutOff, takeMetadataAsItIs } from './metadata-codec';
import { asBroker, asFinding, type Broker } from './protocol-codec';
import { Closed, growingWaits, isForGood, pauses, plainError, saidOf, within } from './errors';

/** For requests that have no longer bound of their own, ms. */
export const REQUEST_MS = 10_000;
const CONNECT_MS = 3_000;
/** How long the cluster is asked before there being no answer is an error, where nobody says, ms. */
const PATIENCE_MS = 30_000;
const WAIT_FIRST_MS = 5;
const WAIT_MOST_MS = 1_000;
/** A wait is told of after so long, ms, and then every so often. */
const LONG_MS = 2_000;
const AGAIN_MS = 30_000;
const COORDINATOR_TYPES = { group: 0, transaction: 1 } as const;

export type CoordinatorKind = keyof typeof COORDINATOR_TYPES;

/**
 * A connection to the cluster that is made anew after a failure. kafkajs repairs its own only in part
 * (a broker that has gone leaves its pool without a seed), so nothing of a failed one is kept, but for
 * the addresses of the brokers: any of them may be the one that is still there.
 */
export interface Link {
  /** A connected cluster, the same one until `drop`. */
  readonly cluster: () => Promise<Cluster>;
  /** The broker that coordinates a group or a transactional id, remembered until `moved`. */
  readonly coordinator: (kind: CoordinatorKind, id: string) => Promise<Broker>;
  /** The coordinator was not where it was looked for. */
  readonly moved: (kind: CoordinatorKind, id: string) => void;
  readonly leader: (topic: string, partition: number) => Promise<Broker>;
  /** Leaders were not where they were looked for. What fails here fails at the next call. */
  readonly refresh: () => Promise<void>;
  /** Whatever is under way fails, the next call connects anew. */
  readonly drop: () => void;
  /** Ends early when the link is closed. */
  readonly pause: (ms: number) => Promise<void>;
  readonly log: KafkaSettings['log'] & object;
  /** As whom the brokers know this process, as their access lists write it. */
  readonly user: string;
  /** For what is not tried for ever, ms. */
  readonly patienceMs: number;
  /** @throws Closed */
  readonly check: () => void;
  readonly close: () => void;
}

/** @param closed told when it was closed */
export function openLink(settings: KafkaSettings, closed: () => void = () => undefined): Link {
  const requestMs = REQUEST_MS;
  const { pause, end } = pauses();
  const addresses = new Set(settings.brokers);
  const coordinators = new Map<string, number>();
  let current: Promise<Cluster> | undefined;
  let tries = 0;
  let isClosed = false;
  const check = (): void => {
    if (isClosed) throw new Closed();
  };
  const connect = async (): Promise<Cluster> => {
    const timeouts = { requestTimeoutMs: requestMs, connectionTimeoutMs: CONNECT_MS };
    const brokers = rotated([...addresses], tries);
    tries += 1;
    const cluster = takeMetadataAsItIs(
      newCluster({ ...settings, brokers, log: quiet(settings) }, timeouts),
    );
    try {
      await within(requestMs, 'connecting', cluster.connect());
      await within(requestMs, 'metadata', cluster.refreshMetadata());
    } catch (error) {
      cutOff(cluster);
      throw error;
    }
    for (const address of addressesOf(cluster)) addresses.add(address);
    return cluster;
  };
  const cluster = async (): Promise<Cluster> => {
    check();
    current ??= connect();
    const mine = current;
    try {
      return await mine;
    } catch (error) {
      if (current === mine) current = undefined;
      check();
      throw error;
    }
  };
  const drop = (): void => {
    const dropped = current;
    current = undefined;
    coordinators.clear();
    void dropped?.then(cutOff, () => undefined);
  };
  return {
    cluster,
    drop,
    pause,
    log: (level, message) => settings.log?.(level, message),
    user: settings.sasl === undefined ? 'this user' : `User:${settings.sasl.username}`,
    patienceMs: settings.patienceMs ?? PATIENCE_MS,
    check,
    coordinator: async (kind, id) => {
      const connected = await cluster();
      const known = coordinators.get(`${kind} ${id}`);
      if (known !== undefined) {
        const asked = connected.findBroker({ nodeId: known });
        return asBroker(await within(requestMs, 'connecting', asked));
      }
      const request = { groupId: id, coordinatorType: COORDINATOR_TYPES[kind] };
      const asked = connected.findGroupCoordinator(request).catch(async (error: unknown) => {
        throw (await refusalOf(connected, request)) ?? error;
      });
      const found = asBroker(await within(requestMs, 'asking for a coordinator', asked));
      coordinators.set(`${kind} ${id}`, found.nodeId);
      return found;
    },
    moved: (kind, id) => {
      coordinators.delete(`${kind} ${id}`);
    },
    leader: async (topic, partition) => {
      const connected = await cluster();
      return within(requestMs, 'finding a leader', leaderOf(connected, topic, partition));
    },
    refresh: async () => {
      try {
        const connected = await cluster();
        await within(requestMs, 'metadata', connected.refreshMetadata());
      } catch {
        drop();
      }
    },
    close: () => {
      isClosed = true;
      end();
      drop();
      closed();
    },
  };
}

/**
 * Each connection begins with another broker: kafkajs begins with the first, and one that is gone behind
 * something that still takes connections would be asked again and again.
 */
const rotated = (addresses: readonly string[], by: number): string[] => {
  const first = by % addresses.length;
  return [...addresses.slice(first), ...addresses.slice(0, first)];
};

async function leaderOf(cluster: Cluster, topic: string, partition: number): Promise<Broker> {
  await cluster.addMultipleTargetTopics([topic]);
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined) throw new Error(`${topic} has no partition ${partition}`);
  return asBroker(await cluster.findBroker({ nodeId }));
}

/**
 * Why no broker names a coordinator, where this user may not ask: kafkajs asks one after the other and
 * keeps nothing of their answers.
 */
async function refusalOf(
  cluster: Cluster,
  request: Parameters<Cluster['findGroupCoordinator']>[0],
): Promise<unknown> {
  try {
    await asFinding(asBroker(await cluster.findControllerBroker())).findGroupCoordinator(request);
  } catch (error) {
    if (isForGood(error)) return error;
  }
  return undefined;
}

/** What kafkajs takes for an error is mostly tried again here: whoever gives up says so. */
const quiet =
  ({ log }: KafkaSettings): KafkaSettings['log'] & object =>
  (_level, message) =>
    log?.('info', message);

/** Tells of a wait that has become long, and again now and then. */
export function waiting(link: Link): (what: string, error: unknown) => void {
  let next = Date.now() + LONG_MS;
  return (what, error) => {
    if (Date.now() < next) return;
    next = Date.now() + AGAIN_MS;
    link.log('warn', `${what}: still waiting, ${saidOf(error)}`);
  };
}

/**
 * Tries until it succeeds, with growing waits and after a failure over a new connection; for what may be
 * done twice. It gives up when the link is closed, when no waiting can help, or when the time is over.
 * @param ms bound of all tries, the last one is cut off; undefined: for ever
 */
export async function persist<T>(
  link: Link,
  what: string,
  ms: number | undefined,
  attempt: () => Promise<T>,
  failed: (error: unknown) => void,
): Promise<T> {
  const waits = growingWaits(WAIT_FIRST_MS, WAIT_MOST_MS, link.pause);
  const tell = waiting(link);
  const until = ms === undefined ? Infinity : Date.now() + ms;
  let reason: unknown;
  for (;;) {
    link.check();
    try {
      const trying = attempt();
      return await (ms === undefined ? trying : within(until - Date.now(), what, trying));
    } catch (error) {
      link.check();
      const isOver = Date.now() >= until;
      // a try that the bound has cut off says nothing of why
      if (!isOver || reason === undefined) reason = error;
      if (isForGood(error)) throw plainError(what, error);
      if (isOver) throw plainError(what, reason);
      failed(error);
      tell(what, error);
      await waits.next();
    }
  }
}
