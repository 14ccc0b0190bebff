/**
 * Customers from a seed that sit on the bounds of the default methodology: one fen, one day, one
 * count, one millisecond to either side. A few themes each, so that bounds decide and noise does not.
 * All times lie relative to as-of. Records are valid; what the text leaves outside the law
 * (one id with two contents, one txId booked twice, a reversal not later than its booking) is absent.
 */
import * as business from './customers/business-themes';
import * as customer from './customers/customer-themes';
import * as direct from './customers/direct-themes';
import * as frequency from './customers/frequency-themes';
import * as geography from './customers/geography-themes';
import { arrive, stateProfile } from './customers/arrival';
import { ATTRIBUTE_NAMES, randomAttribute } from './customers/attribute-values';
import { lowRiskCustomer } from './customers/low-risk-customer';
import { afterAsOf, inWindow, type Making, type Theme } from './customers/making';
import { newRandom, type Random } from './customers/random';
import { addEvent, cleanEntity, cleanNatural, newDraft } from './draft';
import { DAY_MS, dayOf, startOfLocalDay } from './evaluator/calendar';
import type { InputRecord } from './evaluator/records';

export interface GeneratedCustomer {
  records: InputRecord[];
  /** UTC milliseconds. */
  asOf: number;
}

/** Themes with more bounds than others stand here more than once. */
const ALL_THEMES: Theme[] = [
  business.cash,
  business.cash,
  business.extremeOnline,
  business.affiliates,
  business.crossBorder,
  business.severalPatterns,
  frequency.severalIndicators,
  customer.birthday,
  customer.foundation,
  customer.alerts,
  customer.notices,
  customer.idExpiry,
  customer.alerts,
  customer.strs,
  customer.ownership,
  customer.notices,
  customer.screening,
  customer.birthday,
  customer.foundation,
  geography.ownPlaces,
  geography.distance,
  geography.partiesAbroad,
  geography.exposedParties,
  geography.turnoverShare,
  geography.hugeTurnover,
  geography.zeroAmounts,
  business.cash,
  business.onlineShare,
  business.awayFromHome,
  business.extremeOnline,
  business.companyNatural,
  business.affiliates,
  business.crossBorder,
  frequency.agency,
  frequency.accounts,
  frequency.agentReports,
  frequency.largeFlows,
  frequency.naturalRemittances,
  frequency.products,
  frequency.links,
  direct.occupationAndIndustry,
  direct.exposure,
  direct.pepHits,
  direct.controlList,
  direct.diligence,
  direct.freeze,
  direct.start,
  direct.forbiddenPlace,
  direct.taintedOwner,
  direct.sector,
  direct.assets,
  direct.premiums,
  direct.residence,
];

/** Days that calendars get wrong: leap days, ends of months, and the day after them. */
const AWKWARD_DAYS: [year: number, month: number, day: number][] = [
  [2024, 2, 29],
  [2028, 2, 29],
  [2025, 2, 28],
  [2025, 3, 1],
  [2026, 2, 28],
  [2026, 3, 1],
  [2026, 3, 4],
  [2024, 12, 31],
  [2025, 1, 1],
  [2026, 8, 31],
  [2026, 8, 30],
  [2027, 4, 30],
];

function anInstant(random: Random): number {
  const day = random.chance(0.6)
    ? dayOf(...random.pick(AWKWARD_DAYS))
    : dayOf(2024, 1, 1) + random.int(0, 1800);
  const midnight = startOfLocalDay(day);
  return midnight + random.pick([-1, 0, 1, DAY_MS / 2, DAY_MS - 1, random.int(0, DAY_MS - 1)]);
}

/** Ids whose order differs between code units, code points, numbers and languages. */
function idMaker(random: Random): () => string {
  let made = 0;
  return () => {
    made += 1;
    return `${random.pick(['a', 'B', 'z', '0', 'é', '\u{1F600}', '\uFF5E'])}${made}`;
  };
}

const BYSTANDERS: [kind: string, fields: { alertType?: string; action?: string }][] = [
  ['staff_note', {}],
  ['identity_changed', {}],
  ['party_changed', {}],
  ['large_value_report', {}],
  ['exchange_alert', {}],
  ['review_done', {}],
  ['futures_alert', { alertType: 'pre_arranged' }],
  ['policy_event', { action: 'surrender' }],
];

/** Records of kinds that no sub-item of the default methodology reads. */
function addBystanders(making: Making): void {
  const { draft, random } = making;
  for (let count = random.int(0, 4); count > 0; count -= 1) {
    const [kind, fields] = random.pick(BYSTANDERS);
    addEvent(draft, kind, fields, random.chance(0.9) ? inWindow(making, 90) : afterAsOf(making));
  }
}

function newMaking(random: Random, seed: number): Making {
  const draft = newDraft(anInstant(random), `c${seed}`, idMaker(random));
  const kind = random.pick(['natural', 'natural', 'entity', 'entity', 'sole_trader']);
  const isNatural = kind === 'natural';
  const profile = isNatural ? cleanNatural(draft) : cleanEntity(draft);
  return { draft, random, profile: { ...profile, customerKind: kind }, parties: [], isNatural };
}

/** Makes every attribute any value, absent, or what it was. */
function disturb(making: Making): void {
  for (const name of ATTRIBUTE_NAMES) {
    if (making.random.chance(0.6)) Object.assign(making.profile, randomAttribute(making, name));
    else if (making.random.chance(0.4)) delete making.profile[name];
  }
}

/** Little is stated: few attributes, sometimes not even the kind. */
function strip(making: Making): void {
  const { random, profile } = making;
  for (const name of ATTRIBUTE_NAMES) if (random.chance(0.7)) delete profile[name];
  if (random.chance(0.4)) delete profile.customerKind;
}

function runThemes(making: Making, count: number): void {
  for (const theme of making.random.shuffle(ALL_THEMES).slice(0, count)) theme(making);
}

/** The customer of a seed; the same seed gives the same customer everywhere. */
export function generateCustomer(seed: number): GeneratedCustomer {
  const random = newRandom(seed);
  const making = newMaking(random, seed);
  const mode = random.int(1, 100);
  if (mode <= 40) {
    runThemes(making, random.int(1, 3));
  } else if (mode <= 62) {
    disturb(making);
    runThemes(making, random.int(2, 7));
  } else if (mode <= 70) {
    runThemes(making, random.int(8, 16));
  } else if (mode <= 95) {
    lowRiskCustomer(making);
  } else {
    strip(making);
    runThemes(making, random.int(0, 2));
  }
  addBystanders(making);
  stateProfile(making);
  return { records: arrive(making), asOf: making.draft.asOf };
}
