/**
 * All records of one customer, seen at one instant: registers, standing transactions, events.
 * Naive on purpose: everything is sorted and folded again for each question.
 */
import { DAY_MS, localDay, wholeDays } from './calendar';
import { COUNTRY_RISK, type CountryRisk, type ListOverrides } from './lists';
import type { Attributes, InputRecord, LinkFact, RiskEvent, Transaction } from './records';

export interface ItemScore {
  /** 1 to 5. */
  score: number;
  missing: boolean;
}

/** One suspicious transaction report, whatever number of records named it. */
export interface Str {
  /** UTC milliseconds of the earliest record. */
  occurredAt: number;
  agentId?: string;
}

export interface Facts {
  /** UTC milliseconds. */
  asOf: number;
  /** Local date of `asOf`. */
  today: number;
  profile: Attributes;
  /** Booked, not reversed, not after as-of. */
  transactions: Transaction[];
  events: RiskEvent[];
  strs: Str[];
  /** Patterns whose current link fact hits. */
  linkedPatterns: Set<string>;
  /** Some entry of a control list is hit and not cleared (X-H1). */
  controlListed: boolean;
  /** The latest of pep_confirmed and pep_cleared is a confirmation (X-H2). */
  pepConfirmed: boolean;
  countryRisk: Record<string, CountryRisk>;
  regionRisk: Record<string, number>;
  fxRates: NonNullable<ListOverrides['fxRates']>;
}

/** Ascending by (event time, id by code units). */
function byTimeThenId(a: InputRecord, b: InputRecord): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt - b.occurredAt;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

/** Known at as-of, each identity once, in (time, id) order. */
function visibleRecords(records: InputRecord[], asOf: number): InputRecord[] {
  const byId = new Map<string, InputRecord>();
  for (const record of records) {
    if (record.occurredAt <= asOf) byId.set(record.id, record);
  }
  return [...byId.values()].sort(byTimeThenId);
}

/** Last writer wins per attribute; cdd_changed writes the register of `cdd` (section 15). */
function foldProfile(ordered: InputRecord[]): Attributes {
  let profile: Attributes = {};
  for (const record of ordered) {
    if (record.type === 'profile-change') {
      profile = { ...profile, ...record.set };
      for (const name of record.clear ?? []) Reflect.deleteProperty(profile, name);
    } else if (record.type === 'risk-event' && record.kind === 'cdd_changed') {
      if (record.cdd !== undefined) profile = { ...profile, cdd: record.cdd };
    }
  }
  return profile;
}

function standingTransactions(ordered: InputRecord[]): Transaction[] {
  const transactions = ordered.filter((record) => record.type === 'transaction');
  const reversedIds = new Set(
    transactions.filter((tx) => tx.status === 'reversed').map((tx) => tx.txId),
  );
  return transactions.filter((tx) => tx.status === 'booked' && !reversedIds.has(tx.txId));
}

/** Two records of one str_id are one report, the earliest (section 15). */
function distinctStrs(events: RiskEvent[]): Str[] {
  const byStrId = new Map<string, Str>();
  for (const event of events) {
    if (event.kind !== 'str_filed') continue;
    const strId = event.strId ?? '';
    if (byStrId.has(strId)) continue;
    byStrId.set(strId, {
      occurredAt: event.occurredAt,
      ...(event.agentId !== undefined ? { agentId: event.agentId } : {}),
    });
  }
  return [...byStrId.values()];
}

function isControlListed(events: RiskEvent[]): boolean {
  const entries = new Map<string, boolean>();
  for (const event of events) {
    if (event.kind === 'control_list_hit') entries.set(event.entryId ?? '', true);
    if (event.kind === 'control_list_cleared') entries.set(event.entryId ?? '', false);
  }
  return [...entries.values()].includes(true);
}

function isPepConfirmed(events: RiskEvent[]): boolean {
  const latest = events
    .filter((event) => event.kind === 'pep_confirmed' || event.kind === 'pep_cleared')
    .at(-1);
  return latest?.kind === 'pep_confirmed';
}

function hitPatterns(links: LinkFact[]): Set<string> {
  const hits = new Map<string, boolean>();
  for (const link of links) hits.set(link.pattern, link.hit);
  return new Set([...hits].filter(([, hit]) => hit).map(([pattern]) => pattern));
}

export function gatherFacts(records: InputRecord[], asOf: number, lists: ListOverrides): Facts {
  const ordered = visibleRecords(records, asOf);
  const events = ordered.filter((record) => record.type === 'risk-event');
  return {
    asOf,
    today: localDay(asOf),
    profile: foldProfile(ordered),
    transactions: standingTransactions(ordered),
    events,
    strs: distinctStrs(events),
    linkedPatterns: hitPatterns(ordered.filter((record) => record.type === 'link-fact')),
    controlListed: isControlListed(events),
    pepConfirmed: isPepConfirmed(events),
    countryRisk: { ...COUNTRY_RISK, ...lists.countryRisk },
    regionRisk: lists.regionRisk ?? {},
    fxRates: lists.fxRates ?? {},
  };
}

/** Transactions on the local date of as-of and the `dates` - 1 dates before it (12.2). */
export function transactionsIn(facts: Facts, dates: number): Transaction[] {
  return facts.transactions.filter((tx) => facts.today - localDay(tx.occurredAt) < dates);
}

/** Counted events (alerts, account openings), by local dates like transactions. */
export function eventsInDates(facts: Facts, kinds: string[], dates: number): RiskEvent[] {
  return facts.events.filter(
    (event) => kinds.includes(event.kind) && facts.today - localDay(event.occurredAt) < dates,
  );
}

/** Single events, aged in whole 24 h: [0, days). */
export function eventsYoungerThan(facts: Facts, kinds: string[], days: number): RiskEvent[] {
  return facts.events.filter(
    (event) => kinds.includes(event.kind) && wholeDays(event.occurredAt, facts.asOf) < days,
  );
}

export function strsYoungerThan(facts: Facts, days: number): Str[] {
  return facts.strs.filter((str) => facts.asOf - str.occurredAt < days * DAY_MS);
}

/** Sum of the CNY amounts, in fen. */
export function sumCny(transactions: Transaction[]): bigint {
  return transactions.reduce((sum, tx) => sum + BigInt(tx.amountCny), 0n);
}

export function known(score: number): ItemScore {
  return { score, missing: false };
}

/** Missing together with known facts: the higher score, flagged missing (section 15). */
export function missingWith(missingScore: number, ...knownScores: number[]): ItemScore {
  return { score: Math.max(missingScore, ...knownScores), missing: true };
}

/** The score of an enumerated value. @throws Error when the table lacks the value. */
export function scoreOf(table: Record<string, number>, value: string): number {
  const score = table[value];
  if (score === undefined) throw new Error(`no score for the value ${value}`);
  return score;
}

/** The score of the last band whose lower bound (inclusive) is reached. */
export function bandScore(
  bands: [from: number | bigint, score: number][],
  value: number | bigint,
): number {
  let score = bands[0]?.[1] ?? 1;
  for (const [from, bandValue] of bands) if (value >= from) score = bandValue;
  return score;
}
