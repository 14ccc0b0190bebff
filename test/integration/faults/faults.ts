import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { COORDINATOR_PARTITIONS, type Broker } from '../cluster/kafka-server';
import { coordinatorOf, isInSync, leaderOf, leadersOf } from '../cluster/kcat';
import { until } from '../cluster/processes';
import { loseAnswers } from './lost-answers';
import { SESSION_MS, type Node, type World } from './world';

/** Something that goes wrong, and is over when `happen` resolves. */
export interface Fault {
  readonly name: string;
  /** Whom it hits, where there are several. */
  readonly happen: (world: World, whom: number) => Promise<Happened>;
  /** Part of the short cut. */
  readonly short?: boolean;
  /** A leader is elected, and how long it takes from then on is measured. */
  readonly elects?: boolean;
  /** Processes of workers end. Whoever wants some to live gives it a world of the others. */
  readonly ends?: boolean;
}

export interface Happened {
  /** From when on it was as it should be, but for the recovery, UTC milliseconds. */
  readonly healedAt: number;
  /** When another broker led what the lost one had led. */
  readonly electedAt?: number;
  /** How workers that were stopped have ended. */
  readonly codes?: readonly (number | null)[];
  /** Commits without an answer that were found in the journal. */
  readonly found?: number;
}

const HELD_MS = 3_000;
/** Within which everything goes on after whatever it was, on a machine that does much else. */
export const RECOVERY_MS_MAX = 120_000;
const PAST_SESSION_MS = SESSION_MS + 2_000;

const healed = (): Happened => ({ healedAt: Date.now() });

function pick<T>(all: readonly T[], whom: number): T {
  const one = all[whom % all.length];
  if (one === undefined) throw new Error('there is nobody to hit');
  return one;
}

/** Of one worker's network to the brokers, or to Redis: wrong for a while. */
const network = (
  name: string,
  wrong: (node: Node) => void,
  heldMs: number,
  short = false,
): Fault => ({
  name,
  short,
  happen: async ({ nodes }, whom) => {
    const node = pick(nodes, whom);
    wrong(node);
    await pause(heldMs);
    for (const proxy of [...node.toKafka, node.toRedis]) proxy.heal();
    return healed();
  },
});

/**
 * Of three brokers one is lost, the others have everything: a broker that is lost before they have caught
 * up with it (after an earlier fault) is one without which Kafka itself stands still, whatever we do.
 */
async function killAndRestart(broker: Broker, { kafka, topicOf }: World): Promise<Happened> {
  await until('all replicas are in sync', () => isInSync(kafka.bootstrap));
  await broker.kill('SIGKILL');
  let electedAt: number;
  try {
    const others = kafka.brokers.filter(({ isUp }) => isUp());
    const bootstrap = others.map(({ port }) => `127.0.0.1:${port}`).join(',');
    await until('other brokers lead', async () => {
      const leaders = [
        ...(await leadersOf(bootstrap, topicOf('journal'))),
        ...(await leadersOf(bootstrap, '__transaction_state')),
      ];
      return leaders.every((leader) => leader !== undefined && leader !== broker.id);
    });
    electedAt = Date.now();
    await pause(HELD_MS);
  } finally {
    await broker.start();
  }
  return { healedAt: Date.now(), electedAt };
}

async function killCoordinator(
  world: World,
  kind: 'group' | 'transaction',
  name: string,
): Promise<Happened> {
  const { bootstrap } = world.kafka;
  const id = await coordinatorOf(bootstrap, kind, name, COORDINATOR_PARTITIONS);
  return killAndRestart(brokerOf(world, id), world);
}

const brokerOf = ({ kafka }: World, id: number | undefined): Broker =>
  kafka.brokers.find((broker) => broker.id === id) ?? pick(kafka.brokers, 0);

const DUMP = 'dump.rdb';

export const FAULTS: readonly Fault[] = [
  {
    name: 'a worker is killed',
    short: true,
    ends: true,
    happen: async ({ nodes }, whom) => {
      const { worker } = pick(nodes, whom);
      await worker.kill();
      await worker.start();
      return healed();
    },
  },
  {
    name: 'one worker after the other is killed',
    ends: true,
    happen: async ({ nodes, progress }) => {
      for (const { worker } of nodes) {
        await worker.kill();
        await worker.start();
        await progress.allMoveAfter(Date.now(), RECOVERY_MS_MAX);
      }
      return healed();
    },
  },
  {
    name: 'a worker is killed and stays away past its session',
    ends: true,
    happen: async ({ nodes, progress }, whom) => {
      const { worker } = pick(nodes, whom);
      await worker.kill();
      try {
        await progress.allMoveAfter(Date.now(), RECOVERY_MS_MAX);
      } finally {
        await worker.start();
      }
      return healed();
    },
  },
  {
    name: 'all workers are stopped and started, one after the other',
    ends: true,
    happen: async ({ nodes, progress }) => {
      const codes: (number | null)[] = [];
      for (const { worker } of nodes) {
        codes.push(await worker.stop());
        await worker.start();
        await progress.allMoveAfter(Date.now(), RECOVERY_MS_MAX);
      }
      return { ...healed(), codes };
    },
  },
  {
    name: 'a worker stands still past its session and wakes after others have taken over',
    short: true,
    happen: async ({ nodes, progress }, whom) => {
      const { worker } = pick(nodes, whom);
      worker.pause();
      try {
        const paused = Date.now();
        await pause(PAST_SESSION_MS);
        await progress.allMoveAfter(paused, RECOVERY_MS_MAX);
      } finally {
        worker.wake();
      }
      return healed();
    },
  },
  {
    name: 'a fourth worker joins and leaves',
    short: true,
    happen: async ({ guest, progress }) => {
      const codes: (number | null)[] = [];
      await guest.worker.start();
      try {
        await until('the fourth worker is ready', guest.worker.isReady);
        await progress.allMoveAfter(Date.now(), RECOVERY_MS_MAX);
      } finally {
        codes.push(await guest.worker.stop());
      }
      return { ...healed(), codes };
    },
  },
  {
    name: 'the broker that leads a journal is killed and comes back',
    short: true,
    elects: true,
    happen: async (world, whom) => {
      const { kafka, topicOf, partitions } = world;
      const leader = await leaderOf(kafka.bootstrap, topicOf('journal'), whom % partitions);
      return killAndRestart(brokerOf(world, leader), world);
    },
  },
  {
    name: 'the broker that coordinates the group is killed and comes back',
    elects: true,
    happen: (world) => killCoordinator(world, 'group', world.application),
  },
  {
    name: 'the broker that coordinates transactions is killed and comes back',
    elects: true,
    happen: (world, whom) =>
      killCoordinator(world, 'transaction', `${world.application}-1-${whom % world.partitions}`),
  },
  {
    name: 'all brokers are killed and come back',
    happen: async ({ kafka }) => {
      await Promise.all(kafka.brokers.map(({ kill }) => kill('SIGKILL')));
      await Promise.all(kafka.brokers.map(({ start }) => start()));
      return healed();
    },
  },
  network(
    'the network between a worker and the brokers is cut',
    ({ toKafka }) => toKafka.forEach(({ cut }) => cut()),
    HELD_MS,
    true,
  ),
  network(
    'the network between a worker and the brokers is cut past its session',
    ({ toKafka }) => toKafka.forEach(({ cut }) => cut()),
    PAST_SESSION_MS,
  ),
  network(
    'the network between a worker and the brokers is slow',
    ({ toKafka }) => toKafka.forEach(({ delay }) => delay(200)),
    HELD_MS * 2,
  ),
  network(
    'the network between a worker and the brokers is half open past its session',
    ({ toKafka }) => toKafka.forEach(({ halfOpen }) => halfOpen()),
    PAST_SESSION_MS,
  ),
  {
    name: 'the answers to commits are lost',
    short: true,
    happen: (world, whom) => loseAnswers(world, pick(world.nodes, whom), RECOVERY_MS_MAX),
  },
  network(
    'the network between a worker and Redis is cut',
    ({ toRedis }) => toRedis.cut(),
    HELD_MS,
    true,
  ),
  network(
    'the network between a worker and Redis is slow',
    ({ toRedis }) => toRedis.delay(200),
    HELD_MS * 2,
  ),
  network(
    'the network between a worker and Redis is half open',
    ({ toRedis }) => toRedis.halfOpen(),
    HELD_MS * 2,
  ),
  network('the answers of Redis are lost', ({ toRedis }) => toRedis.loseAnswers(), HELD_MS),
  {
    name: 'Redis is emptied',
    short: true,
    happen: async ({ redis }) => {
      await say(redis.port, 'FLUSHALL');
      return healed();
    },
  },
  {
    name: 'Redis starts again from an older dump',
    short: true,
    happen: async ({ redis, progress }) => {
      await say(redis.port, 'SAVE');
      const kept = join(redis.folder, 'older.rdb');
      copyFileSync(join(redis.folder, DUMP), kept);
      // so that the dump is older than what is in the journal
      await progress.allMoveAfter(Date.now(), RECOVERY_MS_MAX);
      await pause(HELD_MS);
      await redis.kill();
      copyFileSync(kept, join(redis.folder, DUMP));
      await redis.restart();
      return healed();
    },
  },
  {
    name: 'Redis is killed and comes back empty',
    happen: async ({ redis }) => {
      await redis.kill();
      await pause(HELD_MS);
      const dump = join(redis.folder, DUMP);
      if (existsSync(dump)) rmSync(dump);
      await redis.restart();
      return healed();
    },
  },
  {
    name: 'the registry is away while a worker starts',
    ends: true,
    happen: async ({ nodes }, whom) => {
      const { worker } = pick(nodes, whom);
      for (const { toRegistry } of nodes) toRegistry.cut();
      await worker.kill();
      await worker.start();
      await pause(HELD_MS);
      for (const { toRegistry } of nodes) toRegistry.heal();
      return healed();
    },
  },
];

/** Two that are of different kinds may happen at once. */
export const OF_SERVERS: readonly Fault[] = FAULTS.filter(({ name }) => /broker|Redis/.test(name));
export const OF_WORKERS: readonly Fault[] = FAULTS.filter((fault) => !OF_SERVERS.includes(fault));

function say(port: number, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('error', reject).once('data', (answer) => {
      socket.destroy();
      if (answer.toString('latin1').startsWith('+')) resolve();
      else reject(new Error(`Redis refuses ${command}`));
    });
  });
}
