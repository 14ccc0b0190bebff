import { replayAsOf } from './as-of';
import { leaveGap } from './adapters/memory/topic-data';
import { memoryCluster, type MemoryCluster } from './adapters/memory/cluster';
import {
  COUNTING_OPTIONS,
  countingCluster,
  countingMachine,
  encodeAdd,
  encodeSize,
  type Add,
  type Counter,
  type Published,
  type Sizes,
} from './counting.fixture';
import { PartitionStopped, PositionGone } from './errors';
import type { Decision, Machine } from './machine';
import type { PartitionOptions } from './options';
import type { Ports } from './ports';
import { takeOver } from './recovery';
import { runPartition, type PartitionHandle } from './runner';
import { verify } from './verify';

type Counting = Machine<Counter, Add, Published, Sizes>;
type Handle = PartitionHandle<Counter, Sizes>;

const OPTIONS: PartitionOptions = {
  ...COUNTING_OPTIONS,
  checkpoint: { intervalMs: 100, keys: 100, dirtyMax: 1000 },
};

interface World {
  readonly cluster: MemoryCluster;
  now: number;
}

async function newWorld(...sizes: readonly Uint8Array[]): Promise<World> {
  return { cluster: await countingCluster(...sizes), now: 1_000 };
}

function portsOf(world: World): Ports {
  const { states: _none, ...ports } = world.cluster.partition(0).ports;
  return { ...ports, clock: { now: () => world.now } };
}

const start = (world: World, machine: Counting = countingMachine()): Handle =>
  runPartition(machine, portsOf(world), OPTIONS);

async function take(world: World, handle: Handle, ...adds: readonly Partial<Add>[]): Promise<void> {
  const { writer, ports } = world.cluster.partition(0);
  const values = adds.map((add) => encodeAdd({ key: 'a', n: 1, at: world.now, ...add }));
  await writer.append('adds', values);
  const { next } = await ports.inputs.bounds('adds');
  while ((handle.status().positions['adds'] ?? 0) < next) await handle.view('a', () => undefined);
}

/** All states are in the checkpoint: the next recovery begins behind every step so far. */
async function checkpointed(world: World, handle: Handle): Promise<void> {
  while (handle.status().dirty > 0) {
    world.now += 150;
    await handle.view('a', () => undefined);
  }
  // the restart position of a slice is before its own step
  world.now += 60_000;
  const { step } = handle.status();
  while (handle.status().step === step) await handle.view('a', () => undefined);
}

const swept = async (handle: Handle): Promise<void> => {
  do await handle.view('a', () => undefined);
  while (handle.status().sweeping);
};

/** A build that refuses a size. */
const refusing = (size: number, build = 'counting-1'): Counting => {
  const machine = countingMachine(build);
  return {
    ...machine,
    takeGlobal: (sizes, topic, value) => {
      const isIt = Buffer.from(value).toString().includes(`"size":${size},`);
      return isIt
        ? { ok: false, code: 'unlucky', field: 'size', reason: 'an unlucky size' }
        : machine.takeGlobal(sizes, topic, value);
    },
  };
};

describe('verdicts on global records', () => {
  it.each(['from the first step', 'over a checkpoint'])(
    'stay what they were under a build that judges otherwise, in a replay %s',
    async (how) => {
      const world = await newWorld(encodeSize(10), encodeSize(7));
      const first = start(world, refusing(7));
      await take(world, first, { n: 25 });
      if (how === 'over a checkpoint') await checkpointed(world, first);
      await first.stop();
      for (const build of ['counting-2', 'counting-3']) {
        const next = start(world, countingMachine(build));
        await swept(next);
        expect(next.status().version).toBe('10');
        if (how === 'over a checkpoint') {
          expect(next.status().counts['replayed-steps']).toBeLessThan(5);
          await checkpointed(world, next);
        }
        await next.stop();
      }
      const last = await world.cluster.partition(0).ports.ledger.last();
      expect(last?.record.globalRefused).toEqual([{ topic: 'sizes', offset: 1, code: 'unlucky' }]);
    },
  );

  it.each(['from the first step', 'over a checkpoint'])(
    'stop a build that refuses what was taken, in a replay %s',
    async (how) => {
      const world = await newWorld();
      const first = start(world);
      await take(world, first, { n: 25 });
      if (how === 'over a checkpoint') await checkpointed(world, first);
      await first.stop();
      const second = start(world, refusing(10, 'counting-2'));
      await expect(second.done).rejects.toThrow(
        'sizes@0 was taken once and this build refuses it (unlucky)',
      );
    },
  );

  it('stop a build that cannot load what was taken at once, with its place', async () => {
    const world = await newWorld();
    const first = start(world);
    await take(world, first, { n: 25 });
    await checkpointed(world, first);
    await first.stop();
    const takeGlobal = (): never => {
      throw new TypeError('of customer 4711');
    };
    const second = start(world, { ...countingMachine('counting-2'), takeGlobal });
    const fault: unknown = await second.done.catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(PartitionStopped);
    expect(String(fault)).toContain('sizes@0 cannot be loaded by this build');
    expect(second.status().counts['recoveries']).toBeUndefined();
  });
});

/** A build that keeps nothing of a key once it has published something of it. */
const forgetful = (build: string, more: Partial<Counting> = {}): Counting => {
  const machine = countingMachine(build);
  return {
    ...machine,
    ...more,
    decide: (state, work, context): Decision<Counter, Add, Published> => {
      const decision = machine.decide(state, work, context);
      return decision.outputs.length === 0
        ? decision
        : { ...decision, state: undefined, dueAt: Infinity };
    },
  };
};

describe('a build that keeps nothing of a key', () => {
  it('stops where another has kept and published something of it', async () => {
    const world = await newWorld();
    const first = start(world);
    await take(world, first, { n: 9 }, { n: 2 });
    await first.stop();
    const second = start(world, forgetful('counting-2'));
    await expect(second.done).rejects.toThrow(
      /step 3: this build keeps nothing of a key of which counting-1 kept a state/,
    );
    const { ports, outputs } = world.cluster.partition(0);
    const evidence = { ...ports, outputs };
    const options = { partition: 0, cacheKeys: 5, progress: () => undefined, faultsMax: 9 };
    const { faults } = await verify(forgetful('counting-2'), evidence, options);
    expect(faults).toEqual([
      'step 3, key a: its state was kept, this build keeps none, by this build; counting-1 decided',
    ]);
    // one that looks at another key leaves this one out
    const wanted = { partition: 0, key: 'b', asOf: world.now };
    expect((await replayAsOf(countingMachine(), evidence, wanted)).state).toBeUndefined();
  });

  it('goes on where the other kept nothing either, whatever it published', async () => {
    const world = await newWorld();
    const first = start(world, forgetful('counting-1'));
    await take(world, first, { n: 9 }, { n: 2 });
    await first.stop();
    const describe: Counting['describe'] = (output) => ({
      ...countingMachine().describe(output),
      published: JSON.stringify({ ...output, at: 0 }),
    });
    const second = start(world, forgetful('counting-2', { describe }));
    await take(world, second, { n: 3 });
    expect(await second.view('a', (state) => state?.count)).toBe(3);
    await second.stop();
  });
});

describe('a global topic', () => {
  it('that has lost its first records stops a recovery over a checkpoint', async () => {
    const world = await newWorld(encodeSize(10), encodeSize(4));
    const first = start(world);
    await take(world, first, { n: 9 });
    await checkpointed(world, first);
    await first.stop();
    const sizes = world.cluster.data[0]?.topics.get('sizes');
    sizes?.records.shift();
    Object.assign(sizes ?? {}, { first: 1 });
    await expect(start(world).done).rejects.toThrow(PositionGone);
  });

  it('that began later than at 0 is whole', async () => {
    const cluster = memoryCluster({
      ...{ partitions: 1, inputTopics: ['adds'], globalTopics: ['sizes'] },
    });
    const sizes = cluster.data[0]?.topics.get('sizes');
    if (sizes === undefined) throw new Error('no topic');
    leaveGap(sizes, 3);
    sizes.first = 3;
    await cluster.globals().append('sizes', [encodeSize(10)]);
    const world = { cluster, now: 1_000 };
    const first = start(world);
    await take(world, first, { n: 25 });
    await checkpointed(world, first);
    await first.stop();
    const second = start(world);
    await take(world, second, { n: 5 });
    expect(await second.view('a', (state) => state?.level)).toBe(3);
    await second.stop();
  });
});

it('keeps few states decoded in a replay over a lost checkpoint, and checkpoints them all after', async () => {
  const world = await newWorld();
  const options = { ...OPTIONS, cacheKeys: 5, step: { ...OPTIONS.step, records: 3 } };
  const keys = Array.from({ length: 60 }, (_, i) => `k${i % 40}`);
  const first = start(world);
  for (const key of keys) await take(world, first, { key, n: 4 });
  await take(world, first, { key: 'k7', remove: true });
  await first.stop();
  expect(first.status().dirty).toBe(40);
  const quiet = { signedIn: () => undefined, progress: () => undefined, count: () => undefined };
  const events = { ...quiet, known: () => undefined, stopping: () => false, copyLost: false };
  const live = await takeOver(countingMachine(), portsOf(world), options, events);
  expect(live.executor.keys.cached.size).toBeLessThanOrEqual(5);
  expect(live.executor.keys.dirty.size).toBe(40);
  const second = runPartition(countingMachine(), portsOf(world), options);
  const count = (i: number): number | undefined => (i === 7 ? undefined : i < 20 ? 8 : 4);
  for (let round = 0; round < 2; round += 1) {
    for (let i = 0; i < 40; i += 1) {
      expect(await second.view(`k${i}`, (state) => state?.count)).toBe(count(i));
    }
    await checkpointed(world, second);
  }
  await take(world, second, { key: 'k7', n: 3 }, { key: 'k8', n: 1 });
  await checkpointed(world, second);
  expect(await second.view('k7', (state) => state?.count)).toBe(3);
  expect(await second.view('k8', (state) => state?.count)).toBe(9);
  await second.stop();
  expect(world.cluster.data[0]?.ledger.checkpoint.blobs.size).toBe(40);
});

/** A build that publishes the same with another content. */
const renaming = (build: string, named: string): Counting => {
  const machine = countingMachine(build);
  const describe = (output: Published): ReturnType<Counting['describe']> => ({
    ...machine.describe(output),
    named,
  });
  return { ...machine, describe };
};

describe('decisions that a recovery makes otherwise', () => {
  it.each([
    ['are mismatches where the same build made them', 'counting-1', 2],
    ['are none where another build did: it decides all once more', 'counting-2', undefined],
  ])('%s', async (_is, build, mismatches) => {
    const world = await newWorld();
    const first = start(world);
    await take(world, first, { n: 25 }, { key: 'b', n: 25 });
    await first.stop();
    const second = start(world, renaming(build, 'other'));
    await swept(second);
    expect(second.status().counts['replayed-steps']).toBeGreaterThan(1);
    expect(second.status().counts['digest-mismatches']).toBe(mismatches);
    await second.stop();
  });
});
