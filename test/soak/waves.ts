import { random } from '@tidemark/cli/sample/random';
import type { InputRecord } from '@tidemark/schemas/records';
import {
  loadOf,
  loadRecord,
  POISON,
  POISON_ONE_IN,
  portfolioOf,
  type LoadRecord,
  type LoadSettings,
} from '../integration/faults/load';
import type { PumpLoad } from '../integration/faults/pump';

/** Records without an end, until somebody ends it. */
export interface Waves extends PumpLoad {
  readonly end: () => void;
  /** Of whom records were sent so far. */
  readonly customers: () => number;
}

/** From about so many on every kind of record occurs. */
const CUSTOMERS = 1_000;
const DAYS = 180;
/** Multiples of it are spread evenly over 0 to 1. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * A portfolio lived again and again by other customers. Within a wave their lives begin one after the other,
 * so after the first (14,000 records) the mix of young and old ones stays as it is, and with it what a worker
 * has in memory, but for what it keeps of every customer: their number grows.
 */
export function wavesOf(settings: Pick<LoadSettings, 'seed' | 'partitions' | 'schemas'>): Waves {
  const { seed } = settings;
  const { below } = random(seed);
  const sent = new Set<string>();
  const lives = inOrder([...portfolioOf({ seed, customers: CUSTOMERS, days: DAYS })]);
  let isOver = false;

  function* records(): Generator<LoadRecord> {
    for (let wave = 0; ; wave += 1) {
      for (const { record, isOfWaveBefore } of lives) {
        const own = isOfWaveBefore ? wave - 1 : wave;
        if (own < 0) continue;
        if (isOver) return;
        const customer = `${own}-${record.customer}`;
        const one = loadRecord(settings, { ...record, customer });
        sent.add(one.key);
        yield one;
        if (below(POISON_ONE_IN) === 0) yield { ...one, value: POISON };
      }
    }
  }

  return {
    records: records(),
    untrue: loadOf({ ...settings, customers: CUSTOMERS / 10, days: DAYS }).untrue,
    end: () => {
      isOver = true;
    },
    customers: () => sent.size,
  };
}

interface Lived {
  readonly record: InputRecord;
  /** The life began so late that this falls into the next wave. */
  readonly isOfWaveBefore: boolean;
}

/** All that happens in a wave: what begins in it, and the rest of what began in the one before. */
function inOrder(records: readonly InputRecord[]): Lived[] {
  const begins = new Map<string, number>();
  const placed = records.map((record, i) => {
    const known = begins.get(record.customer);
    const begin = known ?? (begins.size * GOLDEN) % 1;
    if (known === undefined) begins.set(record.customer, begin);
    const at = begin + i / records.length;
    return { record, isOfWaveBefore: at >= 1, at: at % 1 };
  });
  return placed.sort((a, b) => a.at - b.at);
}
