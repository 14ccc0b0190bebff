/** Themes on places, related parties, turnover and distance (G1 to G4). */
import { addPayment } from '../draft';
import type { Party } from '../evaluator/records';
import { country, PEP_STATUSES, place, REGIONS } from './attribute-values';
import { addParty, direction, monthsAgo, near, pay, payInParts, type Making } from './making';

/** Own places and nationality, each from the listed countries, or none at all. */
export function ownPlaces({ profile, random }: Making): void {
  delete profile.nationality;
  delete profile.registration;
  delete profile.domicile;
  delete profile.businessPlace;
  if (random.chance(0.6))
    profile.nationality = random.pick([[], [country(random)], ['CN', country(random)]]);
  if (random.chance(0.4)) profile.registration = place(random);
  if (random.chance(0.4)) profile.domicile = place(random);
  if (random.chance(0.4)) profile.businessPlace = place(random);
}

/** Nearest place against branch: prefecture, province, other, abroad, unknown. */
export function distance({ profile, random }: Making): void {
  delete profile.registration;
  delete profile.businessPlace;
  if (random.chance(0.1)) delete profile.branchRegion;
  else profile.branchRegion = random.pick([...REGIONS, '320200', '320500', '320500']);
  profile.domicile = random.pick([
    ...REGIONS.map((region) => ({ country: 'CN', region })),
    { country: 'CN' },
    { country: 'XA' },
  ]);
  if (random.chance(0.4)) profile.businessPlace = place(random);
}

const ROLES = [
  'beneficial_owner',
  'beneficial_owner',
  'beneficial_owner',
  'controller',
  'controller',
  'relative',
  'close_associate',
  'shareholder',
  'legal_representative',
  'agent',
  'affiliate',
  'counterparty',
  'overseas_fi',
  'insured',
  'intermediary',
  'operator',
  'emergency_contact',
  'policyholder',
];

function partyPlaces({ random }: Making): Partial<Party> {
  return {
    ...(random.chance(0.3) ? { nationality: [country(random)] } : {}),
    ...(random.chance(0.2) ? { registration: place(random) } : {}),
    ...(random.chance(0.2) ? { domicile: place(random) } : {}),
    ...(random.chance(0.2) ? { businessPlace: place(random) } : {}),
  };
}

/** Parties of any role with places. */
export function partiesAbroad(making: Making): void {
  for (let count = making.random.int(1, 3); count > 0; count -= 1) {
    addParty(making, { role: making.random.pick(ROLES), ...partyPlaces(making) });
  }
}

/** Parties of any role that are politically exposed, listed, or neither. */
export function exposedParties(making: Making): void {
  const { random } = making;
  for (let count = random.pick([1, 1, 2]); count > 0; count -= 1) {
    addParty(making, {
      role: random.pick(ROLES),
      ...(random.chance(0.7) ? { pepStatus: random.pick(PEP_STATUSES) } : {}),
      ...(random.chance(0.4) ? { leftOffice: monthsAgo(making, 12) } : {}),
      ...(random.chance(0.2) ? { controlListed: random.chance(0.7) } : {}),
    });
  }
}

function named(
  making: Making,
  where: string,
): { counterpartyCountry?: string; overseasFiCountry?: string } {
  return making.random.pick([
    { counterpartyCountry: where },
    { overseasFiCountry: where },
    { counterpartyCountry: where, overseasFiCountry: where },
    { counterpartyCountry: where, overseasFiCountry: 'US' },
  ]);
}

/** One country at 20 % of the turnover of 180 dates, a fen less or more; the rest names none or CN. */
export function turnoverShare(making: Making): void {
  const { random } = making;
  const fifth = random.pick([random.int(2, 9), random.int(100, 5_000_000), 3_000_000_000]);
  const share = near(making, fifth);
  const where = random.pick(['XA', 'XB', 'XC', 'XD', 'XE', 'XF', 'US']);
  const common = { kind: random.pick(['trade', 'policy', 'trust']), direction: direction(making) };
  payInParts(making, share, { ...common, ...named(making, where) }, 180);
  payInParts(
    making,
    5 * fifth - share,
    random.chance(0.5) ? common : { ...common, counterpartyCountry: 'CN' },
    180,
  );
}

/** Sums beyond 2^53 fen, where a fen still decides. */
export function hugeTurnover(making: Making): void {
  const unit = 1_000_000_000_000_000;
  const common = { kind: 'trade', direction: direction(making) };
  for (let count = 0; count < 3; count += 1) {
    pay(making, { ...common, counterpartyCountry: 'XD', amountCny: unit }, 180);
  }
  for (let count = 0; count < 12; count += 1) {
    pay(making, { ...common, amountCny: unit - (count === 0 ? 1 : 0) }, 180);
  }
  if (making.random.chance(0.7)) {
    pay(making, { ...common, amountCny: making.random.pick([1, 2]) }, 180);
  }
}

/** Postings of nothing: they are flows, and shares of nothing are none. */
export function zeroAmounts(making: Making): void {
  const fields = { kind: 'remittance', crossBorder: true, counterpartyCountry: 'XB', amountCny: 0 };
  addPayment(making.draft, fields, making.draft.asOf);
}
