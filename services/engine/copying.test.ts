import { memoryCluster } from './adapters/memory/cluster';
import { IMMEDIATE, type Hooks } from './adapters/memory/hooks';
import { copyStep, lookAtCopy, newCopying, settled, type Copying } from './copying';
import { StateLost } from './errors';
import type { StateStore } from './ports';

function statesWith(call: Hooks['call']): StateStore {
  const cluster = memoryCluster({ partitions: 1, inputTopics: [], globalTopics: [] });
  return cluster.partition(0, { ...IMMEDIATE, call }).ports.states;
}

async function opened(states: StateStore): Promise<Copying> {
  await states.open(1);
  return newCopying(states, 1, 0);
}

const keysOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `k${i}`);

const nextTurn = (): Promise<string> =>
  new Promise((resolve) => setImmediate(() => resolve('waits')));

describe('the copy of the states', () => {
  it.each([
    [4_999, 'goes on'],
    [5_000, 'waits'],
  ])('is behind by %d keys while a write is under way: the step %s', async (count, expected) => {
    let letGo: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const states = statesWith(async ({ method }, perform) => {
      if (method === 'put') await gone;
      return perform();
    });
    const copying = await opened(states);
    await copyStep(copying, 0, ['a'], () => []);
    const second = copyStep(copying, 1, keysOf(count), () => []);
    expect(await Promise.race([second.then(() => 'goes on'), nextTurn()])).toBe(expected);
    letGo();
    await second;
    await settled(copying);
  });

  it('is found to be condemned also while nothing is read of it', async () => {
    let isCondemned = false;
    const states = statesWith(async ({ method }, perform) => {
      if (isCondemned && method === 'get') throw new StateLost('a scrubber has found damage');
      return perform();
    });
    const copying = await opened(states);
    await copyStep(copying, 0, ['a'], () => []);
    await lookAtCopy(copying, 5_000);
    isCondemned = true;
    await expect(lookAtCopy(copying, 10_000)).rejects.toThrow(StateLost);
  });
});
