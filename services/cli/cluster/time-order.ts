/** Items in an order of their own, given part by part. */
export interface Stream<T> {
  /** The next ones; none: it is over. */
  readonly more: () => Promise<readonly T[]>;
}

interface Head<T> {
  readonly stream: Stream<T>;
  items: readonly T[];
  index: number;
  /** Of the next item; Infinity: the stream is over. */
  time: number;
}

/**
 * Takes the items of all streams, always the one of the earliest time among those that come next; of equal
 * times that of the first stream. Each stream keeps its own order.
 * @param timeOf a finite number
 */
export async function inTimeOrder<T>(
  streams: readonly Stream<T>[],
  timeOf: (item: T) => number,
  take: (item: T) => void,
): Promise<void> {
  const heads: Head<T>[] = [];
  for (const stream of streams) {
    const items = await stream.more();
    heads.push({ stream, items, index: 0, time: timeAt(items, 0, timeOf) });
  }
  for (let head = earliest(heads); head !== undefined; head = earliest(heads)) {
    const item = head.items[head.index];
    if (item !== undefined) take(item);
    head.index += 1;
    if (head.index >= head.items.length) {
      head.items = await head.stream.more();
      head.index = 0;
    }
    head.time = timeAt(head.items, head.index, timeOf);
  }
}

function timeAt<T>(items: readonly T[], index: number, timeOf: (item: T) => number): number {
  const item = items[index];
  return item === undefined ? Infinity : timeOf(item);
}

/** By looking at each: there are as many as topics and partitions, and the heads stay in a cache. */
function earliest<T>(heads: readonly Head<T>[]): Head<T> | undefined {
  let found: Head<T> | undefined;
  for (const head of heads) {
    if (head.time < (found?.time ?? Infinity)) found = head;
  }
  return found;
}
