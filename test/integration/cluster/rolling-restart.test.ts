import { runMain } from '@tidemark/cli/run-main.fixture';
import { workerOf, type Worker } from '../faults/workers';
import {
  describeWithServers,
  startKafka,
  startRedis,
  startRegistry,
  uniqueName,
  until,
} from './servers';

jest.setTimeout(400_000);

const PARTITIONS = 6;
const WORKERS = 3;

interface Line {
  readonly event: string;
  readonly partition?: number;
  readonly partitions?: readonly number[];
  readonly recoveries?: number;
  readonly statesLost?: number;
}

/** What a worker has had, over all its lives. */
interface Had {
  /** Partitions that it has now. */
  readonly now: readonly number[];
  /** How often one came to it, and how often one stayed with it through a new distribution. */
  readonly gained: number;
  readonly kept: number;
  /** How often it has taken one over, the owner before being fenced. */
  readonly takenOver: number;
  /** At most so often it has recovered by itself: each time it takes over what it has already. */
  readonly recovered: number;
}

function hadBy(worker: Worker): Had {
  const lines = worker
    .said()
    .split('\n')
    .filter((line) => line.startsWith('{"level"'))
    .map((line): Line => JSON.parse(line));
  const had = { gained: 0, kept: 0, takenOver: 0, recovered: 0 };
  let now: readonly number[] = [];
  for (const { event, partitions = [], recoveries = 0, statesLost = 0 } of lines) {
    if (event === 'stopped') now = [];
    if (event === 'signed-in') had.takenOver += 1;
    if (event === 'recovery') had.recovered += recoveries + statesLost;
    if (event !== 'assigned') continue;
    const kept = partitions.filter((partition) => now.includes(partition)).length;
    had.kept += kept;
    had.gained += partitions.length - kept;
    now = partitions;
  }
  return { ...had, now };
}

describeWithServers('three workers that are restarted one after the other', () => {
  const workers: Worker[] = [];

  beforeAll(async () => {
    const [kafka, registry, redis] = await Promise.all([
      startKafka(),
      startRegistry(),
      startRedis(),
    ]);
    const prefix = uniqueName('rolling');
    const where = ['--brokers', kafka.bootstrap, '--registry', registry.url, '--prefix', prefix];
    const command = async (...args: readonly string[]): Promise<void> => {
      expect(await runMain(...args, ...where)).toMatchObject({ code: 0 });
    };
    await command('topics', 'apply', '--partitions', String(PARTITIONS));
    await command('methodology', 'publish', 'cn-aml-bank');
    for (let n = 0; n < WORKERS; n += 1) {
      const worker = await workerOf(`rolling-${n}`, {
        ...{ TIDEMARK_KAFKA_BROKERS: kafka.bootstrap, TIDEMARK_REGISTRY_URL: registry.url },
        ...{ TIDEMARK_REDIS_URL: redis.url, TIDEMARK_PREFIX: prefix, TIDEMARK_APPLICATION: prefix },
      });
      workers.push(worker);
    }
    await Promise.all(workers.map(({ start }) => start()));
  });

  /** All that run have their share, and it is live. */
  const settle = (): Promise<void> =>
    until('the partitions are distributed', async () => {
      const up = workers.filter(({ isUp }) => isUp());
      const all = up.flatMap((worker) => hadBy(worker).now);
      const isFair = up.every((worker) => hadBy(worker).now.length === PARTITIONS / up.length);
      if (!isFair || new Set(all).size !== PARTITIONS) return false;
      return (await Promise.all(up.map(({ isReady }) => isReady()))).every(Boolean);
    });

  it('take over what comes to them, and never fence what stays with them', async () => {
    await settle();
    const before = workers.map(hadBy);
    for (const worker of workers) {
      expect(await worker.stop()).toBe(0);
      await settle();
      await worker.start();
      await settle();
    }
    workers.forEach((worker, n) => {
      const { kept, gained, takenOver, recovered } = hadBy(worker);
      expect(kept).toBeGreaterThan(before[n]?.kept ?? 0);
      // one that goes on before it is begun is not taken over
      expect(takenOver).toBeLessThanOrEqual(gained + recovered);
      expect(takenOver).toBeGreaterThan(0);
    });
    // each stop gives two away and each start takes two: nothing else moves
    const moves = (had: readonly Had[]): number => had.reduce((sum, { gained }) => sum + gained, 0);
    expect(moves(workers.map(hadBy)) - moves(before)).toBe(2 * WORKERS * (PARTITIONS / WORKERS));
  });
});
