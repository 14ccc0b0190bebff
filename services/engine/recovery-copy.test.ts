import { memoryCluster, type MemoryCluster } from './adapters/memory/cluster';
import { emptyCheckpoint } from './adapters/memory/ledger-data';
import { IMMEDIATE, type Hooks } from './adapters/memory/hooks';
import {
  COUNTING_OPTIONS,
  countingCluster,
  countingMachine,
  encodeAdd,
  type Counter,
  type Sizes,
} from './counting.fixture';
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
}

const CLOCK: Clock = { now: () => NOW };

function start(
  cluster: MemoryCluster,
  { hooks, states, clock = CLOCK }: Start = {},
): PartitionHandle<Counter, Sizes> {
  const { ports } = cluster.partition(0, hooks);
  const stored = { ...ports, states: states ?? ports.states };
  return runPartition(countingMachine(), { ...stored, clock }, OPTIONS);
}

async function takenIn(handle: PartitionHandle<Counter, Sizes>): Promise<void> {
  while ((handle.status().positions['adds'] ?? 0) < KEYS) {
    await new Promise((resolve) => setImmediate(resolve));
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
  /** Until all states are in the checkpoint. */
  async function checkpointed(cluster: MemoryCluster): Promise<number | undefined> {
    let now = NOW;
    const clock: Clock = {
      now: () => (now += 50),
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    };
    const owner = start(cluster, { clock });
    await takenIn(owner);
    while (owner.status().dirty > 0) await owner.view('k0', () => undefined);
    await owner.stop();
    return owner.status().counts['checkpoints-lost'];
  }

  it('is made anew from the copy, so that the copy can be lost after it', async () => {
    const cluster = await clusterWithKeys();
    expect(await checkpointed(cluster)).toBeUndefined();
    for (const { ledger } of cluster.data) ledger.checkpoint = emptyCheckpoint();
    expect(await checkpointed(cluster)).toBe(1);
    const { checkpoint } = cluster.data[0]?.ledger ?? {};
    expect(checkpoint?.blobs.size).toBe(KEYS);
    expect(checkpoint?.restart?.step).toBeGreaterThan(0);
    loseCopy(cluster);
    // it is told of once
    expect(await checkpointed(cluster)).toBeUndefined();
    loseCopy(cluster);
    const last = start(cluster);
    for (const key of ['k0', 'k2499']) expect(await last.view(key, (one) => one?.count)).toBe(1);
    expect(last.status().counts['replayed-steps']).toBeLessThan(5);
    await last.stop();
  });
});
