import { newAllowance } from '@tidemark/engine/adapters/registry/allowance';
import type { Reader } from '@tidemark/engine/adapters/kafka/kafka';
import { namesOf } from './cluster-connections';
import type { LogEvent } from './cluster-log';
import { clusterOutputs, type ClusterOutputs } from './cluster-outputs';
import { GRADE_CHANGES } from './topics';
import type { Wire } from './wire';

const LIMIT = { records: 100, bytes: 1 << 20 };

/** A topic whose brokers can be away. */
function topicReader(): {
  readonly reader: Reader;
  readonly append: (count: number) => void;
  /** The next read fails, and from then on no broker tells the bounds. */
  readonly breakDown: () => void;
} {
  let next = 0;
  let isBroken = false;
  let isAway = false;
  const waiting = new Set<() => void>();
  const reader: Reader = {
    bounds: async () => {
      if (!isAway) return { first: 0, next };
      await new Promise<void>((resolve) => waiting.add(resolve));
      throw new Error('closed');
    },
    read: async (_at, from, { records }) => {
      if (isBroken) {
        [isBroken, isAway] = [false, true];
        throw new Error('broken');
      }
      const count = Math.min(records, next - from);
      return {
        next: from + count,
        records: Array.from({ length: count }, (_, i) => ({
          ...{ offset: from + i, key: undefined, value: Buffer.from(`${from + i}`), timestamp: 0 },
        })),
      };
    },
    changed: (positions) =>
      new Promise((resolve) => {
        if (positions.some(({ from }) => from < next)) resolve();
        else waiting.add(resolve);
      }),
    release: () => undefined,
    expect: () => undefined,
    view: () => reader,
    close: async () => wake(),
  };
  const wake = (): void => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  return {
    reader,
    append: (count) => {
      next += count;
      wake();
    },
    breakDown: () => {
      isBroken = true;
    },
  };
}

const wire = {
  book: { isSettled: () => true, get: () => undefined, allowance: () => newAllowance(0) },
  read: (_kind: string, value: Uint8Array) => ({ ok: true, value: Number(Buffer.from(value)) }),
} as unknown as Wire;

describe('the grade changes of a partition', () => {
  let outputs: ClusterOutputs | undefined;
  afterEach(() => outputs?.close());
  const offsets = async (from: number): Promise<number[]> =>
    ((await outputs?.log.read(GRADE_CHANGES, from, LIMIT))?.records ?? []).map(
      ({ offset }) => offset,
    );

  it('are all read by who lags behind when what was kept of them is given up', async () => {
    const { reader, append, breakDown } = topicReader();
    let told: (event: LogEvent) => void = () => undefined;
    const failed = new Promise<LogEvent>((resolve) => {
      told = resolve;
    });
    append(10);
    outputs = clusterOutputs({ reader, names: namesOf('p'), wire }, 0, (event) => told(event));
    // the tail begins at the end; what is older is read from the past
    while ((await outputs.log.read(GRADE_CHANGES, 10, LIMIT)).next !== 15) {
      if ((await reader.bounds({ topic: '', partition: 0 })).next === 10) append(5);
      await outputs.log.changed(new Map([[GRADE_CHANGES, 10]]), 50);
    }
    breakDown();
    append(1);
    expect(await failed).toMatchObject({ event: 'outputs', partition: 0 });
    expect(await offsets(12)).toEqual([12, 13, 14, 15]);
    expect(await offsets(3)).toHaveLength(13);
  });
});
