import { leaveGap } from './adapters/memory/topic-data';
import type { MemoryCluster } from './adapters/memory/cluster';
import { IMMEDIATE, type Hooks } from './adapters/memory/hooks';
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
import { Fenced, PartitionStopped } from './errors';
import type { decodeJournal } from './journal';
import type { PartitionOptions } from './options';
import type { LogRecord } from './ports';
import { runPartition, type PartitionHandle } from './runner';

const OPTIONS = COUNTING_OPTIONS;

type Handle = PartitionHandle<Counter, Sizes>;

interface World {
  readonly cluster: MemoryCluster;
  now: number;
}

async function newWorld(size = 10): Promise<World> {
  return { cluster: await countingCluster(encodeSize(size)), now: 1_000 };
}

interface Start {
  readonly options?: Partial<PartitionOptions>;
  readonly copy?: boolean;
  readonly build?: string;
  readonly hooks?: Hooks;
}

function start(world: World, { options, copy = false, build, hooks }: Start = {}): Handle {
  const { states, ...ports } = world.cluster.partition(0, hooks).ports;
  const clock = { now: () => world.now };
  const all = { ...ports, clock, ...(copy ? { states } : {}) };
  return runPartition(countingMachine(build), all, { ...OPTIONS, ...options });
}

const append = (world: World, ...adds: readonly Partial<Add>[]): Promise<number> =>
  world.cluster.partition(0).writer.append(
    'adds',
    adds.map((add) => encodeAdd({ key: 'a', n: 1, at: world.now, ...add })),
  );

/** Resolves when all that was appended is committed. */
async function caughtUp(world: World, handle: Handle): Promise<void> {
  const { next } = await world.cluster.partition(0).ports.inputs.bounds('adds');
  while ((handle.status().positions['adds'] ?? 0) < next || handle.status().phase !== 'live') {
    await handle.view('a', () => undefined);
  }
  await handle.view('a', () => undefined);
}

const text = new TextDecoder();

async function levels({ cluster }: World): Promise<Published[]> {
  const { outputs } = cluster.partition(0);
  const { records } = await outputs.read('levels', 0, { records: 1e6, bytes: 1e9 });
  return records.map(({ value }: LogRecord) => JSON.parse(text.decode(value)) as Published);
}

async function journal({ cluster }: World): Promise<ReturnType<typeof decodeJournal>[]> {
  const entries = await cluster.partition(0).ports.ledger.read(0, 1e6);
  return entries.map(({ record }) => record);
}

const stateOf = (handle: Handle, key: string): Promise<number | undefined> =>
  handle.view(key, (state) => state?.count);

describe.each([false, true])('a partition (copy of the states: %s)', (copy) => {
  it('publishes what follows from its records, once, and begins with genesis and owner', async () => {
    const world = await newWorld();
    const handle = start(world, { copy });
    await append(world, { n: 9 }, { n: 2 }, { key: 'b', n: 30 });
    await caughtUp(world, handle);
    await handle.stop();
    expect((await levels(world)).map(({ key, level }) => [key, level])).toEqual([
      ['a', 1],
      ['b', 3],
    ]);
    const records = await journal(world);
    expect(records.map(({ step }) => step)).toEqual(records.map((_, i) => i));
    expect(records.slice(0, 3).map(({ kind }) => kind)).toEqual(['genesis', 'owner', 'version']);
  });

  it('goes on after another owner where it was, without publishing anything twice', async () => {
    const world = await newWorld();
    const first = start(world, { copy });
    await append(world, { n: 9 }, { n: 2 });
    await caughtUp(world, first);
    await first.stop();
    const second = start(world, { copy });
    await append(world, { n: 10 });
    await caughtUp(world, second);
    expect(await stateOf(second, 'a')).toBe(21);
    await second.stop();
    expect((await levels(world)).map(({ sequence, level }) => [sequence, level])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('is stopped by the next owner when it wakes too late', async () => {
    const world = await newWorld();
    const old = start(world, { copy });
    await append(world, { n: 5 });
    await caughtUp(world, old);
    const next = start(world, { copy });
    await next.view('a', () => undefined);
    await append(world, { n: 5 });
    await expect(old.done).rejects.toThrow(Fenced);
    await caughtUp(world, next);
    expect(await levels(world)).toHaveLength(1);
    await next.stop();
  });

  it('recovers inside when it is not known whether a commit happened', async () => {
    const world = await newWorld();
    for (const happened of [true, false]) {
      let armed = true;
      const hooks: Hooks = {
        call: async (call, perform) => {
          const isTarget =
            armed && call.method === 'commit' && JSON.stringify(call.args).includes('levels');
          if (!isTarget) return perform();
          armed = false;
          if (happened) perform();
          throw new Error('connection reset');
        },
        wait: (_call, { ready }) => new Promise((resolve) => setTimeout(resolve, ready() ? 0 : 2)),
      };
      const handle = start(world, { copy, hooks });
      await append(world, { n: 10 });
      await caughtUp(world, handle);
      expect(armed).toBe(false);
      const { counts } = handle.status();
      expect(counts['recoveries']).toBe(1);
      expect(counts['unknown-commits:found']).toBe(happened ? 1 : undefined);
      expect(counts['unknown-commits:lost']).toBe(happened ? undefined : 1);
      await handle.stop();
    }
    expect((await levels(world)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('decides keys that are due in (due, key) order, once', async () => {
    const world = await newWorld();
    const handle = start(world, { copy });
    await append(world, { key: 'c', sleep: 50 }, { key: 'b', sleep: 60 }, { key: 'd', sleep: 50 });
    await caughtUp(world, handle);
    world.now += 100;
    await caughtUp(world, handle);
    while ((await levels(world)).length < 3) await handle.view('a', () => undefined);
    await handle.stop();
    expect((await levels(world)).map(({ key, what }) => [key, what])).toEqual([
      ['c', 'woke'],
      ['d', 'woke'],
      ['b', 'woke'],
    ]);
  });

  it('decides all keys once more when another version comes into force', async () => {
    const world = await newWorld();
    const handle = start(world, { copy, options: { step: { ...OPTIONS.step, keys: 2 } } });
    await append(world, ...'abcdefg'.split('').map((key) => ({ key, n: 12 })));
    await caughtUp(world, handle);
    await world.cluster.globals().append('sizes', [encodeSize(4)]);
    while ((await levels(world)).length < 14) await handle.view('a', () => undefined);
    const left = new Set<number>();
    while (handle.status().sweeping) {
      left.add(handle.status().sweepLeft);
      await handle.view('a', () => undefined);
    }
    expect([...left].every((n) => n <= 7)).toBe(true);
    expect(handle.status().sweepLeft).toBe(0);
    await handle.stop();
    const after = (await levels(world)).slice(7);
    expect(after.map(({ key, level, sequence }) => [key, level, sequence])).toEqual(
      'abcdefg'.split('').map((key) => [key, 3, 2]),
    );
  });

  it('refuses undecodable records with a dead letter and goes on', async () => {
    const world = await newWorld();
    const handle = start(world, { copy });
    await world.cluster.partition(0).writer.append('adds', [Buffer.from('rubbish')]);
    await append(world, { n: 10 });
    await caughtUp(world, handle);
    await handle.stop();
    const letters = await world.cluster
      .partition(0)
      .outputs.read('dead-letters', 0, { records: 10, bytes: 1e6 });
    expect(letters.records.map(({ value }) => JSON.parse(text.decode(value)) as object)).toEqual([
      {
        reason: 'expected JSON',
        code: 'not-json',
        source: { topic: 'adds', partition: 0, offset: 0 },
        field: null,
        payload: 'rubbish',
      },
    ]);
    expect(await levels(world)).toHaveLength(1);
  });

  it('stops at a record that the machine cannot take, and passes it over by order', async () => {
    const world = await newWorld();
    const handle = start(world, { copy });
    await append(world, { n: 9 }, { n: -1 }, { n: 1 });
    await expect(handle.done).rejects.toThrow('adds/0@1');
    await expect(handle.done).rejects.toMatchObject({
      reason: 'record',
      place: { topic: 'adds', offset: 1 },
    });
    // what stands before it is decided: the journal says where the partition stands
    expect((await journal(world)).at(-1)?.positions).toMatchObject({ adds: 1 });
    const skips = [{ topic: 'adds', offset: 1, reason: 'a slip of the counter' }];
    const again = start(world, { copy, options: { skips } });
    await caughtUp(world, again);
    expect(await stateOf(again, 'a')).toBe(10);
    await again.stop();
    const skip = (await journal(world)).find(({ kind }) => kind === 'skip');
    expect(skip).toMatchObject({
      note: 'a slip of the counter',
      refused: [{ topic: 'adds', offset: 1, code: 'skipped' }],
    });
  });

  it('decides a record that the machine can take, whoever has ordered that it be passed over', async () => {
    const world = await newWorld();
    await append(world, { n: 9 }, { n: 1 }, { n: -1 }, { n: 1 });
    const skips = [0, 1, 3].map((offset) => ({ topic: 'adds', offset, reason: 'a slip' }));
    const handle = start(world, { copy, options: { skips } });
    await expect(handle.done).rejects.toThrow('adds/0@2');
    const records = await journal(world);
    expect(records.flatMap(({ refused }) => refused)).toEqual([]);
    expect(records.at(-1)?.positions).toMatchObject({ adds: 2 });
  });

  it('passes records over in whatever order that was asked for, and goes on past what is none', async () => {
    const world = await newWorld();
    await append(world, { n: 9 }, { n: -1 }, { n: 1 }, { n: -2 }, { n: 1 });
    const adds = world.cluster.data[0]?.topics.get('adds');
    if (adds === undefined) throw new Error('no topic');
    leaveGap(adds, 2);
    await append(world, { n: -3 }, { n: 1 });
    const skips = [7, 3, 6, 1].map((offset) => ({ topic: 'adds', offset, reason: 'a slip' }));
    const handle = start(world, { copy, options: { skips } });
    await caughtUp(world, handle);
    expect(await stateOf(handle, 'a')).toBe(12);
    await handle.stop();
    const passedOver = (await journal(world)).filter(({ kind }) => kind === 'skip');
    expect(passedOver.flatMap(({ refused }) => refused.map(({ offset }) => offset))).toEqual([
      1, 3, 7,
    ]);
  });

  it('stops also at a record that breaks the reading, and passes it over without reading it', async () => {
    const world = await newWorld();
    await world.cluster.partition(0).writer.append('adds', [Buffer.from('{ of customer 4711')]);
    const handle = start(world, { copy });
    const fault: unknown = await handle.done.catch((error: unknown) => error);
    expect(String(fault)).toContain('cannot take adds/0@0');
    expect(String(fault)).not.toContain('4711');
    const skips = [{ topic: 'adds', offset: 0, reason: 'rubbish' }];
    const again = start(world, { copy, options: { skips } });
    await append(world, { n: 3 });
    await caughtUp(world, again);
    await again.stop();
    const third = start(world, { copy });
    expect(await stateOf(third, 'a')).toBe(3);
    await third.stop();
  });

  it('keeps what was published by another build, and corrects it in a step of its own', async () => {
    const world = await newWorld();
    const first = start(world, { copy });
    await append(world, { n: 25 });
    await caughtUp(world, first);
    await first.stop();
    const second = start(world, { copy, build: 'counting-2' });
    while (second.status().sweeping || second.status().phase !== 'live') {
      await second.view('a', () => undefined);
    }
    await second.stop();
    expect((await journal(world)).at(-1)).toMatchObject({ build: 'counting-2' });
    expect((await journal(world)).some(({ kind }) => kind === 'sweep')).toBe(true);
    expect(await levels(world)).toHaveLength(1);
  });

  it('forgets a key that was removed, and takes it for new when it comes back', async () => {
    const world = await newWorld();
    const first = start(world, { copy });
    await append(world, { n: 12 }, { remove: true });
    await caughtUp(world, first);
    expect(await stateOf(first, 'a')).toBeUndefined();
    await first.stop();
    const second = start(world, { copy });
    expect(await stateOf(second, 'a')).toBeUndefined();
    await append(world, { n: 3 });
    await caughtUp(world, second);
    expect(await stateOf(second, 'a')).toBe(3);
    await second.stop();
  });

  it('stops before the clock leaps', async () => {
    const world = await newWorld();
    const handle = start(world, { copy });
    await append(world, { n: 1 });
    await caughtUp(world, handle);
    world.now += 25 * 3_600_000;
    await append(world, { n: 1 });
    await expect(handle.done).rejects.toThrow(/clock would move on by 1500 minutes/);
    await expect(handle.done).rejects.toMatchObject({ reason: 'clock' });
  });
});

describe('a position that is gone', () => {
  it('stops the partition at its start, and nothing is guessed', async () => {
    const world = await newWorld();
    const checkpoint = { intervalMs: 1, keys: 9, dirtyMax: 9 };
    const first = start(world, { options: { checkpoint } });
    await append(world, { n: 12 });
    await caughtUp(world, first);
    while (first.status().dirty > 0) {
      world.now += 10;
      await first.view('a', () => undefined);
    }
    await first.stop();
    // the inputs were cut, or are those of another cluster
    const cut = await newWorld();
    const { inputs } = cut.cluster.partition(0).ports;
    const { states: _none, ...ports } = world.cluster.partition(0).ports;
    const clock = { now: () => world.now };
    const second = runPartition(countingMachine(), { ...ports, inputs, clock }, OPTIONS);
    await expect(second.done).rejects.toThrow(/is gone/);
    expect(await levels(world)).toHaveLength(1);
  });

  it('is also a journal that is empty where states are', async () => {
    const world = await newWorld();
    const first = start(world, {
      options: { checkpoint: { intervalMs: 1, keys: 9, dirtyMax: 9 } },
    });
    await append(world, { n: 12 });
    await caughtUp(world, first);
    world.now += 10;
    await append(world, { n: 1 });
    await caughtUp(world, first);
    await first.stop();
    const fresh = (await newWorld()).cluster.partition(0).ports;
    const { checkpoints, inputs } = world.cluster.partition(0).ports;
    const clock = { now: () => world.now };
    const ports = { inputs, checkpoints, ledger: fresh.ledger, clock };
    const second = runPartition(countingMachine(), ports, OPTIONS);
    await expect(second.done).rejects.toThrow(/has states and an empty journal/);
  });

  it('is not one whose journal another owner began while this one looked', async () => {
    const world = await newWorld();
    let looked = false;
    const hooks: Hooks = {
      ...IMMEDIATE,
      call: async (call, perform) => {
        const found = await perform();
        if (call.method !== 'last' || looked) return found;
        looked = true;
        const other = start(world, { copy: true });
        await append(world, { n: 12 });
        await caughtUp(world, other);
        await other.stop();
        return found;
      },
    };
    const slow = start(world, { copy: true, hooks });
    await expect(slow.done).rejects.toThrow(/has begun the journal meanwhile/);
    await expect(slow.done).rejects.toThrow(Fenced);
  });

  it('is also a journal that ends before a state of the checkpoint, which would pass records over', async () => {
    const world = await newWorld();
    const checkpoint = { intervalMs: 100, keys: 1, dirtyMax: 1000 };
    // stopped with its first slice of the checkpoint: one state, while another is older
    const hooks: Hooks = {
      ...IMMEDIATE,
      call: async (call, perform) => {
        const isSlice = call.method === 'commit' && JSON.stringify(call.args).includes('"blobs"');
        if (isSlice) void first.stop();
        return perform();
      },
    };
    const first: Handle = start(world, { hooks, options: { checkpoint } });
    for (const key of ['a', 'b', 'a', 'a', 'a', 'a']) {
      await append(world, { key });
      await caughtUp(world, first);
    }
    world.now += 150;
    await append(world, { key: 'a' });
    await first.done;
    const ledger = world.cluster.data[0]?.ledger;
    const [blob] = ledger?.checkpoint.blobs.values() ?? [];
    const restart = ledger?.checkpoint.restart?.step ?? Infinity;
    expect(blob?.step).toBeGreaterThan(restart + 2);
    // restored from an older copy
    ledger?.journal.splice(restart + 1);
    Object.assign(ledger ?? {}, { position: restart + 1 });
    // an owner's record each time would bring the journal to what the checkpoint knows
    for (let round = 0; round < 5; round += 1) {
      await expect(start(world).done).rejects.toThrow(/the journal was cut/);
    }
    expect(ledger?.journal).toHaveLength(restart + 1);
  });

  it('is also the journal of another application or layout', async () => {
    const world = await newWorld();
    await start(world).stop();
    const first = start(world);
    await first.view('a', () => undefined);
    await first.stop();
    const second = start(world, { options: { partitions: 2 } });
    await expect(second.done).rejects.toThrow(/the journal is of partitions 1, not 2/);
  });
});

describe('a checkpoint', () => {
  it('takes the oldest states with the steps, and recovery begins at its restart position', async () => {
    const world = await newWorld();
    const checkpoint = { intervalMs: 100, keys: 3, dirtyMax: 1000 };
    const handle = start(world, { options: { checkpoint } });
    for (let i = 0; i < 40; i += 1) {
      await append(world, { key: `k${i % 10}` });
      await caughtUp(world, handle);
      world.now += 20;
    }
    await handle.stop();
    const last = (await journal(world)).at(-1);
    expect(last?.restart.step).toBeGreaterThan(20);
    const second = start(world, { options: { checkpoint } });
    for (let i = 0; i < 10; i += 1) expect(await stateOf(second, `k${i}`)).toBe(4);
    expect(second.status().counts['replayed-steps']).toBeLessThan(25);
    await second.stop();
  });
});

describe('event time', () => {
  it('moves with the records, takes ticks on the way, and not the clock of the machine', async () => {
    const world = await newWorld();
    world.now = 50;
    const handle = start(world, { options: { time: 'event' } });
    await append(
      world,
      { at: 1_010, sleep: 120 },
      { key: 'b', at: 1_150 },
      { key: 'b', at: 1_350 },
    );
    await caughtUp(world, handle);
    await handle.stop();
    expect(await levels(world)).toMatchObject([{ key: 'a', what: 'woke', at: 1_200 }]);
    expect(handle.status().clock).toBe(1_350);
  });
});

describe('a partition that is asked to stop', () => {
  it('gives a recovery up, and the next one begins it anew', async () => {
    const world = await newWorld();
    const first = start(world, { options: { step: { ...OPTIONS.step, records: 1 } } });
    await append(world, ...Array.from({ length: 30 }, () => ({ n: 10 })));
    await caughtUp(world, first);
    await first.stop();
    const hooks: Hooks = {
      ...IMMEDIATE,
      call: async (call, perform) => {
        if (call.port === 'inputs' && call.method === 'read') void second.stop();
        return perform();
      },
    };
    const second: Handle = start(world, { hooks });
    await second.done;
    expect(second.status().counts['replayed-steps']).toBeLessThan(5);
    const third = start(world);
    expect(await stateOf(third, 'a')).toBe(300);
    await third.stop();
    expect(await levels(world)).toHaveLength(30);
  });

  it('does not finish the ticks of a midnight in event time, which go on later', async () => {
    const world = await newWorld();
    const options = { time: 'event', step: { ...OPTIONS.step, keys: 1 } } as const;
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    await append(world, ...keys.map((key) => ({ key, sleep: 10 })), { key: 'z', n: 12, at: 1_100 });
    const hooks: Hooks = {
      ...IMMEDIATE,
      call: async (call, perform) => {
        if (call.method === 'commit' && JSON.stringify(call.args).includes('woke')) {
          void first.stop();
        }
        return perform();
      },
    };
    const first: Handle = start(world, { hooks, options });
    await first.done;
    expect(await levels(world)).toHaveLength(1);
    const second = start(world, { options });
    await caughtUp(world, second);
    await second.stop();
    // before the record that is of the very instant of the tick
    const published = (await levels(world)).map(({ key }) => key);
    expect(published.slice(0, -1).sort()).toEqual([...keys].sort());
    expect(published.at(-1)).toBe('z');
  });
});

it('makes room after a look at many keys, also while nothing happens', async () => {
  const world = await newWorld();
  let reads = 0;
  const hooks: Hooks = {
    ...IMMEDIATE,
    call: async (call, perform) => {
      if (call.port === 'checkpoints' && call.method === 'get') reads += 1;
      return perform();
    },
  };
  const checkpoint = { intervalMs: 1, keys: 100, dirtyMax: 100 };
  const handle = start(world, { hooks, options: { cacheKeys: 2, checkpoint } });
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
  await append(world, ...keys.map((key) => ({ key })));
  await caughtUp(world, handle);
  while (handle.status().dirty > 0) {
    world.now += 10;
    await handle.view('a', () => undefined);
  }
  const { step } = handle.status();
  for (const key of keys) expect(await stateOf(handle, key)).toBe(1);
  reads = 0;
  for (const key of keys) expect(await stateOf(handle, key)).toBe(1);
  expect(reads).toBeGreaterThan(10);
  expect(handle.status().step).toBe(step);
  await handle.stop();
});

it('stops after failures in a row, and says nothing that a record may have said', async () => {
  const world = await newWorld();
  const hooks: Hooks = {
    ...IMMEDIATE,
    call: async (call, perform) => {
      if (call.method === 'commit') throw new SyntaxError('"customer 4711" is not valid JSON');
      return perform();
    },
  };
  const handle = start(world, { hooks });
  const fault: unknown = await handle.done.catch((error: unknown) => error);
  expect(String(fault)).toContain('after 10 failures in a row; the last: SyntaxError');
  expect(String(fault)).not.toContain('4711');
});

it('stands where the journal says, not where a step that is refused would have led', async () => {
  const world = await newWorld();
  let isRefused = false;
  const hooks: Hooks = {
    ...IMMEDIATE,
    call: async (call, perform) => {
      if (isRefused && call.method === 'commit') throw new PartitionStopped('may not write');
      return perform();
    },
  };
  const handle = start(world, { hooks });
  await append(world, { n: 1 });
  await caughtUp(world, handle);
  isRefused = true;
  await append(world, { n: 2 }, { n: 3 });
  await expect(handle.done).rejects.toThrow('may not write');
  expect(handle.status()).toMatchObject({ phase: 'stopped', positions: { adds: 1 } });
});
