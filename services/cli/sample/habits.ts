import type { Diary, Flow } from './diary';
import type { NonEmpty } from './random';

/** Something that a customer does again and again. */
export interface Habit {
  /** Days from one posting to the next, least and most. */
  readonly everyDays: readonly [number, number];
  /** Least and most, whole yuan. */
  readonly yuan: readonly [number, number];
  readonly flow: Omit<Flow, 'fen'>;
  /** The other side's country, and with it a flow across the border. */
  readonly countries?: NonEmpty<string>;
  /** How many customers of 100 have it; default all. */
  readonly percent?: number;
}

/** Writes all postings of a habit, from a day to the end. */
export function live(diary: Diary, habit: Habit, from: number, until = diary.days): void {
  const { random } = diary;
  if (!random.chance(habit.percent ?? 100)) return;
  const [least, most] = habit.everyDays;
  const country = habit.countries === undefined ? undefined : random.pick(habit.countries);
  const other = random.between(1, 9999);
  const usual = random.between(...habit.yuan);
  for (let day = from + random.below(most); day < until; day += random.between(least, most)) {
    const booked = once(diary, habit, { day, usual, other, country });
    if (random.below(300) === 0) diary.reverse(random.between(1, 5), booked);
  }
}

interface Occasion {
  readonly day: number;
  /** What the customer usually pays, whole yuan: postings stay within a fifth of it. */
  readonly usual: number;
  readonly other: number;
  readonly country: string | undefined;
}

function once(diary: Diary, { flow }: Habit, { day, usual, other, country }: Occasion) {
  const { random } = diary;
  const { kind, channel } = flow;
  const fen = random.between(usual * 80, usual * 120);
  return diary.transact(day, {
    // banknotes: whole hundreds of yuan
    fen: kind === 'cash' ? Math.ceil(fen / 10_000) * 10_000 : fen,
    ...flow,
    ...(kind === 'cash' ? {} : { counterpartyId: `p${other}` }),
    ...(channel === 'online' ? session(diary) : {}),
    ...(country === undefined ? {} : { crossBorder: true, counterpartyCountry: country }),
  });
}

/** The marks of an online session from home. */
export const session = ({ customer, home }: Diary): Pick<Flow, 'ipRegion' | 'deviceId'> => ({
  ipRegion: home,
  deviceId: `d-${customer}`,
});

const TRANSFER_IN = { kind: 'transfer', direction: 'in' } as const;
const TRANSFER_OUT = { kind: 'transfer', direction: 'out' } as const;
const ENTITY = { counterpartyKind: 'entity' } as const;
const NATURAL = { counterpartyKind: 'natural' } as const;

/** Of natural persons. */
export const SALARY: Habit = {
  everyDays: [29, 32],
  yuan: [5_000, 24_000],
  flow: { ...TRANSFER_IN, ...ENTITY, product: 'payroll' },
};
export const PENSION: Habit = {
  everyDays: [29, 32],
  yuan: [2_400, 7_000],
  flow: { ...TRANSFER_IN, ...ENTITY, product: 'pension' },
};
export const ALLOWANCE: Habit = {
  everyDays: [28, 33],
  yuan: [1_000, 3_500],
  flow: { ...TRANSFER_IN, ...NATURAL, channel: 'phone' },
};
export const ONLINE_SHOPPING: Habit = {
  everyDays: [10, 18],
  yuan: [20, 1_800],
  flow: { ...TRANSFER_OUT, ...ENTITY, channel: 'online' },
};
export const RENT: Habit = {
  everyDays: [29, 32],
  yuan: [1_500, 6_000],
  flow: { ...TRANSFER_OUT, ...NATURAL, channel: 'online' },
  percent: 50,
};
export const CASH_MACHINE: Habit = {
  everyDays: [50, 110],
  yuan: [300, 3_000],
  flow: { kind: 'cash', direction: 'out', channel: 'atm' },
};
export const COUNTER: Habit = {
  everyDays: [30, 70],
  yuan: [500, 4_000],
  flow: { kind: 'cash', direction: 'out', channel: 'counter' },
};
export const FEES: Habit = {
  everyDays: [12, 26],
  yuan: [300, 6_000],
  flow: { ...TRANSFER_IN, ...ENTITY, channel: 'online' },
};
export const SUPPORT_ABROAD: Habit = {
  everyDays: [25, 45],
  yuan: [3_000, 15_000],
  flow: { kind: 'remittance', direction: 'in', ...NATURAL, currency: 'USD', channel: 'counter' },
};
export const SECURITIES: Habit = {
  everyDays: [7, 18],
  yuan: [2_000, 60_000],
  flow: { kind: 'trade', direction: 'out', channel: 'online', product: 'securities' },
};
export const POLICY: Habit = {
  everyDays: [29, 32],
  yuan: [300, 900],
  flow: { kind: 'policy', direction: 'out', channel: 'online', product: 'life' },
};
export const TRUST: Habit = {
  everyDays: [40, 80],
  yuan: [300_000, 900_000],
  flow: { kind: 'trust', direction: 'out', channel: 'counter', product: 'trust' },
};

/** Of firms. */
export const SALES: Habit = {
  everyDays: [8, 14],
  yuan: [2_000, 90_000],
  flow: { ...TRANSFER_IN, ...ENTITY, channel: 'online' },
};
export const PURCHASES: Habit = {
  everyDays: [10, 20],
  yuan: [1_000, 80_000],
  flow: { ...TRANSFER_OUT, ...ENTITY, channel: 'online' },
};
export const WAGES: Habit = {
  everyDays: [29, 32],
  yuan: [20_000, 300_000],
  flow: { ...TRANSFER_OUT, ...NATURAL, product: 'payroll', channel: 'counter' },
};
export const TILL: Habit = {
  everyDays: [9, 12],
  yuan: [8_000, 45_000],
  flow: { kind: 'cash', direction: 'in', channel: 'counter' },
};
// Four or five in any 30 days, between the bounds of the default methodology: grades move by stories,
// they do not flutter.
export const BIG_TILL: Habit = {
  everyDays: [6, 6],
  yuan: [140_000, 180_000],
  flow: { kind: 'cash', direction: 'in', channel: 'counter' },
};
export const CUSTOMERS_ONLINE: Habit = {
  everyDays: [8, 16],
  yuan: [100, 8_000],
  flow: { ...TRANSFER_IN, ...NATURAL, channel: 'online' },
};
export const EXPORTS: Habit = {
  everyDays: [12, 30],
  yuan: [60_000, 900_000],
  flow: { kind: 'remittance', direction: 'in', ...ENTITY, currency: 'USD', channel: 'online' },
  countries: ['US', 'DE', 'JP', 'SG', 'HK', 'XA', 'XE', 'VN'],
};
export const IMPORTS: Habit = {
  everyDays: [25, 60],
  yuan: [40_000, 500_000],
  flow: { kind: 'remittance', direction: 'out', ...ENTITY, currency: 'EUR', channel: 'online' },
  countries: ['DE', 'IT', 'KR', 'XA', 'XB', 'BR'],
};
export const BUDGET: Habit = {
  everyDays: [20, 40],
  yuan: [50_000, 2_000_000],
  flow: { ...TRANSFER_OUT, ...ENTITY, channel: 'counter' },
};
export const TREASURY: Habit = {
  everyDays: [8, 16],
  yuan: [500_000, 9_000_000],
  flow: { ...TRANSFER_OUT, ...ENTITY, channel: 'online' },
};
