import type { MemoryCluster } from './adapters/memory/cluster';
import {
  COUNTING_OPTIONS,
  countingCluster,
  countingMachine,
  encodeAdd,
  type Counter,
} from './counting.fixture';
import type { Machine } from './machine';
import { newMeasures, type Measures } from './measures';
import { runPartition } from './runner';

const KEYS = 250;
const NOW = 1_000;

/** Counts keys by whether they have passed the size. */
const machine = (): Machine<Counter, never, never, never> => {
  const figures = ({ level }: Counter, _context: unknown, count: (name: string) => void): void =>
    count(level > 0 ? 'passed' : 'below');
  const figureNames = (): string[] => ['passed', 'below', 'unheard-of'];
  return { ...countingMachine(), figures, figureNames } as unknown as Machine<
    Counter,
    never,
    never,
    never
  >;
};

/** Runs it with few states in memory, until the keys have been counted as often as is wanted. */
async function counted(
  cluster: MemoryCluster,
  isDone: (measures: Measures) => boolean,
): Promise<Measures> {
  const measures = newMeasures();
  const ports = { ...cluster.partition(0).ports, clock: { now: () => NOW } };
  const options = { ...COUNTING_OPTIONS, cacheKeys: 10, measures };
  const handle = runPartition(machine(), ports, options);
  while (!isDone(measures)) await new Promise((resolve) => setImmediate(resolve));
  await handle.stop();
  return measures;
}

const filled = async (): Promise<MemoryCluster> => {
  const cluster = await countingCluster();
  const adds = Array.from({ length: KEYS }, (_, i) =>
    encodeAdd({ key: `k${i}`, n: i < 100 ? 10 : 1, at: NOW }),
  );
  await cluster.partition(0).writer.append('adds', adds);
  return cluster;
};

describe('the figures of a partition', () => {
  it('are those of all keys after a recovery, also of those that are not in memory', async () => {
    const cluster = await filled();
    await counted(cluster, ({ records }) => records.get('adds') === KEYS);
    const again = await counted(cluster, ({ figures }) => figures !== undefined);
    expect(Object.fromEntries(again.figures?.tally ?? [])).toEqual({
      ...{ passed: 100, below: 150, 'unheard-of': 0 },
    });
    expect(again.figures?.completedAt).toBe(NOW);
  });

  it('fall to 0 under a name that the last key has left', async () => {
    const cluster = await countingCluster();
    const { writer } = cluster.partition(0);
    await writer.append('adds', [encodeAdd({ key: 'k', n: 1, at: NOW })]);
    const hasRead = (n: number) => (measures: Measures) =>
      measures.records.get('adds') === n && measures.figures !== undefined;
    const before = await counted(cluster, hasRead(1));
    expect(before.figures?.tally.get('below')).toBe(1);
    await writer.append('adds', [encodeAdd({ key: 'k', n: 9, at: NOW })]);
    await counted(cluster, ({ records }) => records.get('adds') === 1);
    const after = await counted(cluster, ({ figures }) => figures !== undefined);
    expect(after.figures?.tally.get('below')).toBe(0);
    expect(after.figures?.tally.get('passed')).toBe(1);
  });

  it('are not looked for where nobody asks', async () => {
    const cluster = await filled();
    let looked = 0;
    const watched = { ...machine(), figures: () => (looked += 1) };
    const ports = { ...cluster.partition(0).ports, clock: { now: () => NOW } };
    const handle = runPartition(watched, ports, COUNTING_OPTIONS);
    while (handle.status().step < 3) await new Promise((resolve) => setImmediate(resolve));
    await handle.stop();
    expect(looked).toBe(0);
  });
});

describe('what a partition counts', () => {
  it('goes on from one runner to the next where the same measures are given', async () => {
    const cluster = await filled();
    const measures = newMeasures();
    const options = { ...COUNTING_OPTIONS, measures };
    for (const left of [1, 2]) {
      const ports = { ...cluster.partition(0).ports, clock: { now: () => NOW } };
      const handle = runPartition(countingMachine(), ports, options);
      const isDone = (): boolean =>
        measures.records.get('adds') === KEYS && measures.others.get('takeovers') === left;
      while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
      await handle.stop();
    }
    // what was run again is not counted as new
    expect(measures.records.get('adds')).toBe(KEYS);
    expect(measures.outcomes.get('record')).toBe(KEYS);
    expect(measures.outputs.get('levels')).toBe(100);
    expect(measures.commits.get('committed')).toBe(
      [...measures.steps.values()].reduce((sum, n) => sum + n, 0),
    );
  });
});
