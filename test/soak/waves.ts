import { loadOf, type LoadRecord, type LoadSettings } from '../integration/faults/load';
import type { PumpLoad } from '../integration/faults/pump';

/** Records without an end, until somebody ends it. */
export interface Waves extends PumpLoad {
  readonly end: () => void;
  /** Of whom records were sent so far. */
  readonly customers: () => number;
}

/** From about so many on every kind of record occurs; they last for a minute or two. */
const CUSTOMERS = 1_000;
const DAYS = 60;

/**
 * One portfolio after the other, each of customers of its own: their number grows as long as it lasts, so
 * that whatever a worker keeps of each of them is seen. Only the newest portfolio is in memory.
 */
export function wavesOf(settings: Pick<LoadSettings, 'seed' | 'partitions' | 'schemas'>): Waves {
  const sent = new Set<string>();
  let isOver = false;
  const wave = (n: number): ReturnType<typeof loadOf> =>
    loadOf({
      ...{ ...settings, seed: settings.seed + n, prefix: `${n}-` },
      ...{ customers: CUSTOMERS, days: DAYS },
    });
  const first = wave(0);

  function* records(): Generator<LoadRecord> {
    for (let n = 0; !isOver; n += 1) {
      for (const record of (n === 0 ? first : wave(n)).records) {
        if (isOver) return;
        sent.add(record.key);
        yield record;
      }
    }
  }

  return {
    records: records(),
    untrue: first.untrue,
    end: () => {
      isOver = true;
    },
    customers: () => sent.size,
  };
}
