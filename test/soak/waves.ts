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
  /** When the first wave was over, and nobody came any more, UTC milliseconds; undefined: it is not yet. */
  readonly peopledAt: () => number | undefined;
}

/**
 * A wave is 21,600 records, 5 of each: it is over within the warming up of a whole run, and the state of a
 * customer grows little in all that follow.
 */
const CUSTOMERS = 4_000;
const DAYS = 30;
/** Between two records of later waves; fewer than 1,000 are sent in a second, so none is of the future. */
const APART_MS = 1;

/**
 * A portfolio that is lived by the same customers again and again. In the first wave they all come; in
 * later ones they have new postings, change their profiles and links to and fro, and what else was sent of
 * them comes once more as it was. So the number of customers stays, and of what is kept of each all but
 * the identities of its records (README).
 */
export function wavesOf(settings: Pick<LoadSettings, 'seed' | 'partitions' | 'schemas'>): Waves {
  const { seed } = settings;
  const { below } = random(seed);
  const sent = new Set<string>();
  const lives = [...portfolioOf({ seed, customers: CUSTOMERS, days: DAYS })];
  const places = placesOf(lives);
  const begun = Date.now();
  let isOver = false;
  let peopledAt: number | undefined;

  function* records(): Generator<LoadRecord> {
    for (let wave = 0; ; wave += 1) {
      if (wave > 0) peopledAt ??= Date.now();
      for (const [i, lived] of lives.entries()) {
        if (isOver) return;
        const at = begun + (wave * lives.length + (places[i] ?? i)) * APART_MS;
        const one = loadRecord(settings, wave === 0 ? lived : livedAgain(lived, wave, at));
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
    peopledAt: () => peopledAt,
  };
}

/** Of each record, where it or the one that it repeats comes first: both must be the same in every wave. */
function placesOf(records: readonly InputRecord[]): readonly number[] {
  const places = new Map<string, number>();
  return records.map(({ customer, type, id }, i) => {
    const name = `${customer} ${type} ${id}`;
    const place = places.get(name) ?? i;
    places.set(name, place);
    return place;
  });
}

/**
 * Of a risk event or a decision each new one is kept beside the others, for months: they are repeated.
 * @param occurredAt of what is new, UTC milliseconds
 */
function livedAgain(record: InputRecord, wave: number, occurredAt: number): InputRecord {
  const id = `${record.id}-${wave}`;
  switch (record.type) {
    case 'transaction':
      return { ...record, id, txId: `${record.txId}-${wave}`, occurredAt };
    case 'profile-change':
    case 'link-fact':
      return { ...record, id, occurredAt };
    case 'risk-event':
    case 'decision':
      return record;
    default:
      return record satisfies never;
  }
}
