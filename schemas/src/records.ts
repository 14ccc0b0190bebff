import { refuse, type Check, type Fault } from './faults';
import {
  DECISION_SCHEMA,
  LINK_FACT_SCHEMA,
  PROFILE_CHANGE_SCHEMA,
  RISK_EVENT_SCHEMA,
  TRANSACTION_SCHEMA,
} from './generated/schemas';
import type { Decision, LinkFact, ProfileChange, RiskEvent, Transaction } from './generated/types';
import { parseWith } from './validate-record';
import { isObject } from './validate';

export type { Fault, FaultCode } from './faults';
export type {
  Cause,
  Coordinates,
  DeadLetter,
  Decision,
  Evidence,
  GradeChange,
  Journal,
  LinkFact,
  MethodologyRef,
  MethodologyVersion,
  Money,
  Order,
  OutputEntry,
  Party,
  Place,
  ProfileAttributes,
  ProfileChange,
  Provenance,
  Range,
  Rating,
  RatingItem,
  Reason,
  ReferenceListPart,
  Refused,
  Restart,
  Restricted,
  ReviewTask,
  RiskEvent,
  Slice,
  Sweep,
  Total,
  Transaction,
} from './generated/types';

/** Any record that can change a customer's rating. */
export type InputRecord = ProfileChange | Transaction | RiskEvent | LinkFact | Decision;

/** What may be known besides the record. */
export interface ParseOptions {
  /** Country codes of the methodology's list, beyond ISO 3166-1 and the user-assigned ones. */
  readonly countries?: ReadonlySet<string>;
}

export type ParseResult =
  | { readonly ok: true; readonly record: InputRecord }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const PARSERS = {
  'profile-change': parseWith<ProfileChange>(PROFILE_CHANGE_SCHEMA),
  transaction: parseWith<Transaction>(TRANSACTION_SCHEMA),
  'risk-event': parseWith<RiskEvent>(RISK_EVENT_SCHEMA),
  'link-fact': parseWith<LinkFact>(LINK_FACT_SCHEMA),
  decision: parseWith<Decision>(DECISION_SCHEMA),
} satisfies Record<InputRecord['type'], unknown>;

/** The `type` of each input record. */
export const INPUT_TYPES: readonly string[] = Object.keys(PARSERS);

const isInputType = (type: unknown): type is InputRecord['type'] =>
  typeof type === 'string' && Object.hasOwn(PARSERS, type);

/**
 * Checks one input record in its JSON form. Answers a fresh object with the known fields only,
 * times and days as integers, absent and null optional fields left out; or every fault at once.
 */
export function parseRecord(value: unknown, options: ParseOptions = {}): ParseResult {
  const check: Check = { faults: [], countries: options.countries };
  const record = recordOf(value, check);
  return check.faults.length === 0 && record !== undefined
    ? { ok: true, record }
    : { ok: false, faults: check.faults };
}

function recordOf(value: unknown, check: Check): InputRecord | undefined {
  if (!isObject(value)) return refuse(check, 'not-an-object', 'expected a JSON object');
  const type = value['type'];
  if (!isInputType(type)) {
    return refuse(check, 'unknown-type', `expected one of ${INPUT_TYPES.join(', ')}`, 'type');
  }
  return PARSERS[type](value, check);
}
