import { oneAtATime } from './one-at-a-time';

/** Questions in the order in which they came, each answered by hand. */
function asker(): {
  readonly ask: (key: string) => Promise<number>;
  readonly keys: string[];
  readonly answer: ((value: number) => void)[];
  readonly fail: ((error: Error) => void)[];
} {
  const keys: string[] = [];
  const answer: ((value: number) => void)[] = [];
  const fail: ((error: Error) => void)[] = [];
  const asks = oneAtATime<number>();
  const ask = (key: string): Promise<number> =>
    asks(key, () => {
      keys.push(key);
      return new Promise((resolve, reject) => {
        answer.push(resolve);
        fail.push(reject);
      });
    });
  return { ask, keys, answer, fail };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('questions, one at a time', () => {
  it('are asked by one caller while there is no answer, and the others share the next', async () => {
    const { ask, keys, answer } = asker();
    const all = Array.from({ length: 100 }, () => ask('a'));
    await settled();
    expect(keys).toEqual(['a']);
    answer[0]?.(1);
    await settled();
    expect(keys).toEqual(['a', 'a']);
    answer[1]?.(2);
    expect(await Promise.all(all)).toEqual([1, ...Array.from({ length: 99 }, () => 2)]);
    const again = ask('a');
    answer[2]?.(3);
    expect(await again).toBe(3);
  });

  it('are answered from after they were asked, also where the one before fails', async () => {
    const { ask, answer, fail } = asker();
    const first = ask('a');
    const second = ask('a');
    fail[0]?.(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await settled();
    // came when the second was under way
    const third = ask('a');
    answer[1]?.(2);
    expect(await second).toBe(2);
    await settled();
    answer[2]?.(3);
    expect(await third).toBe(3);
  });

  it('about one key do not wait for those about another', async () => {
    const { ask, keys, answer } = asker();
    const a = ask('a');
    const b = ask('b');
    expect(keys).toEqual(['a', 'b']);
    answer[1]?.(2);
    expect(await b).toBe(2);
    answer[0]?.(1);
    expect(await a).toBe(1);
  });
});
