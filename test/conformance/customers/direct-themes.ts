/** Themes on industry and identity, on the direct rules and on what bars direct low. */
import { addEvent, addLink, yuan } from '../draft';
import { DAY_MS } from '../evaluator/calendar';
import type { Money } from '../evaluator/records';
import { industry, PEP_STATUSES } from './attribute-values';
import { addParty, afterAsOf, atAge, monthsAgo, near, type Making } from './making';

const OCCUPATIONS = [
  'employee',
  'employee',
  'owner',
  'owner',
  'student',
  'retired',
  'homemaker',
  'freelance',
  'unemployed',
  'undisclosed',
];

export function occupationAndIndustry({ profile, random }: Making): void {
  if (random.chance(0.9)) profile.occupation = random.pick(OCCUPATIONS);
  else delete profile.occupation;
  if (random.chance(0.85)) profile.industry = industry(random);
  else delete profile.industry;
  if (random.chance(0.25)) profile.gaming = random.chance(0.8);
}

/** Status, and the end of office 12 months ago to the day. */
export function exposure(making: Making): void {
  const { profile, random } = making;
  if (random.chance(0.15)) delete profile.pepStatus;
  else profile.pepStatus = random.pick(PEP_STATUSES);
  if (random.chance(0.6)) profile.leftOffice = monthsAgo(making, 12);
}

/** Two kinds of record about one thing; the latest by (time, id) not after as-of decides. */
function contestEvents(
  making: Making,
  on: string,
  off: string,
  fields: { entryId?: string },
): void {
  const { draft, random } = making;
  const at = draft.asOf - random.pick([0, 1, 5 * DAY_MS, 900 * DAY_MS]);
  const [first, second] = [draft.nextId(), draft.nextId()];
  const [smaller, greater] = first < second ? [first, second] : [second, first];
  const [winner, loser] = random.chance(0.6) ? [on, off] : [off, on];
  addEvent(draft, winner, fields, at, greater);
  if (random.chance(0.4)) addEvent(draft, loser, fields, at, smaller);
  if (random.chance(0.3)) addEvent(draft, loser, fields, at - 1);
  if (random.chance(0.2)) addEvent(draft, loser, fields, afterAsOf(making));
}

export function pepHits(making: Making): void {
  contestEvents(making, 'pep_confirmed', 'pep_cleared', {});
}

/** Hits are kept by entry: clearing one leaves another standing. */
export function controlList(making: Making): void {
  for (let entry = making.random.pick([1, 1, 2]); entry > 0; entry -= 1) {
    contestEvents(making, 'control_list_hit', 'control_list_cleared', { entryId: `l${entry}` });
  }
}

export function diligence(making: Making): void {
  const { draft, random, profile } = making;
  const values = ['cooperative', 'delayed', 'refused'];
  if (random.chance(0.2)) delete profile.cdd;
  else profile.cdd = random.pick(values);
  if (random.chance(0.5)) {
    addEvent(
      draft,
      'cdd_changed',
      { cdd: random.pick(values) },
      draft.asOf - random.int(0, 2) * DAY_MS,
    );
  }
}

export function freeze(making: Making): void {
  const { draft, random } = making;
  const at = random.pick([draft.asOf, draft.asOf - 5000 * DAY_MS, afterAsOf(making)]);
  addEvent(draft, 'judicial_inquiry', { measure: random.pick(['inquiry', 'freeze']) }, at);
}

/** Owner unidentified for 30 days, identity only for 90: to the millisecond. */
export function start(making: Making): void {
  const { profile, random } = making;
  profile.relationshipStart = atAge(making, random.pick([30, 30, 90, 90, 0]));
  if (random.chance(0.1)) delete profile.relationshipStart;
  if (!making.isNatural && random.chance(0.6))
    profile.boStatus = random.pick(['unknown', 'declared']);
}

/** A country under a comprehensive regime or a FATF call in some place. */
export function forbiddenPlace(making: Making): void {
  const { profile, random } = making;
  const where = { country: 'XD' };
  switch (random.int(0, 3)) {
    case 0:
      profile.nationality = ['CN', 'XD'];
      break;
    case 1:
      profile.businessPlace = where;
      break;
    case 2:
      addParty(making, { role: 'controller', nationality: ['XD'] });
      break;
    default:
      addParty(making, { role: random.pick(['beneficial_owner', 'shareholder']), domicile: where });
  }
}

/** An owner or controller who is listed, exposed, or linked to a listed customer. */
export function taintedOwner(making: Making): void {
  const { draft, random } = making;
  const role = random.pick(['beneficial_owner', 'controller', 'legal_representative']);
  switch (random.int(0, 2)) {
    case 0:
      addParty(making, { role, controlListed: true });
      break;
    case 1:
      addParty(making, {
        role,
        pepStatus: random.pick(PEP_STATUSES),
        ...(random.chance(0.5) ? { leftOffice: monthsAgo(making, 12) } : {}),
      });
      break;
    default:
      addLink(draft, 'X-H3', random.chance(0.8));
  }
}

export function sector({ profile, random }: Making): void {
  profile.institutionType = random.pick([
    'bank',
    'securities',
    'futures',
    'insurance',
    'trust',
    'payment',
    'dnfbp',
  ]);
}

/** Net assets at 200,000.00 and 500,000.00, or not stated. */
export function assets(making: Making): void {
  const { profile, random } = making;
  if (random.chance(0.15)) delete profile.netFinancialAssets;
  else profile.netFinancialAssets = near(making, yuan(random.pick([200_000, 500_000])));
}

function premiumNear(making: Making, yuanMax: number, dollarsMax: number): Money {
  const currency = making.random.pick(['CNY', 'USD']);
  return { amount: near(making, (currency === 'CNY' ? yuanMax : dollarsMax) * 100), currency };
}

/** One premium at its own limit and nothing else against direct low. */
export function onePremium(making: Making): void {
  const { profile, random } = making;
  switch (random.int(0, 2)) {
    case 0:
      profile.annualPremium = premiumNear(making, 10_000, 1_000);
      break;
    case 1:
      profile.singlePremium = premiumNear(making, 10_000, 1_000);
      profile.premiumCash = true;
      break;
    default:
      profile.singlePremium = premiumNear(making, 200_000, 20_000);
      profile.premiumCash = false;
  }
}

/** Premiums at each limit, in yuan and dollars, paid in cash or not, at an insurer or not. */
export function premiums(making: Making): void {
  const { profile, random } = making;
  delete profile.annualPremium;
  delete profile.singlePremium;
  delete profile.premiumCash;
  if (random.chance(0.6)) profile.annualPremium = premiumNear(making, 10_000, 1_000);
  if (random.chance(0.6)) {
    profile.singlePremium = random.chance(0.5)
      ? premiumNear(making, 200_000, 20_000)
      : premiumNear(making, 10_000, 1_000);
    if (random.chance(0.8)) profile.premiumCash = random.chance(0.5);
  }
  // No rates are given by default: a premium in another currency is not known to be low.
  if (random.chance(0.05))
    profile.annualPremium = { amount: random.int(1, 300_000), currency: 'EUR' };
  if (random.chance(0.25)) profile.institutionType = 'insurance';
}

export function residence({ profile, random }: Making): void {
  if (random.chance(0.2)) delete profile.residency;
  else profile.residency = random.pick(['resident', 'resident', 'non_resident']);
  if (random.chance(0.2)) delete profile.idIssuer;
  else profile.idIssuer = random.pick(['CN', 'CN', 'HK', 'TW', 'US']);
}
