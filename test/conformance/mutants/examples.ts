/** Customers made by hand on bounds that the generator does not reach, some with lists of their own. */
import type { ListRow, MethodologyDocument } from '@tidemark/rating/methodology/document';
import {
  addPayment,
  addPayments,
  cleanEntity,
  cleanNatural,
  datesAgo,
  newDraft,
  reverse,
  setProfile,
  yuan,
  type Draft,
  type PaymentFields,
} from '../draft';
import { DAY_MS, dayOf } from '../evaluator/calendar';
import type { ListOverrides } from '../evaluator/lists';
import type { Attributes } from '../evaluator/records';

export interface Example {
  readonly name: string;
  readonly draft: Draft;
  readonly lists?: ListOverrides;
}

/** 2026-03-04T12:00+08:00. */
const NOON = Date.UTC(2026, 2, 4, 4);

interface Making {
  readonly set?: Attributes;
  readonly without?: readonly (keyof Attributes)[];
  readonly facts?: (draft: Draft) => void;
  readonly lists?: ListOverrides;
}

function example(
  name: string,
  isNatural: boolean,
  { set, without, facts, lists }: Making,
): Example {
  const draft = newDraft(NOON);
  const profile: Attributes = { ...(isNatural ? cleanNatural(draft) : cleanEntity(draft)), ...set };
  for (const attribute of without ?? []) delete profile[attribute];
  setProfile(draft, profile, NOON - 1);
  facts?.(draft);
  return { name, draft, ...(lists && { lists }) };
}

/** A transaction that was taken back before as-of. */
const takenBack =
  (fields: PaymentFields) =>
  (draft: Draft): void => {
    const booked = addPayment(draft, { channel: 'counter', ...fields }, NOON - 5 * DAY_MS);
    reverse(draft, booked, NOON - 4 * DAY_MS);
  };

const pays =
  (...all: [count: number, fields: PaymentFields, dates?: number][]) =>
  (draft: Draft): void => {
    for (const [count, fields, dates = 1] of all) {
      addPayments(draft, count, { channel: 'counter', ...fields }, datesAgo(draft, dates));
    }
  };

const LOW: Attributes = { expectedBusiness: ['pension'] };
const party = (role: string, more: object): Attributes => ({
  parties: [{ partyId: 'p1', role, ...more }],
});

const level = (g1: number, g2: number, g3: number, leftFatfOn?: number) => ({
  g1,
  g2,
  g3,
  offshore: false,
  ...(leftFatfOn === undefined ? {} : { leftFatfOn }),
});
const inCountry = (name: string, row: ReturnType<typeof level>): Example =>
  example(name, true, { set: { nationality: ['XA'] }, lists: { countryRisk: { XA: row } } });

/** In no particular order; each says what it stands on. */
export function examples(): Example[] {
  return [
    example('25 of 51 online and away: 49%', true, {
      facts: pays(
        [25, { kind: 'trade', channel: 'online', ipRegion: '440300' }],
        [26, { kind: 'trade', channel: 'online', ipRegion: '310100' }],
        [60, { kind: 'trade' }],
      ),
    }),
    example('25 of 51 online: 49%', true, {
      facts: pays([25, { kind: 'trade', channel: 'online' }], [26, { kind: 'trade' }]),
    }),
    example('online 90 dates ago, at the counter since', true, {
      facts: pays([1, { kind: 'trade', channel: 'online' }, 90], [1, { kind: 'trade' }]),
    }),
    example('a high-risk product taken back', true, {
      facts: takenBack({ product: 'private_banking' }),
    }),
    example('a cross-border flow taken back', true, {
      facts: takenBack({ crossBorder: true, counterpartyCountry: 'XD' }),
    }),
    example('a pension taken back, no business stated', true, {
      set: { expectedBusiness: [] },
      facts: takenBack({ product: 'pension' }),
    }),
    example('remittances abroad to companies', false, {
      facts: pays([5, { kind: 'remittance', crossBorder: true, counterpartyKind: 'entity' }]),
    }),
    example('a close associate who left office two years ago', true, {
      set: party('close_associate', { pepStatus: 'foreign_pep', leftOffice: dayOf(2024, 3, 4) }),
    }),
    example('a relative who left office 11 months ago', true, {
      set: party('relative', { pepStatus: 'foreign_pep', leftOffice: dayOf(2025, 4, 4) }),
    }),
    example('an affiliate beside an old partner', false, {
      set: party('affiliate', {}),
      facts: pays(
        [1, { counterpartyId: 'p1', amountCny: yuan(10_000_000) }],
        [1, { counterpartyId: 'other', amountCny: yuan(90_000_000) }, 100],
      ),
    }),
    example('an overseas institution of level 3', true, {
      facts: pays([1, { crossBorder: true, overseasFiCountry: 'XE' }]),
    }),
    example('a pensioner whose institution is not stated', true, {
      set: LOW,
      without: ['institutionType'],
    }),
    inCountry('left a list 23 months ago', level(1, 1, 1, dayOf(2024, 4, 4))),
    inCountry('left a list 24 months ago', level(1, 1, 1, dayOf(2024, 3, 4))),
    inCountry('left a list, with a higher level of its own', level(1, 4, 1, dayOf(2025, 3, 4))),
    inCountry('a targeted regime', level(4, 1, 1)),
    inCountry('a comprehensive regime alone', level(5, 1, 1)),
    inCountry('a call for action alone', level(1, 5, 1)),
    example('a region under a warning', true, { lists: { regionRisk: { '310000': 4 } } }),
    ...[16, 18, 25, 70, 80].flatMap((years) => [
      example(`${years} today`, true, { set: { birthDate: dayOf(2026 - years, 3, 4) } }),
      example(`${years} tomorrow`, true, { set: { birthDate: dayOf(2026 - years, 3, 5) } }),
    ]),
    ...[6, 12, 36, 60].flatMap((months) => [
      example(`founded ${months} months ago`, false, { set: founded(months, 4) }),
      example(`founded ${months} months ago tomorrow`, false, { set: founded(months, 5) }),
    ]),
  ];
}

/** Founded so many months before March 2026, on that day of the month. */
function founded(months: number, day: number): Attributes {
  const index = 2026 * 12 + 2 - months;
  return { establishedDate: dayOf(Math.floor(index / 12), (index % 12) + 1, day) };
}

const SIGNIFICANT = /(?:00)+$/;

/** The document with an example's lists, in its own form. */
export function withLists(
  document: MethodologyDocument,
  { countryRisk = {}, regionRisk = {} }: ListOverrides,
): MethodologyDocument {
  const { lists = {} } = document;
  const countries: Record<string, ListRow> = {};
  for (const [code, { leftFatfOn, ...row }] of Object.entries(countryRisk)) {
    countries[code] = {
      ...row,
      ...(leftFatfOn === undefined ? {} : { leftFatfOn: dateText(leftFatfOn) }),
    };
  }
  const regions = Object.fromEntries(
    Object.entries(regionRisk).map(([code, value]) => [code.replace(SIGNIFICANT, ''), value]),
  );
  const extended = (name: string, rows: Readonly<Record<string, ListRow>>) => ({
    ...lists[name],
    rows: { ...lists[name]?.rows, ...rows } as Readonly<Record<string, ListRow>>,
  });
  return {
    ...document,
    lists: {
      ...lists,
      countryRisk: extended('countryRisk', countries),
      regionRisk: extended('regionRisk', regions),
    },
  };
}

const dateText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
