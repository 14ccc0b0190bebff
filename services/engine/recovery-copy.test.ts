import { memoryCluster, type MemoryCluster } from './adapters/memory/cluster';
import { emptyCheckpoint, type CheckpointData } from './adapters/memory/ledger-data';
import { IMMEDIATE, type Hooks } from './adapters/memory/hooks';
import {
  COUNTING_OPTIONS,
  countingCluster,
  countingMachine,
  encodeAdd,
  type Counter,
  type Sizes,
} from './counting.fixture';
import { newMeasures } from './measures';
import type { PartitionOptions } from './options';
import type { Clock, StateStore, StateWrite } from './ports';
import { runPartition, type PartitionHandle } from './runner';

const NOW = 1_000;
const KEYS = 2_500;
const OPTIONS: PartitionOptions = {
  ...COUNTING_OPTIONS,
  step: { ...COUNTING_OPTIONS.step, records: 100 },
};

interface Start {
  readonly hooks?: Hooks;
  readonly states?: StateStore;
  readonly clock?: Clock;
  readonly options?: Partial<PartitionOptions>;
}

const CLOCK: Clock = { now: () => NOW };

function start(
  cluster: MemoryCluster,
  { hooks, states, clock = CLOCK, options }: Start = {},
): PartitionHandle<Counter, Sizes> {
  const { ports } = cluster.partition(0, hooks);
  const stored = { ...ports, states: states ?? ports.states };
  return runPartition(countingMachine(), { ...stored, clock }, { ...OPTIONS, ...options });
}

async function takenIn(handle: PartitionHandle<Counter, Sizes>): Promise<void> {
  while ((handle.status().positions['adds'] ?? 0) < KEYS) {
    await handle.view('k0', () => undefined);
  }
}

async function clusterWithKeys(): Promise<MemoryCluster> {
  const cluster = await countingCluster();
  const adds = Array.from({ length: KEYS }, (_, i) => encodeAdd({ key: `k${i}`, n: 1, at: NOW }));
  await cluster.partition(0).writer.append('adds', adds);
  return cluster;
}

/** Notes the writes of the copy; from the given one on they have no answer until they are cut off. */
function noting(heldFrom = Infinity): {
  readonly hooks: Hooks;
  readonly writes: StateWrite[];
  readonly cutOff: () => void;
} {
  const writes: StateWrite[] = [];
  let cutOff: () => void = () => undefined;
  const over = new Promise<never>((_, reject) => {
    cutOff = () => reject(new Error('connection lost'));
  });
  over.catch(() => undefined);
  const call: Hooks['call'] = async (one, perform) => {
    if (one.port !== 'states' || one.method !== 'put') return perform();
    writes.push((one.args as readonly [StateWrite])[0]);
    return writes.length >= heldFrom ? over : perform();
  };
  return { hooks: { ...IMMEDIATE, call }, writes, cutOff: () => cutOff() };
}

function loseCopy({ data }: MemoryCluster): void {
  for (const { states } of data) {
    Object.assign(states, { token: 0, watermark: undefined });
    states.blobs.clear();
    states.due.clear();
  }
}

const shapeOf = ({ previous, step, blobs }: StateWrite) => [
  previous === undefined ? 'no watermark' : 'watermark',
  step === undefined ? 'none after it' : 'one after it',
  blobs.length,
];

describe('a recovery brings the copy of the states up to the journal', () => {
  it('slice by slice where it is rebuilt, with a watermark after the last', async () => {
    const cluster = await clusterWithKeys();
    const first = start(cluster);
    await takenIn(first);
    await first.stop();
    loseCopy(cluster);
    const { hooks, writes } = noting();
    const second = start(cluster, { hooks });
    expect(await second.view('k2499', (state) => state?.count)).toBe(1);
    expect(writes.map(shapeOf)).toEqual([
      ['no watermark', 'none after it', 1000],
      ['no watermark', 'none after it', 1000],
      ['no watermark', 'one after it', 500],
    ]);
    expect(cluster.data[0]?.states.blobs.size).toBe(KEYS);
    await second.stop();
  });

  it('in one write where it has a watermark, which then holds of all', async () => {
    const cluster = await clusterWithKeys();
    // the first write is the recovery's own, and the second never ends: as of an owner that was killed
    const held = noting(2);
    const first = start(cluster, { hooks: held.hooks });
    await takenIn(first);
    const { hooks, writes } = noting();
    const second = start(cluster, { hooks });
    expect(await second.view('k2499', (state) => state?.count)).toBe(1);
    expect(writes.map(shapeOf)).toEqual([['watermark', 'one after it', KEYS]]);
    await second.stop();
    held.cutOff();
    await first.stop();
  });

  it('and lets others of the process have their turn meanwhile', async () => {
    const cluster = await clusterWithKeys();
    const first = start(cluster);
    await takenIn(first);
    await first.stop();
    const steps = first.status().step;
    let now = NOW;
    let pauses = 0;
    const clock: Clock = {
      now: () => (now += 20),
      pause: async (ms) => {
        expect(ms).toBe(0);
        pauses += 1;
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
    const other = memoryCluster({ partitions: 1, inputTopics: [], globalTopics: [] });
    const second = start(cluster, { clock, states: other.partition(0).ports.states });
    expect(await second.view('k0', (state) => state?.count)).toBe(1);
    // 20 ms for each look at the clock: about each third step
    expect(pauses).toBeGreaterThan(steps / 5);
    await second.stop();
  });
});

describe('a checkpoint that was lost', () => {
  const COUNTED = { checkpoint: { intervalMs: 1_000, keys: 100, dirtyMax: 100_000 } };

  const checkpointOf = ({ data }: MemoryCluster): CheckpointData => {
    const { checkpoint } = data[0]?.ledger ?? {};
    if (checkpoint === undefined) throw new Error('no partition');
    return checkpoint;
  };

  /** Until so many states, or all that are known, are in the checkpoint. @returns when it was found lost */
  async function checkpointed(
    cluster: MemoryCluster,
    states = Infinity,
  ): Promise<number | undefined> {
    let now = NOW;
    const clock: Clock = {
      now: () => (now += 5),
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    };
    const hooks: Hooks = {
      ...IMMEDIATE,
      call: async (_call, perform) => {
        if (checkpointOf(cluster).blobs.size >= states) void owner.stop();
        return perform();
      },
    };
    const measures = newMeasures();
    const options = { ...COUNTED, measures };
    const owner: PartitionHandle<Counter, Sizes> = start(cluster, { clock, hooks, options });
    if (states === Infinity) {
      await takenIn(owner);
      while (owner.status().dirty > 0) await owner.view('k0', () => undefined);
      await owner.stop();
    }
    await owner.done;
    return measures.checkpointLostAt;
  }

  const loseCheckpoint = ({ data }: MemoryCluster): void => {
    for (const { ledger } of data) ledger.checkpoint = emptyCheckpoint();
  };

  async function isWhole(cluster: MemoryCluster): Promise<void> {
    const last = start(cluster);
    for (let i = 0; i < KEYS; i += 1) {
      expect([i, await last.view(`k${i}`, (one) => one?.count)]).toEqual([i, 1]);
    }
    await last.stop();
  }

  it('is made anew from the copy, so that the copy can be lost after it', async () => {
    const cluster = await clusterWithKeys();
    expect(await checkpointed(cluster)).toBeUndefined();
    loseCheckpoint(cluster);
    expect(await checkpointed(cluster)).toBeGreaterThan(NOW);
    expect(checkpointOf(cluster).blobs.size).toBe(KEYS);
    expect(checkpointOf(cluster).restart?.step).toBeGreaterThan(1);
    loseCopy(cluster);
    const last = start(cluster);
    for (const key of ['k0', 'k2499']) expect(await last.view(key, (one) => one?.count)).toBe(1);
    expect(last.status().counts['replayed-steps']).toBeLessThan(5);
    await last.stop();
    // it is told of once
    expect(await checkpointed(cluster)).toBeUndefined();
    await isWhole(cluster);
  });

  it('and of which half is made anew when the copy is lost is not taken for whole', async () => {
    const cluster = await clusterWithKeys();
    await checkpointed(cluster);
    loseCheckpoint(cluster);
    await checkpointed(cluster, 500);
    const { blobs, restart } = checkpointOf(cluster);
    expect(blobs.size).toBeGreaterThan(100);
    expect(blobs.size).toBeLessThan(KEYS - 100);
    expect(restart?.step).toBe(1);
    loseCopy(cluster);
    await checkpointed(cluster);
    loseCopy(cluster);
    await isWhole(cluster);
  });

  it('is made anew, too, where the journal has lost its first records', async () => {
    const cluster = await clusterWithKeys();
    await checkpointed(cluster);
    loseCheckpoint(cluster);
    for (const { ledger } of cluster.data) ledger.journal.splice(0, ledger.journal.length - 3);
    await checkpointed(cluster);
    loseCopy(cluster);
    await isWhole(cluster);
  });

  it('stops the partition where the journal has lost what the copy lacks', async () => {
    const cluster = await clusterWithKeys();
    await checkpointed(cluster);
    for (const { ledger, states } of cluster.data) {
      ledger.checkpoint = emptyCheckpoint();
      ledger.journal.splice(0, ledger.journal.length - 3);
      Object.assign(states, { watermark: 5 });
    }
    await expect(start(cluster).done).rejects.toThrow(
      /a replay needs it from step 5 on: it was cut/,
    );
  });

  it('stops the partition where the journal begins with the first step to run again', async () => {
    const cluster = await clusterWithKeys();
    await checkpointed(cluster);
    for (const { ledger, states } of cluster.data) {
      const step = ledger.journal.length - 3;
      ledger.checkpoint = emptyCheckpoint();
      ledger.journal.splice(0, step);
      Object.assign(states, { watermark: step - 1 });
    }
    await expect(start(cluster).done).rejects.toThrow(/it was cut/);
  });
});
