import { inTimeOrder, type Stream } from './time-order';

const streamOf = (...parts: readonly (readonly number[])[]): Stream<number> => {
  const left = [...parts];
  return { more: () => Promise.resolve(left.shift() ?? []) };
};

async function taken(...streams: readonly Stream<number>[]): Promise<number[]> {
  const found: number[] = [];
  await inTimeOrder(streams, Math.floor, (item) => found.push(item));
  return found;
}

describe('items of several streams', () => {
  it('come in order of time, over the ends of parts', async () => {
    expect(await taken(streamOf([1, 4], [5]), streamOf([2], [3, 6]))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('of one time come from the first stream first', async () => {
    expect(await taken(streamOf([1.1, 2.1]), streamOf([1.2, 2.2]))).toEqual([1.1, 1.2, 2.1, 2.2]);
  });

  it('keep the order of their stream where that is not one of time', async () => {
    expect(await taken(streamOf([5, 1]), streamOf([2, 3]))).toEqual([2, 3, 5, 1]);
  });

  it('are none where all streams are empty', async () => {
    expect(await taken(streamOf(), streamOf())).toEqual([]);
  });
});
