import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../integration/cluster/processes';
import type { Worker } from '../integration/faults/workers';
import { grownBetween, kindsIn, readSnapshot, type Grown } from './heap';

/** What is in the heaps of some workers, written down now and then. */
export interface Snapshots {
  /** Each worker stands still for seconds, one after the other, and answers nobody. */
  readonly take: () => Promise<void>;
  /** What there is more of in the last of a worker than in the first, by worker. */
  readonly grown: () => ReadonlyMap<string, readonly Grown[]>;
}

/** @param folder for files `NAME-N.heapsnapshot`, N from 1 on; collect.js writes them */
export function snapshotsOf(workers: readonly Worker[], folder: string): Snapshots {
  const taken = new Map<string, string[]>();
  const next = ({ name }: Worker): string => {
    for (let n = 1; ; n += 1) {
      const file = join(folder, `${name}-${n}.heapsnapshot`);
      if (!existsSync(file)) return file;
    }
  };
  return {
    take: async () => {
      for (const worker of workers) {
        const file = next(worker);
        worker.signal('SIGWINCH');
        await until(`${worker.name} has written its heap`, () => existsSync(file));
        taken.set(worker.name, [...(taken.get(worker.name) ?? []), file]);
      }
    },
    grown: () =>
      new Map(
        [...taken].map(([name, files]) => {
          const [first, last] = [files[0], files.at(-1)].map((file) =>
            file === undefined ? new Map() : kindsIn(readSnapshot(file)),
          );
          return [name, grownBetween(first ?? new Map(), last ?? new Map())];
        }),
      ),
  };
}
