import { memoryCluster, type MemoryCluster } from '@tidemark/engine/adapters/memory/cluster';
import { countingMachine, encodeAdd, encodeSize } from '@tidemark/engine/counting.fixture';
import { Failure } from '@tidemark/engine/errors';
import { DEFAULTS } from '@tidemark/engine/options';
import type { TopicLog } from '@tidemark/engine/ports';
import { runPartition } from '@tidemark/engine/runner';
import type { Order } from '@tidemark/schemas/records';
import { skipOrders } from './cluster-orders';
import { keepPartitions, type Partitions } from './cluster-partitions';
import type { LogEvent } from './cluster-log';

interface World {
  readonly cluster: MemoryCluster;
  readonly kept: Partitions;
  readonly told: LogEvent[];
  /** What the coordinator says is ours. */
  ours: ReadonlySet<number>;
  /** What the next reads throw. */
  readonly faults: Error[];
  /** How often each was opened. */
  readonly opened: number[];
  readonly closed: number[];
  /** What a person has ordered; a stopped partition looks at it often. */
  readonly orders: Order[];
}

const PARTITIONS = 3;
const machine = countingMachine();

async function newWorld(failing = 0): Promise<World> {
  const topics = { inputTopics: ['adds'], globalTopics: ['sizes'] };
  const cluster = memoryCluster({ partitions: PARTITIONS, ...topics });
  await cluster.globals().append('sizes', [encodeSize(10)]);
  const told: LogEvent[] = [];
  const opened = [0, 0, 0];
  const closed = [0, 0, 0];
  const faults: Error[] = [];
  const orders: Order[] = [];
  const skips = skipOrders({ all: async () => [...orders] }, 1);
  let failures = failing;
  const kept = keepPartitions({
    start: async (partition, failed) => {
      failures -= 1;
      if (failures >= 0) throw new Error('customer data');
      opened[partition] = (opened[partition] ?? 0) + 1;
      const { states: _, ...ports } = cluster.partition(partition).ports;
      const step = { ...DEFAULTS.step, ageMs: 0 };
      const options = {
        ...DEFAULTS,
        ...topics,
        step,
        application: 'kept',
        partition,
        owner: 'test',
      };
      const clock = { now: () => 1_000 };
      const inputs: TopicLog = {
        ...ports.inputs,
        read: async (...wanted) => {
          const fault = faults.shift();
          if (fault !== undefined) throw fault;
          return ports.inputs.read(...wanted);
        },
      };
      const its = {
        ...{ ...options, partitions: PARTITIONS, failed },
        skips: await skips.of(partition),
      };
      return {
        handle: runPartition(machine, { ...ports, inputs, clock }, its),
        close: async () => {
          closed[partition] = (closed[partition] ?? 0) + 1;
        },
      };
    },
    confirmed: async () => world.ours,
    released: skips.more,
    log: (event) => void told.push(event),
  });
  const world: World = { cluster, kept, told, ours: new Set(), faults, opened, closed, orders };
  worlds.push(world);
  return world;
}

const worlds: World[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map(({ kept }) => kept.stop()));
});

function assign(world: World, generation: number, ...partitions: number[]): void {
  world.ours = new Set(partitions);
  world.kept.assigned(world.ours, generation);
}

const phases = ({ kept }: World): Record<number, string> =>
  Object.fromEntries(kept.all().map(({ partition, phase }) => [partition, phase]));

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !holds(); i += 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

const allLive = (world: World, count: number) => (): boolean =>
  world.kept.all().filter(({ phase }) => phase === 'live').length === count;

const append = (world: World, partition: number, n: number): Promise<number> =>
  world.cluster.partition(partition).writer.append('adds', [encodeAdd({ key: 'a', n, at: 1_000 })]);

const skip = (partition: number, offset: number): Order => ({
  ...{ kind: 'skip', topic: 'adds', partition, offset },
  ...{ reason: 'ticket 1', by: 'alice', at: 1_000 },
});

describe('the partitions of a worker', () => {
  it('run on without being taken over again when they are kept', async () => {
    const world = await newWorld();
    assign(world, 1, 0, 1);
    await until(allLive(world, 2));
    assign(world, 2, 1, 2);
    await until(() => world.closed[0] === 1 && allLive(world, 2)());
    expect(phases(world)).toEqual({ 1: 'live', 2: 'live' });
    expect(world.opened).toEqual([1, 1, 1]);
  });

  it('are closed before they are opened again when they come back at once', async () => {
    const world = await newWorld();
    assign(world, 1, 0);
    await until(allLive(world, 1));
    assign(world, 2);
    assign(world, 3, 0);
    await until(allLive(world, 1));
    expect(world.opened[0]).toBe(2);
    expect(world.closed[0]).toBe(1);
  });

  it('are taken over again after a fence while the coordinator says that they are ours', async () => {
    const world = await newWorld();
    assign(world, 1, 0);
    await until(allLive(world, 1));
    await world.cluster.partition(0).ports.ledger.fence();
    await append(world, 0, 1);
    await until(() => world.opened[0] === 2);
    await until(allLive(world, 1));
  });

  it('are not taken over again after a fence when they are not ours, until they are given back', async () => {
    const world = await newWorld();
    assign(world, 1, 0);
    await until(allLive(world, 1));
    world.ours = new Set();
    await world.cluster.partition(0).ports.ledger.fence();
    await append(world, 0, 1);
    await until(() => phases(world)[0] === 'fenced');
    await until(() => world.closed[0] === 1);
    expect(world.opened[0]).toBe(1);
    assign(world, 2, 0);
    await until(allLive(world, 1));
    expect(world.opened[0]).toBe(2);
  });

  it('stay stopped where a person is needed, and the others go on', async () => {
    const world = await newWorld();
    assign(world, 1, 0, 1);
    await until(allLive(world, 2));
    await append(world, 0, 1);
    await append(world, 0, -1);
    await until(() => phases(world)[0] === 'stopped');
    assign(world, 2, 0, 1);
    await append(world, 1, 1);
    await until(() => (world.kept.all()[1]?.status?.counts['records'] ?? 0) === 1);
    expect(phases(world)).toEqual({ 0: 'stopped', 1: 'live' });
    expect(world.opened).toEqual([1, 1, 0]);
    const { fault, status } = world.kept.all()[0] ?? {};
    expect(fault).toContain('tidemark skip');
    // what waits behind it can be measured
    const step = (await world.cluster.partition(0).ports.ledger.read(0, 100)).at(-1)?.record.step;
    expect(status).toMatchObject({ phase: 'stopped', step, positions: { adds: 1 } });
  });

  it('go on past a record that stops them once a person has ordered it, and stop at the next', async () => {
    const world = await newWorld();
    assign(world, 1, 0, 1);
    await until(allLive(world, 2));
    for (const n of [2, -1, 3, -1, 4]) await append(world, 0, n);
    await until(() => phases(world)[0] === 'stopped');
    // of another partition: it waits for one of its own
    world.orders.push(skip(1, 1), skip(0, 1));
    await until(() => world.kept.all()[0]?.fault?.includes('adds/0@3') === true);
    expect(world.opened[0]).toBe(2);
    world.orders.push(skip(0, 3));
    await until(allLive(world, 2));
    await until(() => world.kept.all()[0]?.status?.positions['adds'] === 5);
    const journal = await world.cluster.partition(0).ports.ledger.read(0, 100);
    const notes = journal.flatMap(({ record: { kind, note } }) => (kind === 'skip' ? [note] : []));
    expect(notes).toEqual(['ticket 1 (alice)', 'ticket 1 (alice)']);
    expect(world.opened).toEqual([3, 1, 0]);
  });

  it('leave a released partition to its owner when it is another by now', async () => {
    const world = await newWorld();
    assign(world, 1, 0);
    await until(allLive(world, 1));
    await append(world, 0, -1);
    await until(() => phases(world)[0] === 'stopped');
    world.ours = new Set();
    world.orders.push(skip(0, 0));
    await until(() => phases(world)[0] === 'fenced');
    expect(world.opened[0]).toBe(1);
    assign(world, 2, 0);
    await until(allLive(world, 1));
  });

  it('are tried again when they cannot be opened, and the reason is told once', async () => {
    const world = await newWorld(2);
    assign(world, 1, 0);
    await until(allLive(world, 1));
    const waits = world.told.filter(({ event }) => event === 'waiting');
    expect(waits).toEqual([expect.objectContaining({ partition: 0, why: 'Error' })]);
  });

  it('tell why they recover, again where the reason is another', async () => {
    const world = await newWorld();
    assign(world, 1, 0);
    await until(allLive(world, 1));
    const recoveries = (): LogEvent[] => world.told.filter(({ event }) => event === 'recovery');
    const happens = async (fault: Error): Promise<void> => {
      world.faults.push(fault);
      const before = recoveries().length;
      await append(world, 0, 1);
      await until(() => recoveries().length > before);
    };
    await happens(new Failure('the broker is away'));
    await happens(new Failure('the broker is slow'));
    await happens(new Failure('the broker is full'));
    expect(recoveries().map(({ why }) => why)).toEqual([
      'the broker is away',
      'the broker is slow',
      'the broker is full',
    ]);
    expect(recoveries().map(({ recoveries: count }) => count)).toEqual([1, 2, 3]);
  });

  it('are all closed at a stop, and none is taken after it', async () => {
    const world = await newWorld();
    assign(world, 1, 0, 1, 2);
    await until(allLive(world, 3));
    await world.kept.stop();
    assign(world, 2, 0);
    expect(world.closed).toEqual([1, 1, 1]);
    expect(world.kept.all()).toEqual([]);
  });

  it('tell each transition once', async () => {
    const world = await newWorld();
    assign(world, 1, 0);
    await until(allLive(world, 1));
    await until(() => world.told.some(({ phase }) => phase === 'live'));
    assign(world, 2);
    await until(() => world.told.some(({ phase }) => phase === 'given-up'));
    const seen = world.told.map(({ phase }) => phase);
    expect(seen.filter((phase) => phase !== 'recovering')).toEqual([
      'starting',
      'live',
      'given-up',
    ]);
  });
});
