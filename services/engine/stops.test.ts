import type { MemoryCluster, MemoryPorts } from './adapters/memory/cluster';
import { emptyStates } from './adapters/memory/state-data';
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
  of = (ports: MemoryPorts): MemoryPorts => ports,
): PartitionHandle<Counter, Sizes> {
  const ports = { ...of(cluster.partition(0).ports), clock: { now: () => NOW } };
  return runPartition({ ...countingMachine(), ...changes }, ports, { ...OPTIONS, ...options });
}

/** Its log says when it took a record in, so that its lateness is measured. */
const appended = (ports: MemoryPorts): MemoryPorts => ({
  ...ports,
  inputs: {
    ...ports.inputs,
    read: async (topic, from, limit) => {
      const { records, next } = await ports.inputs.read(topic, from, limit);
      return { records: records.map((record) => ({ ...record, appendedAt: NOW })), next };
    },
  },
});

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

  it('names the id of a record where a log may have it', async () => {
    const cluster = await countingCluster();
    await append(cluster, encodeAdd({ key: KEY, n: 10, at: NOW }));
    const loggedId = ({ n }: Add): string => `id-${n}`;
    for (const change of [{ encodeOutput: refuse }, { decide: refuse }]) {
      const fault = await faultOf(start(cluster, { ...change, loggedId }));
      expect(fault.message).toContain('cannot take adds/0@0, event id-10. Mend it');
    }
    const timed = start(cluster, { timeOf: refuse, loggedId }, {}, appended);
    expect((await faultOf(timed)).message).toContain('adds/0@0, event id-10.');
  });

  it('stops the partition at a refused record of which no dead letter can be made', async () => {
    const cluster = await countingCluster();
    await append(cluster, Buffer.from('no record'));
    const fault = await faultOf(start(cluster, { encodeLetter: refuse }));
    expect(fault).toMatchObject({ name: 'PartitionStopped', reason: 'record' });
    expect(fault.message).toContain('cannot take adds/0@0');
  });

  it.each(['wall', 'event'] as const)(
    'stops the partition at a record whose time it cannot say, by the %s clock, and it is passed over',
    async (time) => {
      const cluster = await countingCluster();
      await append(cluster, encodeAdd({ key: KEY, n: 1, at: NOW }));
      const fault = await faultOf(start(cluster, { timeOf: refuse }, { time }, appended));
      expect(fault).toMatchObject({ name: 'PartitionStopped', reason: 'record' });
      expect(fault.message).toContain('cannot take adds/0@0');
      expect(fault.message).not.toContain(KEY);
      const skips = [{ topic: 'adds', offset: 0, reason: 'ordered' }];
      const next = start(cluster, { timeOf: refuse }, { time, skips }, appended);
      while ((next.status().positions['adds'] ?? 0) < 1) await next.view(KEY, () => undefined);
      await next.stop();
    },
  );

  it('stops the partition where it cannot say when a key that is due is looked at', async () => {
    const cluster = await countingCluster();
    await append(cluster, encodeAdd({ key: KEY, n: 1, at: NOW, sleep: 10 }));
    await append(cluster, encodeAdd({ key: KEY, n: 1, at: NOW + 500 }));
    const fault = await faultOf(start(cluster, { tickAt: refuse }, { time: 'event' }));
    expect(fault).toMatchObject({ name: 'PartitionStopped', reason: 'version' });
    expect(fault.message).toContain('when the next tick of partition 0 is');
    expect(fault.message).not.toContain(KEY);
  });

  it('stops the partition where this build cannot take over what another has published', async () => {
    const cluster = await countingCluster();
    const first = start(cluster);
    await append(cluster, encodeAdd({ key: KEY, n: 10, at: NOW }));
    while ((first.status().positions['adds'] ?? 0) < 1) await first.view(KEY, () => undefined);
    await first.stop();
    // nothing of it is stored, so its step is run again
    for (const data of cluster.data) data.states = emptyStates();
    const silent: Partial<Counting> = {
      build: 'counting-2',
      adopt: refuse,
      decide: (...args) => ({ ...countingMachine().decide(...args), outputs: [] }),
    };
    const fault = await faultOf(start(cluster, silent));
    expect(fault).toMatchObject({ name: 'PartitionStopped', reason: 'version' });
    expect(fault.message).toMatch(/cannot take over what step \d+ of partition 0 has published/);
    expect(fault.message).not.toContain(KEY);
  });

  it('goes on where it cannot name what is in force: nothing is decided by it', async () => {
    const cluster = await clusterWithKey();
    const handle = start(cluster, { inForce: refuse });
    await append(cluster, encodeAdd({ key: KEY, n: 1, at: NOW }));
    while ((handle.status().positions['adds'] ?? 0) < 2) await handle.view(KEY, () => undefined);
    await handle.stop();
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
