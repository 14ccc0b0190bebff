import { memoryCluster, type MemoryCluster, type MemoryPorts } from './adapters/memory/cluster';
import { keepBlob } from './adapters/memory/blob-data';
import { IMMEDIATE, type Hooks } from './adapters/memory/hooks';
import {
  COUNTING_OPTIONS,
  countingCluster,
  countingMachine,
  encodeAdd,
  type Counter,
  type Sizes,
} from './counting.fixture';
import { Failure, PartitionStopped, Unsure } from './errors';
import type { PartitionOptions } from './options';
import type { Clock, Ports, StateStore, StateWrite } from './ports';
import { runPartition, type PartitionHandle } from './runner';

/** What matters only where partitions are owned in turn by processes that servers stand between. */

const OPTIONS: PartitionOptions = {
  ...COUNTING_OPTIONS,
  step: { ...COUNTING_OPTIONS.step, records: 2 },
};
const NOW = 1_000;
const AT_ONCE = { records: 1e6, bytes: 1e9 };

type Handle = PartitionHandle<Counter, Sizes>;

interface Changes {
  readonly ports?: (ports: MemoryPorts) => MemoryPorts;
  readonly clock?: Clock;
  readonly options?: Partial<PartitionOptions>;
  readonly hooks?: Hooks;
}

function start(cluster: MemoryCluster, changes: Changes = {}): Handle {
  const { ports: change = (ports) => ports, clock = { now: () => NOW }, options, hooks } = changes;
  const ports: Ports = { ...change(cluster.partition(0, hooks).ports), clock };
  return runPartition(countingMachine(), ports, { ...OPTIONS, ...options });
}

const append = (cluster: MemoryCluster, ...keys: readonly string[]): Promise<number> =>
  cluster.partition(0).writer.append(
    'adds',
    keys.map((key) => encodeAdd({ key, n: 1, at: NOW })),
  );

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const stepsOf = (handle: Handle): number => handle.status().step;

async function caughtUp(cluster: MemoryCluster, handle: Handle): Promise<void> {
  const { next } = await cluster.partition(0).ports.inputs.bounds('adds');
  await until(
    () => handle.status().positions['adds'] === next || handle.status().phase === 'stopped',
  );
}

const withSchema =
  (id: number, fingerprint: string, foreign = false) =>
  (ports: MemoryPorts): MemoryPorts => ({
    ...ports,
    inputs: {
      ...ports.inputs,
      read: async (topic, from, limit) => {
        const slice = await ports.inputs.read(topic, from, limit);
        return slice.records.length === 0
          ? slice
          : { ...slice, schemas: [{ id, fingerprint, foreign }] };
      },
    },
  });

/** An empty copy of the states. */
const newStates = (): StateStore =>
  memoryCluster({ partitions: 1, inputTopics: [], globalTopics: [] }).partition(0).ports.states;

describe('the schemas that records were written with', () => {
  it('stand in the journal from their first use on', async () => {
    const cluster = await countingCluster();
    const first = start(cluster, { ports: withSchema(7, 'aa') });
    await append(cluster, 'a');
    await caughtUp(cluster, first);
    await first.stop();
    const second = start(cluster, { ports: withSchema(8, 'bb') });
    await append(cluster, 'a');
    await caughtUp(cluster, second);
    await second.stop();
    const journal = await cluster.partition(0).ports.ledger.read(0, 100);
    expect(journal[0]?.record.schemas).toEqual([]);
    expect(journal.at(-1)?.record.schemas).toEqual([
      { id: 7, fingerprint: 'aa' },
      { id: 8, fingerprint: 'bb' },
    ]);
  });

  it('do not stand in it where no record of them can be taken, but a known id must stay the same', async () => {
    const cluster = await countingCluster();
    const first = start(cluster, { ports: withSchema(7, 'aa', true) });
    await append(cluster, 'a');
    await caughtUp(cluster, first);
    await first.stop();
    const journal = await cluster.partition(0).ports.ledger.read(0, 100);
    expect(journal.at(-1)?.record.schemas).toEqual([]);
    const second = start(cluster, { ports: withSchema(8, 'bb') });
    await append(cluster, 'a');
    await caughtUp(cluster, second);
    await second.stop();
    const third = start(cluster, { ports: withSchema(8, 'other', true) });
    await append(cluster, 'a');
    await expect(third.done).rejects.toThrow(/schema 8, .*the registry was replaced or lost/);
  });

  it('stop the partition when an id means another one than before', async () => {
    const cluster = await countingCluster();
    const first = start(cluster, { ports: withSchema(7, 'aa') });
    await append(cluster, 'a');
    await caughtUp(cluster, first);
    await first.stop();
    await append(cluster, 'a');
    const second = start(cluster, { ports: withSchema(7, 'other') });
    await expect(second.done).rejects.toThrow(/schema 7, .*the registry was replaced or lost/);
  });
});

describe('a schema that the registry has lost', () => {
  const without =
    (id: number) =>
    (ports: MemoryPorts): MemoryPorts => ({
      ...ports,
      inputs: {
        ...ports.inputs,
        read: async (topic, from, limit) => {
          const slice = await ports.inputs.read(topic, from, limit);
          return slice.records.length === 0 ? slice : { ...slice, missing: [id] };
        },
      },
    });

  it('stops the partition that has taken records of it: none becomes a dead letter', async () => {
    const cluster = await countingCluster();
    const first = start(cluster, { ports: withSchema(7, 'aa') });
    await append(cluster, 'a');
    await caughtUp(cluster, first);
    await first.stop();
    await append(cluster, 'a');
    const second = start(cluster, { ports: without(7) });
    await expect(second.done).rejects.toThrow(/has lost schema 7, which records of adds\/0 name/);
    await expect(second.done).rejects.toMatchObject({ reason: 'data' });
    expect(await positionOf(cluster)).toBe(1);
    // one that was never there is refused, and the partition goes on
    const third = start(cluster, { ports: without(8) });
    await caughtUp(cluster, third);
    await third.stop();
    expect(await positionOf(cluster)).toBe(2);
  });

  const positionOf = async (cluster: MemoryCluster): Promise<number | undefined> =>
    (await cluster.partition(0).ports.ledger.last())?.record.positions['adds'];
});

describe('the clock of an owner', () => {
  const appendedAt =
    (instant: number) =>
    (ports: MemoryPorts): MemoryPorts => ({
      ...ports,
      ledger: {
        ...ports.ledger,
        read: async (from, limit) =>
          (await ports.ledger.read(from, limit)).map((entry) => ({
            ...entry,
            appendedAt: instant,
          })),
      },
    });

  it.each([61_000, -61_000])('stops it when it is %d ms from that of the ledger', async (ms) => {
    const cluster = await countingCluster();
    const handle = start(cluster, { ports: appendedAt(NOW + ms) });
    await expect(handle.done).rejects.toThrow(/clock of this process is -?61 s away/);
  });

  it.each([59_000, -59_000])('may be %d ms from that of the ledger', async (ms) => {
    const cluster = await countingCluster();
    const handle = start(cluster, { ports: appendedAt(NOW + ms) });
    await append(cluster, 'a');
    await caughtUp(cluster, handle);
    await handle.stop();
  });
});

describe('a server that cannot be reached', () => {
  const unreachable: Hooks = {
    ...IMMEDIATE,
    call: (call, perform) =>
      call.port === 'ledger' && call.method === 'fence'
        ? Promise.reject(new Error('connection refused'))
        : IMMEDIATE.call(call, perform),
  };

  it('is asked again after longer and longer waits, for ever where that is wanted', async () => {
    const cluster = await countingCluster();
    const pauses: number[] = [];
    const clock = {
      now: () => NOW,
      pause: async (ms: number) => {
        pauses.push(ms);
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
    const handle = start(cluster, {
      ...{ clock, hooks: unreachable },
      options: { failuresMax: Infinity },
    });
    await until(() => pauses.length > 30);
    expect(pauses.slice(0, 4)).toEqual([20, 40, 80, 160]);
    expect(pauses.every((ms, i) => ms >= (pauses[i - 1] ?? 0))).toBe(true);
    expect(Math.max(...pauses)).toBe(5_000);
    await handle.stop();
  });

  it('does not keep a partition from being stopped', async () => {
    const cluster = await countingCluster();
    let isWaiting = false;
    const pause = (): Promise<void> => {
      isWaiting = true;
      return new Promise(() => undefined);
    };
    const clock = { now: () => NOW, pause };
    const handle = start(cluster, { clock, hooks: unreachable });
    await until(() => isWaiting);
    await handle.stop();
    expect(handle.status().phase).toBe('stopped');
  });
});

describe('a fence that no server answers', () => {
  it('ends when the partition is given up', async () => {
    const cluster = await countingCluster();
    let giveUp: () => void = () => undefined;
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = () => reject(new Failure('was closed'));
    });
    let isFencing = false;
    const handle = start(cluster, {
      ports: (ports) => {
        const fence = (): Promise<never> => {
          isFencing = true;
          return givenUp;
        };
        return { ...ports, ledger: { ...ports.ledger, fence, giveUp: () => giveUp() } };
      },
      options: { failuresMax: Infinity },
    });
    await until(() => isFencing);
    await handle.stop();
    expect(handle.status().phase).toBe('stopped');
  });
});

describe('an owner that was asleep or cut off', () => {
  it('does not take over again by itself: another may own the partition by now', async () => {
    const cluster = await countingCluster();
    const told: string[] = [];
    let now = NOW;
    let isCut = false;
    const hooks: Hooks = {
      ...IMMEDIATE,
      call: (call, perform) =>
        isCut && call.method === 'commit'
          ? Promise.reject(new Failure('the broker does not answer'))
          : IMMEDIATE.call(call, perform),
    };
    const options = { ownedMsMax: 5_000, failed: (why: string) => void told.push(why) };
    const handle = start(cluster, { hooks, clock: { now: () => now }, options });
    await append(cluster, 'a');
    await caughtUp(cluster, handle);
    isCut = true;
    now += 5_001;
    await append(cluster, 'a');
    await expect(handle.done).rejects.toThrow(Unsure);
    expect(told).toEqual(['the broker does not answer']);
  });

  it('fences nobody and signs in nowhere while the copy of the states is away', async () => {
    const cluster = await countingCluster();
    let isAway = false;
    const hooks: Hooks = {
      ...IMMEDIATE,
      call: (call, perform) =>
        isAway && call.port === 'states'
          ? Promise.reject(new Failure('it does not answer'))
          : IMMEDIATE.call(call, perform),
    };
    const clock = { now: () => NOW, pause: () => new Promise<void>((go) => setImmediate(go)) };
    const handle = start(cluster, { hooks, clock });
    await append(cluster, 'a');
    await caughtUp(cluster, handle);
    isAway = true;
    const { ledger } = cluster.data[0] ?? {};
    await append(cluster, 'b');
    await until(() => (handle.status().counts['recoveries'] ?? 0) >= 5);
    // what it had decided by then is durable: the journal says how far it is
    const { token, journal } = ledger ?? {};
    const steps = journal?.length ?? 0;
    const { phase, step, positions } = handle.status();
    expect([phase, step]).toEqual(['recovering', steps - 1]);
    expect(positions['adds']).toBeGreaterThan(0);
    await until(() => (handle.status().counts['recoveries'] ?? 0) >= 8);
    expect([ledger?.token, ledger?.journal.length]).toEqual([token, steps]);
    // another process knows as much, who has never seen the states
    const other = start(cluster, { hooks, clock });
    await until(() => other.status().step === steps - 1);
    expect(other.status().positions).toEqual(positions);
    isAway = false;
    await other.stop();
    await caughtUp(cluster, handle);
    await handle.stop();
  });

  it('takes over again at once when it was sure of it a moment ago', async () => {
    const cluster = await countingCluster();
    let failures = 1;
    const hooks: Hooks = {
      ...IMMEDIATE,
      call: (call, perform) => {
        const { phase } = handle.status();
        if (phase !== 'live' || call.method !== 'commit' || failures === 0) {
          return IMMEDIATE.call(call, perform);
        }
        failures -= 1;
        return Promise.reject(new Error('connection reset'));
      },
    };
    const handle = start(cluster, { hooks, options: { ownedMsMax: 5_000 } });
    await append(cluster, 'a');
    await caughtUp(cluster, handle);
    expect(failures).toBe(0);
    await handle.stop();
  });
});

describe('a state that has grown too large', () => {
  it('takes no more records, which are refused, and keeps nobody else from theirs', async () => {
    const cluster = await countingCluster();
    const options = { stateBytesMax: 90, step: { ...OPTIONS.step, records: 1 } };
    const handle = start(cluster, { options });
    await append(cluster, 'a', 'long-key-'.repeat(6), 'long-key-'.repeat(6), 'a');
    await caughtUp(cluster, handle);
    await handle.stop();
    const journal = await cluster.partition(0).ports.ledger.read(0, 100);
    const refused = journal.flatMap(({ record }) => record.refused);
    expect(refused).toEqual([{ topic: 'adds', offset: 2, code: 'state-too-large' }]);
    // a replay obeys the verdict, also where there is room
    const again = start(cluster, { ports: (ports) => ({ ...ports, states: newStates() }) });
    await append(cluster, 'a');
    await caughtUp(cluster, again);
    expect(await again.view('long-key-'.repeat(6), (state) => state?.count)).toBe(1);
    expect(await again.view('a', (state) => state?.count)).toBe(3);
    await again.stop();
  });
});

describe('the copy of the states', () => {
  it('is not taken over from an owner whom the journal does not know', async () => {
    const cluster = await countingCluster();
    for (const { states } of cluster.data) states.token = 1_000;
    const handle = start(cluster);
    await expect(handle.done).rejects.toThrow(
      /has a later owner than the journal.*Remove the copy/,
    );
    await expect(handle.done).rejects.toBeInstanceOf(PartitionStopped);
  });

  it('is not taken over, when it is ahead, from an owner whom the journal does not know', async () => {
    const cluster = await countingCluster();
    const first = start(cluster);
    await append(cluster, 'a');
    await caughtUp(cluster, first);
    await first.stop();
    for (const { states } of cluster.data) {
      states.token = 1_000;
      states.watermark = 1_000;
    }
    const second = start(cluster);
    await expect(second.done).rejects.toThrow(/has a later owner than the journal/);
  });

  /** A hook that holds back every write of the copy until it is let go. */
  function heldBack(): { readonly hooks: Hooks; readonly letGo: () => void; writes: number } {
    let letGo: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const held = {
      writes: 0,
      letGo: () => letGo(),
      hooks: {
        ...IMMEDIATE,
        call: async <T>(call: Parameters<Hooks['call']>[0], perform: () => T): Promise<T> => {
          if (call.port === 'states' && call.method === 'put') {
            held.writes += 1;
            // the first is the recovery's own
            if (held.writes > 1) await gone;
          }
          return perform();
        },
      },
    };
    return held;
  }

  it('is written beside the steps, one write at a time, and is whole after a stop', async () => {
    const cluster = await countingCluster();
    const held = heldBack();
    const handle = start(cluster, { hooks: held.hooks });
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    await append(cluster, ...keys);
    await caughtUp(cluster, handle);
    expect(held.writes).toBe(2);
    held.letGo();
    const stopped = handle.stop();
    await stopped;
    const { states } = cluster.data[0] ?? { states: undefined };
    expect(states?.watermark).toBe(stepsOf(handle));
    expect(states?.blobs.size).toBe(40);
  });

  it('is not asked for states that it does not have yet', async () => {
    const cluster = await countingCluster();
    const held = heldBack();
    const options = { cacheKeys: 2 };
    const handle = start(cluster, { hooks: held.hooks, options });
    await append(cluster, 'a', 'b', 'c', 'd', 'e', 'f');
    await caughtUp(cluster, handle);
    // all of them are wanted again while the copy lacks them
    await append(cluster, 'a', 'b', 'c', 'd', 'e', 'f');
    await caughtUp(cluster, handle);
    held.letGo();
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
      expect(await handle.view(key, (state) => state?.count)).toBe(2);
    }
    expect(handle.status().counts['states-lost']).toBeUndefined();
    await handle.stop();
  });

  it('is filled anew when a write of it fails', async () => {
    const cluster = await countingCluster();
    let failures = 1;
    const hooks: Hooks = {
      ...IMMEDIATE,
      call: async (call, perform) => {
        const isWrite = call.port === 'states' && call.method === 'put';
        if (isWrite && stepsOf(handle) > 2 && failures > 0) {
          failures -= 1;
          throw new Error('connection lost');
        }
        return perform();
      },
    };
    const handle = start(cluster, { hooks });
    for (const key of ['a', 'b', 'a', 'c', 'd', 'e']) {
      await append(cluster, key);
      await caughtUp(cluster, handle);
    }
    await until(() => handle.status().phase === 'live');
    expect(failures).toBe(0);
    expect(handle.status().counts['recoveries']).toBe(1);
    expect(await handle.view('a', (state) => state?.count)).toBe(2);
    await handle.stop();
    expect(cluster.data[0]?.states.watermark).toBe(stepsOf(handle));
  });

  it('is filled anew when it was lost while nothing happened', async () => {
    const cluster = await countingCluster();
    let now = NOW;
    const handle = start(cluster, { clock: { now: () => now } });
    await append(cluster, 'a', 'b');
    await caughtUp(cluster, handle);
    await until(() => cluster.data[0]?.states.watermark === stepsOf(handle));
    for (const { states } of cluster.data) {
      Object.assign(states, { token: 0, watermark: undefined });
      states.blobs.clear();
      states.due.clear();
    }
    now += 5_001;
    await until(() => cluster.data[0]?.states.blobs.size === 2);
    expect(handle.status().counts['states-lost']).toBe(1);
    await handle.stop();
  });

  it('holds what its owner has published', async () => {
    const cluster = await countingCluster();
    const handle = start(cluster);
    await append(cluster, ...Array.from({ length: 25 }, () => 'a'));
    await caughtUp(cluster, handle);
    await handle.stop();
    const { outputs } = cluster.partition(0);
    expect((await outputs.read('levels', 0, AT_ONCE)).records).toHaveLength(2);
    const state = cluster.data[0]?.states.blobs.get('a')?.bytes;
    expect(JSON.parse(Buffer.from(state ?? []).toString())).toMatchObject({ level: 2, count: 25 });
  });

  it('may hold a part of a write whose owner was killed: what it has already is passed over', async () => {
    for (let kept = 0; kept <= 6; kept += 1) {
      const cluster = await countingCluster();
      let writes = 0;
      const hooks: Hooks = {
        ...IMMEDIATE,
        call: async (call, perform) => {
          if (call.port !== 'states' || call.method !== 'put') return perform();
          writes += 1;
          if (writes < 4) return perform();
          const [write] = call.args as readonly [StateWrite];
          const written = writes === 4 ? write.blobs.slice(0, kept) : [];
          for (const { states } of cluster.data) for (const one of written) keepBlob(states, one);
          throw new Error('killed');
        },
      };
      const options = { step: { ...OPTIONS.step, records: 6 } };
      const first = start(cluster, { hooks, options: { ...options, failuresMax: 1 } });
      const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
      for (let round = 0; round < 6 && writes < 4; round += 1) {
        await append(cluster, ...keys.flatMap((key) => [key, key, key]));
        await Promise.race([caughtUp(cluster, first), first.done.catch(() => undefined)]);
      }
      await expect(first.done).rejects.toThrow(/stops after/);
      const second = start(cluster, { options });
      await append(cluster, ...keys);
      await caughtUp(cluster, second);
      const { next } = await cluster.partition(0).ports.inputs.bounds('adds');
      for (const key of keys) {
        expect(await second.view(key, (state) => state?.count)).toBe(next / keys.length);
      }
      expect(second.status().counts['digest-mismatches']).toBeUndefined();
      await second.stop();
    }
  });
});
