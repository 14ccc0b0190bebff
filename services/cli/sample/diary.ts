import type {
  InputRecord,
  LinkFact,
  ProfileAttributes,
  RiskEvent,
  Transaction,
} from '@tidemark/schemas/records';
import type { Random } from './random';

export const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** The sample's zone; it has had one offset since 1991. */
const ZONE_MS = 8 * HOUR_MS;

/** A record and when it is sent; late ones are sent after they happened. */
export interface Arrival {
  readonly at: number;
  readonly record: InputRecord;
}

type Envelope = 'type' | 'id' | 'institution' | 'customer' | 'occurredAt' | 'source';

export type Happening = Omit<RiskEvent, Envelope>;

/** Minor units of a currency in fen: `fen` for every `per` units. Rates of the sample only. */
const RATES = {
  USD: { fen: 720, per: 100 },
  EUR: { fen: 780, per: 100 },
  HKD: { fen: 92, per: 100 },
  JPY: { fen: 5, per: 1 },
} as const;

/** A posting without its ids; `fen` is what it is worth in CNY 0.01, about, if in another currency. */
export type Flow = Omit<
  Transaction,
  Envelope | 'txId' | 'amount' | 'currency' | 'amountCny' | 'status'
> & { readonly fen: number; readonly currency?: keyof typeof RATES };

/** What one customer's life is written into. Days count from 0, the first of the sample. */
export interface Diary {
  readonly customer: string;
  readonly random: Random;
  /** How many days the sample has; what falls after them is not written. */
  readonly days: number;
  /** Where the customer is at home, GB/T 2260: the IP region of its online sessions. */
  readonly home: string;
  /** The epoch day (since 1970-01-01) of a day of the sample, for birthdays and expiries. */
  epochDay(day: number): number;
  /** Midnight at which a day of the sample begins, UTC milliseconds. */
  midnight(day: number): number;
  /** What became known (before 08:00, as a core system's nightly file). */
  state(day: number, set: ProfileAttributes, clear?: readonly string[]): void;
  /** A posting between 08:00 and 21:00. Answers it, so that it can be reversed. */
  transact(day: number, flow: Flow): Transaction;
  /** Takes a posting back, some days after. */
  reverse(daysAfter: number, booked: Transaction): void;
  happen(day: number, happening: Happening): void;
  link(day: number, pattern: LinkFact['pattern'], hit: boolean, count: number): void;
  /** A second person confirms the rating of a sequence, at 22:00. */
  confirm(day: number, sequence: number): void;
}

/** One posting in so many is sent late, or sent twice. */
const LATE_ONE_IN = 600;
const TWICE_ONE_IN = 500;

export interface DiaryOptions {
  readonly institution: string;
  readonly customer: string;
  readonly home: string;
  readonly random: Random;
  readonly days: number;
  /** UTC milliseconds of the first local midnight. */
  readonly start: number;
  readonly arrivals: Arrival[];
}

/** Opens the diary of one customer; its records are added to `arrivals`. */
export function openDiary(options: DiaryOptions): Diary {
  const { institution, customer, home, random, days, start, arrivals } = options;
  const end = start + days * DAY_MS;
  let records = 0;
  const nextId = (): string => `${customer}-${(records += 1)}`;
  const midnight = (day: number): number => start + day * DAY_MS;
  const time = (day: number, fromHour: number, hours: number): number =>
    midnight(day) + fromHour * HOUR_MS + random.below(hours * 60) * MINUTE_MS;
  const envelope = (occurredAt: number) => ({ id: nextId(), institution, customer, occurredAt });
  const add = (record: InputRecord): void => {
    if (record.occurredAt >= end) return;
    const isLate = record.type === 'transaction' && random.below(LATE_ONE_IN) === 0;
    const at = record.occurredAt + (isLate ? random.between(20, 90) * HOUR_MS : 0);
    arrivals.push({ at, record });
    if (random.below(TWICE_ONE_IN) > 0) return;
    arrivals.push({ at: at + random.between(1, 3000) * MINUTE_MS, record: { ...record } });
  };
  return {
    customer,
    random,
    days,
    home,
    midnight,
    epochDay: (day) => Math.floor((midnight(day) + ZONE_MS) / DAY_MS),
    state(day, set, clear) {
      const stated = clear === undefined ? { set } : { set, clear };
      add({ type: 'profile-change', ...envelope(time(day, 1, 7)), ...stated });
    },
    transact(day, flow) {
      const { fen, currency, ...rest } = flow;
      const head = envelope(time(day, 8, 13));
      const posting: Transaction = {
        type: 'transaction',
        ...head,
        txId: `t-${head.id}`,
        ...rest,
        ...moneyOf(fen, currency),
        status: 'booked',
      };
      add(posting);
      return posting;
    },
    reverse(daysAfter, booked) {
      const occurredAt = booked.occurredAt + daysAfter * DAY_MS;
      add({ ...booked, id: nextId(), occurredAt, status: 'reversed' });
    },
    happen(day, happening) {
      add({ type: 'risk-event', ...envelope(time(day, 8, 13)), ...happening });
    },
    link(day, pattern, hit, count) {
      const key = `k${random.below(1_000_000)}`;
      add({ type: 'link-fact', ...envelope(time(day, 6, 2)), pattern, hit, count, key });
    },
    confirm(day, sequence) {
      const by = `officer-${random.between(1, 9)}`;
      add({ type: 'decision', ...envelope(time(day, 22, 1)), kind: 'confirm', sequence, by });
    },
  };
}

/** The same sum in a currency, its worth in fen rounded half-up. */
function moneyOf(
  fen: number,
  currency: keyof typeof RATES | undefined,
): Pick<Transaction, 'amount' | 'currency' | 'amountCny'> {
  if (currency === undefined) return { amount: fen, currency: 'CNY', amountCny: fen };
  const { fen: rate, per } = RATES[currency];
  const amount = Math.floor((fen * per) / rate);
  return { amount, currency, amountCny: Math.floor((amount * rate * 2 + per) / (2 * per)) };
}
