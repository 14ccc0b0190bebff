/** A customer under construction: records with ids of their own, shared by tests and generator. */
import { DAY_MS, startOfLocalDay, localDay } from './evaluator/calendar';
import type {
  Attributes,
  Envelope,
  InputRecord,
  LinkFact,
  ProfileChange,
  RiskEvent,
  Transaction,
} from './evaluator/records';

export const INSTITUTION = 'bank-1';
export const CUSTOMER = 'c-1';

/** Fen from yuan, exact for at most two decimals. */
export function yuan(amount: number): number {
  return Math.round(amount * 100);
}

export interface Draft {
  customer: string;
  /** UTC milliseconds. */
  asOf: number;
  /** Local date of `asOf`. */
  today: number;
  records: InputRecord[];
  /** Makes the id of the next record; ids need not sort in the order in which they are made. */
  nextId: () => string;
}

export function newDraft(asOf: number, customer = CUSTOMER, nextId?: () => string): Draft {
  const records: InputRecord[] = [];
  return {
    customer,
    asOf,
    today: localDay(asOf),
    records,
    nextId: nextId ?? (() => `e${records.length + 1}`),
  };
}

function envelope(draft: Draft, occurredAt: number, id: string): Envelope {
  return { id, institution: INSTITUTION, customer: draft.customer, occurredAt };
}

export function setProfile(
  draft: Draft,
  set: Attributes,
  at = draft.asOf - DAY_MS,
  id = draft.nextId(),
): ProfileChange {
  const record: ProfileChange = { type: 'profile-change', ...envelope(draft, at, id), set };
  draft.records.push(record);
  return record;
}

export function clearProfile(
  draft: Draft,
  clear: string[],
  at = draft.asOf,
  id = draft.nextId(),
): ProfileChange {
  const record: ProfileChange = { type: 'profile-change', ...envelope(draft, at, id), clear };
  draft.records.push(record);
  return record;
}

export type EventFields = Omit<RiskEvent, 'type' | 'kind' | keyof Envelope>;

export function addEvent(
  draft: Draft,
  kind: string,
  fields: EventFields = {},
  at = draft.asOf - DAY_MS,
  id = draft.nextId(),
): RiskEvent {
  const record: RiskEvent = { type: 'risk-event', ...envelope(draft, at, id), kind, ...fields };
  draft.records.push(record);
  return record;
}

export function addLink(
  draft: Draft,
  pattern: string,
  hit = true,
  at = draft.asOf - DAY_MS,
  id = draft.nextId(),
): LinkFact {
  const record: LinkFact = { type: 'link-fact', ...envelope(draft, at, id), pattern, hit };
  draft.records.push(record);
  return record;
}

export type PaymentFields = Partial<Omit<Transaction, 'type' | keyof Envelope>>;

/** A booked posting in CNY unless the fields say otherwise. `amountCny` in fen decides the amount. */
export function addPayment(
  draft: Draft,
  fields: PaymentFields,
  at = draft.asOf - DAY_MS,
  id = draft.nextId(),
): Transaction {
  const amountCny = fields.amountCny ?? yuan(100);
  const record: Transaction = {
    type: 'transaction',
    ...envelope(draft, at, id),
    txId: `tx-${id}`,
    kind: 'transfer',
    direction: 'in',
    amount: amountCny,
    currency: 'CNY',
    status: 'booked',
    ...fields,
    amountCny,
  };
  draft.records.push(record);
  return record;
}

export function addPayments(draft: Draft, count: number, fields: PaymentFields, at?: number): void {
  for (let index = 0; index < count; index += 1) addPayment(draft, fields, at);
}

/** Repeats the booked record's fields with an id, a time and a status of its own. */
export function reverse(
  draft: Draft,
  booked: Transaction,
  at: number,
  id = draft.nextId(),
): Transaction {
  const record: Transaction = { ...booked, id, occurredAt: at, status: 'reversed' };
  draft.records.push(record);
  return record;
}

/** Noon of the local date that lies `dates` before that of as-of: in a window of N if dates < N. */
export function datesAgo(draft: Draft, dates: number): number {
  return startOfLocalDay(draft.today - dates) + DAY_MS / 2;
}

/** Every attribute stated, every sub-item at 1, grade by score 1, not a low-risk type. */
export function cleanNatural(draft: Draft): Attributes {
  return {
    institutionType: 'bank',
    relationshipType: 'ongoing',
    customerKind: 'natural',
    infoOpenness: 'public',
    channel: 'counter',
    idType: 'resident_id',
    idIssuer: 'CN',
    idCheck: 'registry_verified',
    idExpiry: draft.today + 3000,
    birthDate: draft.today - 40 * 366,
    residency: 'resident',
    nationality: ['CN'],
    domicile: { country: 'CN', region: '310115' },
    branchRegion: '310100',
    openingRegion: '310100',
    occupation: 'retired',
    pepStatus: 'none',
    lastScreened: draft.asOf - 10 * DAY_MS,
    cdd: 'cooperative',
    agentKind: 'none',
    expectedBusiness: ['deposit'],
    netFinancialAssets: yuan(100_000),
    relationshipStart: draft.asOf - 400 * DAY_MS,
  };
}

export function cleanEntity(draft: Draft): Attributes {
  return {
    institutionType: 'bank',
    relationshipType: 'ongoing',
    customerKind: 'entity',
    legalForm: 'company',
    infoOpenness: 'public',
    channel: 'counter',
    idType: 'entity_licence',
    idIssuer: 'CN',
    idCheck: 'registry_verified',
    establishedDate: draft.today - 10 * 366,
    residency: 'resident',
    registration: { country: 'CN', region: '310101' },
    businessPlace: { country: 'CN', region: '310115' },
    branchRegion: '310100',
    openingRegion: '310100',
    ownershipLayers: 1,
    nomineeShareholder: false,
    foreignHolding: false,
    boStatus: 'verified',
    industry: 'C1310',
    pepStatus: 'none',
    lastScreened: draft.asOf - 10 * DAY_MS,
    cdd: 'cooperative',
    agentKind: 'none',
    expectedBusiness: ['deposit'],
    netFinancialAssets: yuan(100_000),
    relationshipStart: draft.asOf - 400 * DAY_MS,
  };
}
