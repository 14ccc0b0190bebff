import type { Story } from '../archetype';
import type { Diary, Flow } from '../diary';
import { session } from '../habits';

const YUAN = 100;

/** Several cash deposits within three weeks, with large-value reports from 50,000 yuan on. */
const cashIn =
  (least: number, most: number, times: number): Story =>
  (diary, day) => {
    for (let n = 0; n < times; n += 1) {
      const at = day + n * diary.random.between(2, 5);
      const fen = diary.random.between(least, most) * 100 * YUAN;
      diary.transact(at, { kind: 'cash', direction: 'in', channel: 'counter', fen });
      if (fen >= 50_000 * YUAN) diary.happen(at, { kind: 'large_value_report' });
    }
  };

/** A wedding, a flat sold for cash: 60,000 to 180,000 yuan in all, gone from the window in 30 days. */
export const someCash = cashIn(200, 600, 3);
/** More than the occupation explains: 300,000 to 900,000 yuan (B1, raised where I3 is 1). */
export const muchCash = cashIn(600, 1_800, 5);
/** A firm's: 600,000 yuan to 3,000,000 and more. */
export const floodOfCash = cashIn(1_000, 6_000, 9);

function onlineOut(diary: Diary, day: number, flow: Partial<Flow> & { readonly fen: number }) {
  return diary.transact(day, {
    kind: 'transfer',
    direction: 'out',
    channel: 'online',
    ...session(diary),
    counterpartyKind: 'entity',
    ...flow,
  });
}

/** Weeks away from home, paying online from there: IP away from the opening place (E-B2.2). */
export const travels: Story = (diary, day) => {
  const { random } = diary;
  const ipRegion = random.pick(['TH', 'JP', '460200', '530100', 'FR', 'XA', '650100']);
  for (let n = 0; n < 12; n += 1) {
    onlineOut(diary, day + 2 * n, { fen: random.between(50, 900) * YUAN, ipRegion });
  }
};

/** Buys a flat: one online transfer of 2 to 4 million yuan to a firm (E-B2.4, E-B2.5). */
export const buysFlat: Story = (diary, day) => {
  const fen = diary.random.between(2_000_000, 4_000_000) * YUAN;
  onlineOut(diary, day, { fen, counterpartyId: 'developer' });
  diary.happen(day, { kind: 'large_value_report' });
};

/** The same, to the wrong account: it is taken back two days later. */
export const buysFlatByMistake: Story = (diary, day) => {
  const booked = onlineOut(diary, day, { fen: 2_600_000 * YUAN, counterpartyId: 'developer' });
  diary.reverse(2, booked);
};

/** A firm pays 20 million yuan and more online (E-B2.4). */
export const hugePayment: Story = (diary, day) => {
  onlineOut(diary, day, { fen: diary.random.between(20, 45) * 1_000_000 * YUAN });
};

/** A firm and many natural persons, back and forth (E-B2.5, E-B5.1). */
export const manyPeople: Story = (diary, day) => {
  const count = diary.random.between(11, 16);
  for (let n = 0; n < count; n += 1) {
    const fen = diary.random.between(52_000, 90_000) * YUAN;
    const counterpartyId = `person-${n}`;
    onlineOut(diary, day + n * 2, { fen, counterpartyKind: 'natural', counterpartyId });
  }
};

const remits =
  (countries: readonly [string, ...string[]], times: number, yuan: number): Story =>
  (diary, day) => {
    const { random } = diary;
    const counterpartyCountry = random.pick(countries);
    for (let n = 0; n < times; n += 1) {
      diary.transact(day + n * random.between(5, 13), {
        kind: 'remittance',
        direction: random.chance(60) ? 'out' : 'in',
        fen: random.between(yuan, yuan * 4) * YUAN,
        currency: random.pick(['USD', 'EUR', 'HKD', 'JPY']),
        channel: 'counter',
        crossBorder: true,
        counterpartyKind: 'natural',
        counterpartyCountry,
        overseasFiCountry: counterpartyCountry,
      });
    }
  };

/** A child abroad: remittances for some months, often enough to count in B5. */
export const childAbroad = remits(['US', 'GB', 'AU', 'CA', 'XA'], 8, 6_000);
/** Money to and from places of higher risk: more than 20% of the turnover (E-G0, E-B3). */
export const moneyFromAfar = remits(['XB', 'XE', 'XF', 'XC'], 7, 20_000);
/** A country under a comprehensive regime is the main counterparty. */
export const moneyFromXd = remits(['XD'], 5, 60_000);

/** Opens and closes accounts, one after another (E-B5.1). */
export const manyAccounts: Story = (diary, day) => {
  const { customer, random } = diary;
  const count = random.between(3, 4);
  for (let n = 0; n < count; n += 1) {
    const accountId = `a-${customer}-${n + 2}`;
    diary.happen(day + 9 * n, { kind: 'account_opened', accountId });
    diary.happen(day + 9 * n + random.between(3, 14), { kind: 'account_closed', accountId });
  }
};

/** In from many, out at once: a money mule's fortnights. */
export const passesThrough: Story = (diary, day) => {
  const { random } = diary;
  for (let n = 0; n < 14; n += 1) {
    const fen = random.between(8_000, 60_000) * YUAN;
    const at = day + n * 2;
    const channel = 'online';
    const away = {
      ...session(diary),
      ipRegion: random.pick(['XE', 'XF', '440300']),
      channel,
    } as const;
    const kind = 'transfer';
    diary.transact(at, { kind, direction: 'in', fen, counterpartyKind: 'natural', ...away });
    diary.transact(at, { kind, direction: 'out', fen, counterpartyKind: 'entity', ...away });
  }
};

/** Flows with an affiliate jump to three times the usual (E-B2.6). */
export const affiliateFlows: Story = (diary, day) => {
  for (let n = 0; n < 3; n += 1) {
    const fen = diary.random.between(4_000_000, 6_000_000) * YUAN;
    onlineOut(diary, day + n * 6, { fen, counterpartyId: 'affiliate-1' });
  }
};

/** A payroll resident buys a fund, once: no direct low for as long as it counts (X-L0). */
export const triesFund: Story = (diary, day) => {
  const fen = diary.random.between(1_000, 9_000) * YUAN;
  diary.transact(day, {
    kind: 'trade',
    direction: 'out',
    fen,
    channel: 'counter',
    product: 'fund',
  });
};

/** Private banking, and with it a high-risk product in use (E-B0, X-L2). */
export const privateBanking: Story = (diary, day) => {
  const fen = diary.random.between(300_000, 900_000) * YUAN;
  diary.state(day - 3, { usedBusiness: ['deposit', 'private_banking'] });
  diary.transact(day, {
    kind: 'trade',
    direction: 'out',
    fen,
    channel: 'counter',
    product: 'private_banking',
  });
};
