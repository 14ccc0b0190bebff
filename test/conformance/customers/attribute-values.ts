/** Values for every profile attribute that a rule reads, and some that none does. */
import { yuan } from '../draft';
import { DAY_MS } from '../evaluator/calendar';
import { CASH_INDUSTRY, INDUSTRY_RISK } from '../evaluator/lists';
import type { Attributes, Money, Place } from '../evaluator/records';
import type { Making } from './making';
import type { Random } from './random';

const TEST_COUNTRIES = ['XA', 'XB', 'XC', 'XD', 'XE', 'XF'];

/** The mainland, the listed test countries, and some on no list. */
export function country(random: Random): string {
  return random.pick(['CN', 'CN', 'CN', ...TEST_COUNTRIES, 'HK', 'MO', 'TW', 'US', 'JP', 'ZZ']);
}

export const REGIONS = ['310115', '310101', '310100', '320100', '320500', '440300', '110105'];

export function place(random: Random): Place {
  const where = country(random);
  if (where !== 'CN' || random.chance(0.15)) return { country: where };
  return { country: where, region: random.pick(REGIONS) };
}

/** Codes on the lists, their neighbours, and codes of two or three digits. */
const INDUSTRIES = [
  ...Object.keys(INDUSTRY_RISK).filter((code) => code.length > 2),
  ...Object.keys(CASH_INDUSTRY),
  'C1310',
  'F5147',
  'F514',
  'F5181',
  'F5185',
  'F5189',
  'F5192',
  'F5232',
  'F5247',
  'G5431',
  'H6110',
  'H6210',
  'I6513',
  'J66',
  'J6634',
  'J67',
  'K7020',
  'L72',
  'L7290',
  'O8011',
  'R8710',
  'R9011',
  'R9041',
  'S9521',
  'S9510',
  'S91',
];

export function industry(random: Random): string {
  return random.pick(INDUSTRIES);
}

export const PRODUCTS = [
  'deposit',
  'loan',
  'payroll',
  'pension',
  'benefit',
  'correspondent_banking',
  'trust',
  'private_banking',
  'unassessed_thing',
];

export const LEGAL_FORMS = [
  'state_organ',
  'public_institution',
  'soe',
  'company',
  'sole_proprietorship',
  'partnership',
  'family_firm',
  'npo',
  'trust',
  'foreign_entity',
];

export const PEP_STATUSES = ['none', 'foreign_pep', 'relative', 'associate', 'domestic_pep'];

function premium(random: Random): Money {
  return { amount: random.int(0, 3_000_000), currency: random.pick(['CNY', 'USD']) };
}

type Values = { [Name in keyof Attributes]-?: (making: Making) => Attributes[Name] };

function oneOf<T>(...values: T[]): (making: Making) => T {
  return ({ random }) => random.pick(values);
}

function products({ random }: Making): string[] {
  return random.shuffle(PRODUCTS).slice(0, random.int(0, 2));
}

function randomPlace({ random }: Making): Place {
  return place(random);
}

const VALUES: Omit<Values, 'parties' | 'customerKind'> = {
  institutionType: oneOf('bank', 'securities', 'futures', 'insurance', 'trust', 'payment', 'dnfbp'),
  relationshipType: oneOf('ongoing', 'occasional'),
  legalForm: ({ random, isNatural }) =>
    isNatural ? random.pick(['company', 'soe']) : random.pick(LEGAL_FORMS),
  listingMic: oneOf('XSHG', 'XHKG'),
  infoOpenness: oneOf('public', 'audited', 'registry', 'partial', 'closed'),
  channel: oneOf('counter', 'affiliate', 'video', 'intermediary', 'remote', 'introducer'),
  idType: oneOf('resident_id', 'passport', 'hkmo_permit'),
  idIssuer: oneOf('CN', 'CN', 'HK', 'US', 'XB'),
  idExpiry: ({ draft, random }) => draft.today + random.pick([-500, -1, 0, 1, 500]),
  idCheck: oneOf(
    'registry_verified',
    'mainland_verified',
    'foreign_verified',
    'weak',
    'unverifiable',
  ),
  birthDate: ({ draft, random }) => draft.today - random.int(0, 36_000),
  establishedDate: ({ draft, random }) => draft.today - random.int(0, 3_000),
  residency: oneOf('resident', 'non_resident'),
  nationality: ({ random }) => Array.from({ length: random.int(0, 2) }, () => country(random)),
  registration: randomPlace,
  domicile: randomPlace,
  businessPlace: randomPlace,
  branchRegion: oneOf(...REGIONS),
  openingRegion: oneOf(...REGIONS),
  ownershipLayers: oneOf(1, 2, 3, 4, 5),
  nomineeShareholder: oneOf(true, false, false),
  foreignHolding: oneOf(true, false, false),
  boStatus: oneOf('verified', 'declared', 'unknown'),
  industry: ({ random }) => industry(random),
  gaming: oneOf(true, false, false),
  occupation: oneOf(
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
  ),
  pepStatus: oneOf('none', 'none', 'none', ...PEP_STATUSES),
  leftOffice: ({ draft, random }) => draft.today - random.int(-100, 1000),
  lastScreened: ({ draft, random }) => draft.asOf - random.int(0, 700) * DAY_MS,
  cdd: oneOf('cooperative', 'cooperative', 'cooperative', 'delayed', 'refused'),
  agentKind: oneOf(
    'none',
    'relative',
    'guardian',
    'professional',
    'unrelated',
    'nonprofessional_intermediary',
  ),
  kinship: oneOf(true, false),
  phone: oneOf('+8613800000000', '+8613800000001'),
  staffCount: oneOf(0, 40),
  expectedBusiness: products,
  usedBusiness: products,
  netFinancialAssets: ({ random }) => random.int(0, yuan(1_000_000)),
  annualPremium: ({ random }) => premium(random),
  singlePremium: ({ random }) => premium(random),
  premiumCash: oneOf(true, false),
  relationshipStart: ({ draft, random }) => draft.asOf - random.int(0, 200) * DAY_MS,
  purposeSource: oneOf('proven', 'inferred'),
};

export const ATTRIBUTE_NAMES = Object.keys(VALUES) as (keyof typeof VALUES)[];

/** One attribute with some value, as a `set` of its own. */
export function randomAttribute(making: Making, name: keyof typeof VALUES): Attributes {
  return { [name]: VALUES[name](making) };
}
