import type { MemoryCluster } from './adapters/memory/cluster';
import {
  COUNTING_OPTIONS,
  countingCluster,
  countingMachine,
  encodeAdd,
  type Add,
  type Counter,
  type Published,
  type Sizes,
} from './counting.fixture';
import type { Machine } from './machine';
import type { PartitionOptions } from './options';
import { runPartition, type PartitionHandle } from './runner';

const NOW = 1_000;
const KEY = 'customer-4711';
/** In a cluster no number of failures in a row ends a partition: what is tried again is tried for ever. */
const OPTIONS: PartitionOptions = { ...COUNTING_OPTIONS, failuresMax: 3 };

type Counting = Machine<Counter, Add, Published, Sizes>;

const refuse = (): never => {
  throw new RangeError(`${KEY} does not fit`);
};

function start(
  cluster: MemoryCluster,
  changes: Partial<Counting> = {},
  options: Partial<PartitionOptions> = {},
): PartitionHandle<Counter, Sizes> {
  const { states, ...stored } = cluster.partition(0).ports;
  const ports = { ...stored, states, clock: { now: () => NOW } };
  return runPartition({ ...countingMachine(), ...changes }, ports, { ...OPTIONS, ...options });
}

const append = (cluster: MemoryCluster, value: Uint8Array): Promise<number> =>
  cluster.partition(0).writer.append('adds', [value]);

/** The key is known, and stored; nothing of it is in memory. */
async function clusterWithKey(): Promise<MemoryCluster> {
  const cluster = await countingCluster();
  const handle = start(cluster);
  await append(cluster, encodeAdd({ key: KEY, n: 1, at: NOW }));
  while ((handle.status().positions['adds'] ?? 0) < 1) await handle.view(KEY, () => undefined);
  await handle.stop();
  return cluster;
}

const faultOf = async (handle: PartitionHandle<Counter, Sizes>): Promise<Error> =>
  handle.done.then(
    () => new Error('it has ended'),
    (error: unknown) => error as Error,
  );

describe('a machine that throws', () => {
  it.each<[string, Partial<Counting>]>([
    ['an output cannot be published', { encodeOutput: refuse }],
    ['an output cannot be described', { describe: refuse }],
  ])('stops the partition at the record where %s, and it is passed over', async (_, changes) => {
    const cluster = await countingCluster();
    await append(cluster, encodeAdd({ key: KEY, n: 10, at: NOW }));
    const fault = await faultOf(start(cluster, changes));
    expect(fault).toMatchObject({ name: 'PartitionStopped', reason: 'record' });
    expect(fault.message).toContain('cannot take adds/0@0');
    expect(fault.message).not.toContain(KEY);
    const skips = [{ topic: 'adds', offset: 0, reason: 'ordered' }];
    const next = start(cluster, changes, { skips });
    while ((next.status().positions['adds'] ?? 0) < 1) await next.view(KEY, () => undefined);
    await next.stop();
  });

  it('stops the partition at a refused record of which no dead letter can be made', async () => {
    const cluster = await countingCluster();
    await append(cluster, Buffer.from('no record'));
    const fault = await faultOf(start(cluster, { encodeLetter: refuse }));
    expect(fault).toMatchObject({ name: 'PartitionStopped', reason: 'record' });
    expect(fault.message).toContain('cannot take adds/0@0');
  });

  it('stops the partition at a state that this build cannot read', async () => {
    const cluster = await clusterWithKey();
    await append(cluster, encodeAdd({ key: KEY, n: 1, at: NOW }));
    const fault = await faultOf(start(cluster, { decodeState: refuse }));
    expect(fault).toMatchObject({ name: 'PartitionStopped', reason: 'version' });
    expect(fault.message).toContain('cannot read a state of partition 0');
    expect(fault.message).not.toContain(KEY);
  });

  it('stops the partition at a state that this build cannot write', async () => {
    const cluster = await clusterWithKey();
    await append(cluster, encodeAdd({ key: KEY, n: 1, at: NOW }));
    const fault = await faultOf(start(cluster, { encodeState: refuse }));
    expect(fault).toMatchObject({ name: 'PartitionStopped', reason: 'version' });
    expect(fault.message).toContain('cannot write a state of partition 0');
    expect(fault.message).not.toContain(KEY);
  });
});
