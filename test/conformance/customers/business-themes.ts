/** Themes on cash, online trade, flows between companies and persons, affiliates and borders. */
import { addEvent, addLink, addPayment, yuan, type PaymentFields } from '../draft';
import { country } from './attribute-values';
import {
  addParty,
  afterAsOf,
  beforeWindow,
  direction,
  inWindow,
  near,
  pay,
  payInParts,
  payReversed,
  type Making,
  type Theme,
} from './making';

/** Cash of 30 dates at a band's edge, with and without an industry that explains it. */
export function cash(making: Making): void {
  const { random, profile, isNatural } = making;
  const edges = isNatural
    ? [50_000, 200_000, 500_000, 1_000_000]
    : [200_000, 500_000, 1_000_000, 3_000_000];
  const fields = {
    kind: 'cash',
    direction: direction(making),
    channel: random.pick(['counter', 'atm']),
  };
  payInParts(making, near(making, yuan(random.pick(edges))), fields, 30);
  if (random.chance(0.3)) payReversed(making, { ...fields, amountCny: yuan(100_000) }, 30);
  if (random.chance(0.4))
    profile.industry = random.pick(['F5191', 'F5232', 'H6210', 'C1310', 'G5431']);
}

/** Online share of 90 dates at one half, or one posting below; the telephone is not online. */
export function onlineShare(making: Making): void {
  const { random, profile } = making;
  const total = random.pick([1, 2, 3, 4, 5, 9]);
  const online = Math.max(0, Math.ceil(total / 2) - random.pick([0, 0, 1]));
  for (let index = 0; index < total; index += 1) {
    const offline: PaymentFields = random.pick([{ channel: 'phone' }, { channel: 'counter' }, {}]);
    pay(
      making,
      {
        kind: random.pick(['trade', 'policy']),
        direction: direction(making),
        amountCny: random.int(1, 9999),
        ...(index < online ? { channel: 'online' } : offline),
      },
      90,
    );
  }
  if (random.chance(0.15)) profile.institutionType = 'securities';
}

/** Ten online postings in 30 dates, half of them away; one fewer of either. */
export function awayFromHome(making: Making): void {
  const { random, profile } = making;
  if (random.chance(0.15)) delete profile.openingRegion;
  else profile.openingRegion = random.pick(['310100', '310115']);
  const online = random.pick([9, 10, 10, 11]);
  const away = Math.ceil(online / 2) - random.pick([0, 0, 1]);
  const outside = random.pick(['320100', '310200', 'US', 'HK']);
  const home: (string | undefined)[] = ['310101', '310115', 'CN', undefined];
  for (let index = 0; index < online; index += 1) {
    const ipRegion = index < away ? outside : random.pick(home);
    pay(
      making,
      {
        kind: 'trade',
        direction: direction(making),
        channel: 'online',
        amountCny: random.int(1, 9999),
        ...(ipRegion === undefined ? {} : { ipRegion }),
      },
      30,
    );
  }
}

/** One online posting of exactly the extreme amount, or a fen less. */
export function extremeOnline(making: Making): void {
  const { random, isNatural, draft } = making;
  const bounds = isNatural
    ? [2_000_000, 2_000_000, 20_000_000]
    : [2_000_000, 20_000_000, 20_000_000];
  const fields = {
    kind: random.pick(['trade', 'transfer', 'policy']),
    direction: direction(making),
    amountCny: near(making, yuan(random.pick(bounds))),
    channel: random.pick(['online', 'online', 'online', 'online', 'phone', 'counter']),
  };
  if (random.chance(0.8)) pay(making, fields, 30);
  else addPayment(draft, { ...fields, amountCny: yuan(20_000_000) }, beforeWindow(making, 30));
}

function otherSide(making: Making): string {
  return making.isNatural ? making.random.pick(['entity', 'sole_trader']) : 'natural';
}

/** Ten flows in 30 dates, or 2,000,000.00; payroll and other kinds left out. */
export function companyNatural(making: Making): void {
  const { random } = making;
  const fields = {
    kind: random.pick(['transfer', 'remittance']),
    direction: direction(making),
    counterpartyKind: otherSide(making),
    ...(random.chance(0.3) ? { channel: 'online' } : {}),
  };
  if (random.chance(0.5)) {
    payInParts(making, near(making, yuan(2_000_000)), fields, 30);
  } else {
    const count = random.pick([9, 10, 10, 11]);
    for (let index = 0; index < count; index += 1) {
      pay(making, { ...fields, amountCny: random.int(1, yuan(1000)) }, 30);
    }
  }
  if (random.chance(0.4))
    pay(making, { ...fields, product: 'payroll', amountCny: yuan(70_000) }, 30);
  if (random.chance(0.3)) pay(making, { ...fields, kind: 'trade', amountCny: yuan(70_000) }, 30);
  if (random.chance(0.3)) {
    pay(making, { ...fields, counterpartyKind: making.isNatural ? 'natural' : 'entity' }, 30);
  }
}

/** 10,000,000.00 with affiliates in 30 dates, and three times the usual of the 180 before. */
export function affiliates(making: Making): void {
  const { random, draft } = making;
  const affiliate = addParty(making, { role: 'affiliate' });
  const other = addParty(making, {
    role: random.pick(['affiliate', 'shareholder', 'counterparty']),
  });
  const fields = (): PaymentFields => ({
    kind: random.pick(['transfer', 'remittance']),
    direction: direction(making),
    counterpartyId: affiliate.partyId,
    counterpartyKind: 'entity',
  });
  const recent = near(making, yuan(10_000_000)) + random.pick([0, 0, yuan(5_000_000)]);
  payInParts(making, recent, fields(), 30);
  if (random.chance(0.2))
    pay(making, { ...fields(), counterpartyId: other.partyId, amountCny: 2 }, 30);
  if (random.chance(0.2)) return;
  // usual = before / 6, so three times the usual is half of what came before
  const before = 2 * recent + random.pick([-1, 0, 1, 2]);
  const atEdge = random.pick([beforeWindow(making, 30), beforeWindow(making, 209)]);
  const first = random.int(1, before - 1);
  addPayment(draft, { ...fields(), amountCny: first }, Math.min(atEdge, beforeWindow(making, 30)));
  addPayment(
    draft,
    { ...fields(), amountCny: before - first },
    beforeWindow(making, random.int(30, 209)),
  );
  if (random.chance(0.4))
    addPayment(draft, { ...fields(), amountCny: 5 }, beforeWindow(making, 210));
}

/** Flows across the border by country, and reports around 365 dates. */
export function crossBorder(making: Making): void {
  const { random, draft } = making;
  for (let count = random.pick([0, 1, 1, 2]); count > 0; count -= 1) {
    const place = random.pick([
      {},
      { counterpartyCountry: country(random) },
      { overseasFiCountry: country(random) },
      { counterpartyCountry: 'US', overseasFiCountry: country(random) },
    ]);
    pay(
      making,
      {
        kind: random.pick(['remittance', 'trade', 'transfer']),
        direction: direction(making),
        amountCny: random.int(1, 9999),
        crossBorder: random.chance(0.85),
        ...place,
      },
      180,
    );
  }
  if (random.chance(0.2)) {
    addPayment(draft, { kind: 'remittance', crossBorder: true }, beforeWindow(making, 180));
  }
  const reports = random.pick([0, 0, 1, 1, 2, 3]);
  for (let count = 0; count < reports; count += 1) {
    addEvent(draft, 'cross_border_alert', {}, inWindow(making, 365));
  }
  if (random.chance(0.3)) addEvent(draft, 'cross_border_alert', {}, beforeWindow(making, 365));
  if (random.chance(0.2)) addEvent(draft, 'cross_border_alert', {}, afterAsOf(making));
}

/** Several patterns of E-B2 at once. */
export function severalPatterns(making: Making): void {
  const patterns: Theme[] = [
    () => addLink(making.draft, 'B2.1'),
    () => addLink(making.draft, 'B2.3'),
    awayFromHome,
    extremeOnline,
    companyNatural,
    affiliates,
  ];
  for (const pattern of making.random.shuffle(patterns).slice(0, making.random.int(2, 5))) {
    pattern(making);
  }
}
