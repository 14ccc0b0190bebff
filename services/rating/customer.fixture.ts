/**
 * Generators of one customer's records for fast-check: times, amounts and counts stand on the bounds
 * of the default methodology and one fen, one day, one count, one millisecond to either side.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseRecord, type InputRecord } from '@tidemark/schemas/records';
import { parse } from 'yaml';
import { MS_PER_DAY } from './calendar';
import { decide, type CustomerDecision } from './customer';
import type { MethodologyDocument } from './methodology/document';
import type { FrameworkDocument } from './methodology/framework';
import { loadMethodology } from './methodology/load';
import type { Methodology } from './methodology/methodology';
import type { CustomerState } from './state';

const FOLDER = join(__dirname, 'methodologies');
const read = (name: string): unknown => parse(readFileSync(join(FOLDER, `${name}.yaml`), 'utf8'));

/** A shipped document, parsed anew: a test may change it. */
export const shippedDocument = (name: string): MethodologyDocument =>
  read(name) as MethodologyDocument;
export const shippedFramework = (name: string): FrameworkDocument =>
  read(`${name}.framework`) as FrameworkDocument;

/** @throws Error with all faults */
export function compiledMethodology(document: MethodologyDocument): Methodology {
  const { framework } = document;
  const demands = framework === undefined ? undefined : shippedFramework(framework);
  const result = loadMethodology(document, demands);
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 1));
  return result.methodology;
}

export const INSTITUTION = 'bank-1';
export const CUSTOMER = 'c-1';

/** 2026-03-04T12:00+08:00, the day of the personas. */
export const NOON = Date.UTC(2026, 2, 4, 4);

/** What a record says apart from its identity and time. */
export type Content = Readonly<Record<string, unknown>> & { readonly type: string };

/** A valid record. @throws Error when the generator made a bad one */
export function recordOf(content: Content, id: string, occurredAt: number): InputRecord {
  const raw = { ...content, id, institution: INSTITUTION, customer: CUSTOMER, occurredAt };
  const parsed = parseRecord(raw);
  if (!parsed.ok) throw new Error(JSON.stringify([raw, parsed.faults]));
  return parsed.record;
}

const AGES = [
  0, 1, 7, 29, 30, 31, 89, 90, 91, 179, 180, 181, 209, 210, 364, 365, 366, 729, 730, 731,
];
const LONG_AGES = [1094, 1095, 1096, 2000];

/** How long before the clock a record happened: on bounds of windows and ages, in ms. */
export const lags: fc.Arbitrary<number> = fc
  .tuple(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...AGES) },
      { weight: 1, arbitrary: fc.constantFrom(...LONG_AGES) },
    ),
    fc.constantFrom(-1, 0, 0, 1, MS_PER_DAY / 2, MS_PER_DAY / 2 + 1, MS_PER_DAY / 2 - 1),
  )
  .map(([days, jitter]) => Math.max(0, days * MS_PER_DAY + jitter));

/** How far the clock moves on between two steps: not at all, days, years. */
export const gaps: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 3 * MS_PER_DAY }) },
  { weight: 2, arbitrary: fc.constantFrom(1, 30, 90, 180, 365).map((days) => days * MS_PER_DAY) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 1500 }).map((days) => days * MS_PER_DAY + 1) },
);

const BOUNDS_FEN = [
  5_000_000, 20_000_000, 50_000_000, 100_000_000, 200_000_000, 300_000_000, 1_000_000_000,
  2_000_000_000,
];
const amounts = fc.oneof(
  { weight: 5, arbitrary: near(BOUNDS_FEN) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 10_000_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 10 ** 15 - 1, 10 ** 15) },
);

function near(bounds: readonly number[]): fc.Arbitrary<number> {
  return fc
    .tuple(fc.constantFrom(...bounds), fc.constantFrom(-1, 0, 1))
    .map(([bound, by]) => bound + by);
}

const countries = fc.constantFrom('CN', 'XA', 'XB', 'XC', 'XD', 'XE', 'XF', 'DE');
const products = fc.constantFrom('payroll', 'pension', 'benefit', 'deposit', 'trust');
const places = fc.oneof(
  fc
    .constantFrom('310100', '310115', '320100', '440300')
    .map((region) => ({ country: 'CN', region })),
  countries.map((country) => ({ country })),
);
const day = fc.integer({ min: -9000, max: 21_000 });
const instants = fc.integer({ min: 0, max: 2500 }).map((days) => NOON - days * MS_PER_DAY);
const peps = fc.constantFrom(
  'none',
  'none',
  'foreign_pep',
  'relative',
  'associate',
  'domestic_pep',
);

const parties = fc.array(
  fc.record(
    {
      partyId: fc.constantFrom('p1', 'p2'),
      role: fc.constantFrom(
        'beneficial_owner',
        'controller',
        'relative',
        'affiliate',
        'shareholder',
        'nominee_shareholder',
      ),
      nationality: fc.array(countries, { maxLength: 2 }),
      domicile: places,
      pepStatus: peps,
      leftOffice: fc.integer({ min: 19_000, max: 20_600 }),
      controlListed: fc.boolean(),
    },
    { requiredKeys: ['partyId', 'role'] },
  ),
  { maxLength: 2 },
);

const ATTRIBUTES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  institutionType: fc.constantFrom('bank', 'securities', 'insurance', 'payment'),
  customerKind: fc.constantFrom('natural', 'natural', 'entity', 'sole_trader'),
  legalForm: fc.constantFrom('state_organ', 'company', 'partnership', 'soe'),
  infoOpenness: fc.constantFrom('public', 'audited', 'registry', 'partial', 'closed'),
  listingMic: fc.constant('XSHG'),
  channel: fc.constantFrom('counter', 'affiliate', 'video', 'intermediary', 'remote'),
  idIssuer: fc.constantFrom('CN', 'XA'),
  idCheck: fc.constantFrom('registry_verified', 'mainland_verified', 'foreign_verified', 'weak'),
  idExpiry: fc.integer({ min: 20_400, max: 21_500 }),
  birthDate: day,
  establishedDate: fc.integer({ min: 18_000, max: 20_600 }),
  residency: fc.constantFrom('resident', 'non_resident'),
  nationality: fc.array(countries, { minLength: 1, maxLength: 2 }),
  registration: places,
  domicile: places,
  branchRegion: fc.constantFrom('310100', '320100'),
  openingRegion: fc.constantFrom('310100', '440300'),
  ownershipLayers: fc.integer({ min: 1, max: 5 }),
  nomineeShareholder: fc.boolean(),
  boStatus: fc.constantFrom('verified', 'declared', 'unknown'),
  industry: fc.constantFrom('C1310', 'F5191', 'F5182', 'J6930', 'L7291'),
  gaming: fc.boolean(),
  occupation: fc.constantFrom('employee', 'owner', 'student', 'retired', 'freelance'),
  pepStatus: peps,
  leftOffice: fc.integer({ min: 19_000, max: 20_600 }),
  lastScreened: instants,
  cdd: fc.constantFrom('cooperative', 'cooperative', 'delayed', 'refused'),
  agentKind: fc.constantFrom('none', 'none', 'relative', 'guardian', 'unrelated'),
  kinship: fc.boolean(),
  expectedBusiness: fc.array(products, { maxLength: 2 }),
  usedBusiness: fc.array(products, { maxLength: 2 }),
  netFinancialAssets: near([20_000_000, 50_000_000]),
  singlePremium: fc.record({
    amount: near([1_000_000, 20_000_000]),
    currency: fc.constantFrom('CNY', 'USD', 'EUR'),
  }),
  premiumCash: fc.boolean(),
  relationshipStart: instants,
  parties,
};

/** A profile change of a few attributes, or of nearly all of them. */
const profiles: fc.Arbitrary<Content> = fc
  .tuple(
    fc.record(ATTRIBUTES),
    fc.oneof(
      fc.subarray(Object.keys(ATTRIBUTES), { minLength: 25 }),
      fc.subarray(Object.keys(ATTRIBUTES), { minLength: 1, maxLength: 4 }),
    ),
    fc.subarray(Object.keys(ATTRIBUTES), { maxLength: 2 }),
    fc.boolean(),
  )
  .map(([values, chosen, clear, clears]) => ({
    type: 'profile-change',
    set: Object.fromEntries(
      chosen.filter((name) => !clears || !clear.includes(name)).map((name) => [name, values[name]]),
    ),
    ...(clears && clear.length > 0 ? { clear } : {}),
  }));

const transactions: fc.Arbitrary<Content> = fc
  .record(
    {
      amountCny: amounts,
      kind: fc.constantFrom('cash', 'cash', 'transfer', 'remittance', 'trade'),
      direction: fc.constantFrom('in', 'out'),
      channel: fc.constantFrom('online', 'online', 'counter', 'phone'),
      ipRegion: fc.constantFrom('310100', '440300', 'XA'),
      counterpartyId: fc.constantFrom('p1', 'p2', 'other'),
      counterpartyKind: fc.constantFrom('natural', 'entity', 'sole_trader'),
      counterpartyCountry: countries,
      overseasFiCountry: countries,
      crossBorder: fc.boolean(),
      product: products,
    },
    { requiredKeys: ['amountCny', 'kind', 'direction'] },
  )
  .map((fields) => ({
    type: 'transaction',
    ...fields,
    amount: fields.amountCny,
    currency: 'CNY',
    status: 'booked',
  }));

const event = (
  kind: string,
  fields: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<Content> =>
  fc.record(fields).map((values) => ({ type: 'risk-event', kind, ...values }));

/** Facts that only ever worsen a rating; `fresh` tells two reports apart. */
export const worsening = (fresh: fc.Arbitrary<string>): fc.Arbitrary<Content> =>
  fc.oneof(
    event('str_filed', {
      strId: fresh,
      role: fc.constant('subject'),
      agentId: fc.constantFrom('a1', 'a2'),
    }),
    event('regulator_notice'),
    event('law_enforcement_notice'),
    event('exchange_notice'),
    event('penalty'),
    event('criminal_record'),
    event('adverse_media', {
      medium: fc.constantFrom('authoritative', 'general'),
      important: fc.boolean(),
    }),
    event('control_list_hit', { entryId: fc.constantFrom('l1', 'l2') }),
    event('pep_confirmed'),
    event('alert_closed', { outcome: fc.constantFrom('reported', 'not_reported') }),
    event('cross_border_alert'),
    links(fc.constant(true)),
  );

const links = (hit: fc.Arbitrary<boolean>): fc.Arbitrary<Content> =>
  fc
    .record({ pattern: fc.constantFrom('B2.1', 'B2.3', 'B4.1', 'B4.3', 'B4.4', 'X-H3'), hit })
    .map((fields) => ({ type: 'link-fact', ...fields }));

const otherEvents: fc.Arbitrary<Content> = fc.oneof(
  event('control_list_cleared', { entryId: fc.constantFrom('l1', 'l2') }),
  event('pep_cleared'),
  event('account_opened', {
    accountId: fc.constantFrom('x1', 'x2', 'x3'),
    agentId: fc.constantFrom('a1', 'a2'),
  }),
  event('account_closed', { accountId: fc.constantFrom('x1', 'x2') }),
  event('cdd_changed', { cdd: fc.constantFrom('cooperative', 'delayed', 'refused') }),
  event('judicial_inquiry', {
    measure: fc.constantFrom('inquiry', 'inquiry', 'inquiry', 'freeze'),
  }),
  event('staff_note'),
  links(fc.boolean()),
);

/** What moves the cash intensity of the trade, and cash on its bounds: one item reads the other. */
export const cashAndTrade: fc.Arbitrary<Content> = fc.oneof(
  fc
    .record({
      customerKind: fc.constantFrom('natural', 'entity'),
      occupation: fc.constantFrom('owner', 'retired'),
      industry: fc.constantFrom('C1310', 'F5191'),
    })
    .map((set) => ({ type: 'profile-change', set })),
  near([20_000_000, 50_000_000, 100_000_000]).map((amount) => ({
    type: 'transaction',
    kind: 'cash',
    direction: 'in',
    amount,
    amountCny: amount,
    currency: 'CNY',
    status: 'booked',
  })),
);

/** What a record may say; a reversal takes back an earlier transaction of the list, if there is one. */
export const contents: fc.Arbitrary<Content> = fc.oneof(
  { weight: 3, arbitrary: profiles },
  { weight: 3, arbitrary: cashAndTrade },
  { weight: 7, arbitrary: transactions },
  { weight: 2, arbitrary: worsening(fc.constantFrom('s1', 's2')) },
  { weight: 3, arbitrary: otherEvents },
  { weight: 2, arbitrary: fc.nat(20).map((of) => ({ type: 'reversal', of })) },
);

/** An id whose order is not that of its making. */
const idOf = (index: number): string =>
  `${['b', 'B', 'z', '0', 'é', '\u{1F600}'][index % 6] ?? ''}${index}`;

/** Records in the order of their contents, at these times; a reversal is later than its booking. */
export function recordsOf(
  entries: readonly { readonly content: Content; readonly at: number }[],
): InputRecord[] {
  const booked: InputRecord[] = [];
  return entries.flatMap(({ content, at }, index): InputRecord[] => {
    if (content.type !== 'reversal') {
      const extra = content.type === 'transaction' ? { txId: `tx${index}` } : {};
      const record = recordOf({ ...content, ...extra }, idOf(index), at);
      if (record.type === 'transaction') booked.push(record);
      return [record];
    }
    const of = booked[Number(content['of']) % Math.max(1, booked.length)];
    if (of === undefined) return [];
    const occurredAt = Math.max(at, of.occurredAt + 1);
    return [recordOf({ ...of, status: 'reversed' }, idOf(index), occurredAt)];
  });
}

/** Decides about the customer of the fixture. */
export function step(
  methodology: Methodology,
  state: CustomerState | undefined,
  record: InputRecord | 'tick',
  asOf: number,
): CustomerDecision {
  const input =
    record === 'tick'
      ? { kind: 'tick' as const, institution: INSTITUTION, customer: CUSTOMER }
      : { kind: 'record' as const, record };
  return decide(state, input, { methodology, asOf });
}
