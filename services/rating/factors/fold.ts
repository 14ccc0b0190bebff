import { TRANSACTION_FIELDS } from '@tidemark/schemas/dictionary';
import { FIRST_DAY, FIRST_INSTANT, LAST_DAY, LAST_INSTANT } from '@tidemark/schemas/iso-time';
import type { InputRecord, ProfileChange, RiskEvent, Transaction } from '@tidemark/schemas/records';
import { canonicalJson, type Json } from '../canonical';
import { dayOf } from '../calendar';
import type { Structure } from '../expression/node';
import { touch, touchSeries } from '../grading/evaluate';
import { hashFields, hashText, type Hash } from '../hash';
import type { Methodology } from '../methodology/methodology';
import type { CustomerState } from '../state';
import type { Change } from './buckets';
import { concerns, keep } from './events';
import * as identities from './identities';
import { foldCddChanged, foldLink, foldProfile } from './registers';
import { fold as foldSeries } from './series';

/** What became of a record. */
export type Folded =
  | { readonly is: 'applied' | 'duplicate' | 'late' }
  | {
      readonly is: 'refused';
      readonly code: RefusalCode;
      readonly field: string | null;
      readonly reason: string;
    };

export type RefusalCode =
  | 'conflicting-duplicate'
  | 'reversal-mismatch'
  | 'unknown-attribute'
  | 'from-the-future'
  | 'not-current';

const APPLIED: Folded = { is: 'applied' };
const DUPLICATE: Folded = { is: 'duplicate' };
const LATE: Folded = { is: 'late' };

const ID_SEED = 1;
const POSTING_SEED = 2;
const CONTENT_SEED = 3;

export const refused = (code: RefusalCode, field: string | null, reason: string): Folded => ({
  is: 'refused',
  code,
  field,
  reason,
});

/** Fields in which a reversal may differ from the record that it reverses, and the envelope. */
const OF_THE_RECORD = new Set([
  'type',
  'id',
  'institution',
  'customer',
  'occurredAt',
  'source',
  'bookedAt',
  'status',
]);
/** Fields that tell two records of one posting apart. */
const FURTHER_FIELDS = ['occurredAt', 'bookedAt', 'source', 'status'];
/** What makes a posting, beside its txId: a transfer between own accounts is two. */
const KEY_FIELDS = ['direction', 'accountId'];
const POSTING_FIELDS = Object.keys(TRANSACTION_FIELDS).filter((name) => !OF_THE_RECORD.has(name));

/** Records are plain data: any field may be read by name. */
const isStructure = (record: object): record is Structure => typeof record === 'object';
const fieldsOf = (record: object): Structure => (isStructure(record) ? record : {});

const isJson = (value: unknown): value is Json => typeof value === 'object';

/**
 * What would become of a record of the customer on whom the methodology is focused; changes nothing.
 * Decisions about ratings are not facts: see customer.ts.
 */
export function foresee(
  methodology: Methodology,
  state: CustomerState,
  record: InputRecord,
): Folded {
  const found =
    record.type === 'transaction'
      ? lookUpPosting(methodology, state, record)
      : lookUp(methodology, state, record);
  return 'is' in found ? found : APPLIED;
}

/**
 * Folds a record into the facts of the customer on whom the methodology is focused, and touches the
 * units that read what changed. One that is not applied changes nothing.
 */
export function fold(methodology: Methodology, state: CustomerState, record: InputRecord): Folded {
  if (record.type === 'transaction') return foldTransaction(methodology, state, record);
  const found = lookUp(methodology, state, record);
  if ('is' in found) return found;
  switch (record.type) {
    case 'profile-change':
      for (const attribute of foldProfile(state, record)) touch(methodology, `a:${attribute}`);
      break;
    case 'risk-event':
      foldRiskEvent(methodology, state, record);
      break;
    case 'link-fact':
      if (foldLink(state, record)) touch(methodology, `l:${record.pattern}`);
      break;
    case 'decision':
      break;
    default:
      return record satisfies never;
  }
  identities.remember(
    state.identities,
    found.id,
    found.content,
    dayOf(methodology.zone, record.occurredAt),
    identities.PERMANENT,
    oldestDay(methodology),
  );
  return APPLIED;
}

/** A record that is new, by what it is remembered. */
interface Newcomer {
  readonly id: Hash;
  readonly content: number;
}

function lookUp(
  methodology: Methodology,
  { identities: seen }: CustomerState,
  record: Exclude<InputRecord, Transaction>,
): Newcomer | Folded {
  const id = hashText(record.id, ID_SEED);
  const content = contentOf(record);
  const entry = identities.find(seen, id, oldestDay(methodology));
  if (entry >= 0) return seenBefore(identities.contentAt(seen, entry) === content);
  const fault = record.type === 'profile-change' ? undeclared(methodology, record) : undefined;
  return fault ?? { id, content };
}

/** A hash of all of a record's content, whatever the order of its members. */
export const contentOf = (record: InputRecord): number =>
  isJson(record) ? hashText(canonicalJson(record), CONTENT_SEED).low : 0;

/** Whether a record of this id was folded and is still remembered. */
export const wasAccepted = ({ identities: seen }: CustomerState, { id }: InputRecord): boolean =>
  identities.find(seen, hashText(id, ID_SEED), Number.NEGATIVE_INFINITY) >= 0;

export const seenBefore = (sameContent: boolean): Folded =>
  sameContent
    ? DUPLICATE
    : refused('conflicting-duplicate', 'id', 'a record of this id with other content was accepted');

/** The first local date whose identities are kept. */
export const oldestDay = ({ env, horizonDays }: Methodology): number => env.today - horizonDays + 1;

const isWithin = (value: unknown, first: number, last: number): boolean =>
  typeof value === 'number' && value >= first && value <= last;

/** Days and instants have the range of the dictionary's, the years 1 to 9999: beyond it is no date. */
const FITS = {
  bool: (value: unknown) => typeof value === 'boolean',
  string: (value: unknown) => typeof value === 'string',
  int: (value: unknown) => typeof value === 'number',
  day: (value: unknown) => isWithin(value, FIRST_DAY, LAST_DAY),
  instant: (value: unknown) => isWithin(value, FIRST_INSTANT, LAST_INSTANT),
};

function undeclared({ extra }: Methodology, { set, clear }: ProfileChange): Folded | undefined {
  const reason = 'the methodology declares no such attribute, or of another type or range';
  for (const [name, value] of Object.entries(set?.extra ?? {})) {
    const type = extra.get(name);
    if (type === undefined || !FITS[type](value))
      return refused('unknown-attribute', `set.extra.${name}`, reason);
  }
  for (const name of clear ?? []) {
    if (name.startsWith('extra.') && !extra.has(name.slice('extra.'.length))) {
      return refused('unknown-attribute', 'clear', reason);
    }
  }
  return undefined;
}

function foldRiskEvent(methodology: Methodology, state: CustomerState, event: RiskEvent): void {
  const { env, eventFeatures, series, seriesOf, zone } = methodology;
  env.record = fieldsOf(event);
  let kept = false;
  eventFeatures.forEach((feature, index) => {
    if (!concerns(feature, env)) return;
    kept = true;
    touch(methodology, `e:${index}`);
  });
  if (kept) keep(state.events, event);
  const day = dayOf(zone, event.occurredAt);
  for (const index of seriesOf.riskEvents) {
    const plan = series[index];
    if (plan !== undefined && foldSeries(plan, index, env, day, 'book')) {
      touchSeries(methodology, state, index);
    }
  }
  for (const attribute of foldCddChanged(state, event)) touch(methodology, `a:${attribute}`);
}

/**
 * A posting is booked once, and taken back once by a record that repeats its fields with the status
 * reversed, whichever comes first (design, rules 10 and 11).
 */
function foldTransaction(
  methodology: Methodology,
  state: CustomerState,
  record: Transaction,
): Folded {
  const found = lookUpPosting(methodology, state, record);
  if ('is' in found) return found;
  const { id, content, key, posting, day, bookedOn, flags, flag } = found;
  const change = changeOf(flags, flag);
  if (change !== undefined) {
    book(methodology, record, change === 'reverse' ? bookedOn : day, change);
  }
  const { identities: seen } = state;
  const oldest = oldestDay(methodology);
  identities.remember(seen, id, content, day, 0, oldest);
  identities.remember(seen, key, posting, Math.max(day, bookedOn), flags | flag, oldest);
  return APPLIED;
}

/** A record of a posting that is new, and what is known of its posting. */
interface NewPosting extends Newcomer {
  readonly key: Hash;
  /** A hash of the fields that a reversal repeats. */
  readonly posting: number;
  readonly day: number;
  readonly bookedOn: number;
  readonly flags: number;
  readonly flag: number;
}

function lookUpPosting(
  methodology: Methodology,
  { identities: seen }: CustomerState,
  record: Transaction,
): NewPosting | Folded {
  const day = dayOf(methodology.zone, record.occurredAt);
  const oldest = oldestDay(methodology);
  if (day < oldest) return LATE;
  const fields = fieldsOf(record);
  const posting = hashFields(fields, POSTING_FIELDS, CONTENT_SEED);
  const content = hashFields(fields, FURTHER_FIELDS, posting);
  const id = hashText(record.id, ID_SEED);
  const before = identities.find(seen, id, oldest);
  if (before >= 0) return seenBefore(identities.contentAt(seen, before) === content);
  const key = postingKey(record);
  const entry = identities.find(seen, key, oldest);
  const flags = entry < 0 ? 0 : identities.flagsAt(seen, entry);
  const flag = record.status === 'booked' ? identities.BOOKED : identities.REVERSED;
  if ((flags & flag) !== 0 && flag === identities.BOOKED) {
    return refused('conflicting-duplicate', 'txId', 'this posting is booked under another id');
  }
  if (entry >= 0 && identities.contentAt(seen, entry) !== posting) {
    return refused(
      'reversal-mismatch',
      'txId',
      'another record of this txId, account and direction has other fields; a reversal repeats them',
    );
  }
  const bookedOn = entry < 0 ? day : identities.dayAt(seen, entry);
  return { id, content, key, posting, day, bookedOn, flags, flag };
}

function changeOf(flags: number, flag: number): Change | undefined {
  if (flag === identities.BOOKED) {
    return (flags & identities.REVERSED) === 0 ? 'book' : 'book-reversed';
  }
  // A reversal alone waits for its booked record; a second one of the same posting does nothing.
  return flags === identities.BOOKED ? 'reverse' : undefined;
}

function book(methodology: Methodology, record: Transaction, day: number, change: Change): void {
  const { env, series, seriesOf } = methodology;
  const { state } = env;
  env.record = fieldsOf(record);
  for (const index of seriesOf.transactions) {
    const plan = series[index];
    if (plan !== undefined && foldSeries(plan, index, env, day, change)) {
      touchSeries(methodology, state, index);
    }
  }
}

const postingKey = (record: Transaction): Hash =>
  hashText(record.txId, hashFields(fieldsOf(record), KEY_FIELDS, POSTING_SEED));
