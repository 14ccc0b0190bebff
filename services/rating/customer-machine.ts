import { bytesToUtf8, utf8ToBytes } from '@noble/hashes/utils';
import type {
  GradeChange,
  InputRecord,
  Rating,
  Restricted,
  ReviewTask,
} from '@tidemark/schemas/records';
import { adopt, changeText } from './adopt';
import { BUILD } from './build';
import { dayOf, midnight } from './calendar';
import { decide, type CustomerDecision, type CustomerInput } from './customer';
import { decodeState, encodeState, fingerprintIn } from './customer-codec';
import { undecoded, type Decoded } from './decoded';
import { figuresOf, gradeFigures, moveName, type FigureName } from './figures';
import type { Output } from './grading/publish';
import { NO_GLOBALS, type RatingGlobals } from './in-force/globals';
import {
  countriesOf,
  methodologyOf,
  namesIn,
  versionAt,
  versionBeginning,
  type NamedVersion,
} from './in-force/in-force';
import { takeDocument } from './in-force/take-document';
import { takeListPart } from './in-force/take-list';
import { decodeBytes } from './input-line';
import type { Methodology } from './methodology/methodology';
import type { CustomerState } from './state';

/** Work about one customer. */
export type CustomerWork =
  | { readonly kind: 'record'; readonly input: InputRecord }
  | { readonly kind: 'tick' }
  | { readonly kind: 'sweep'; readonly cause: 'version' | 'correction' };

export interface RatingContext {
  /** The only time there is, UTC milliseconds. */
  readonly asOf: number;
  readonly globals: RatingGlobals;
  /** The version in force: a fingerprint of a methodology with its lists. */
  readonly version: string;
}

/** Topics without their prefix (records.md). */
const GRADE_CHANGES = 'grade-changes';
const RATINGS = 'ratings';
const REVIEW_TASKS = 'review-tasks';
const RESTRICTED = 'restricted';
export const METHODOLOGIES = 'methodologies';
export const REFERENCE_LISTS = 'reference-lists';

/** A UUID (RFC 9562) or a ULID. Ids of other forms are of people's making, and may name a customer. */
const MADE_BY_A_MACHINE =
  /^([0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|[0-7][0-9a-hjkmnp-tv-z]{25})$/i;

/**
 * The rating of customers as a machine that an engine runs (services/engine/machine.ts). A version is
 * the fingerprint of the methodology document in force with the reference lists that replace its own.
 */
export const customerMachine = {
  build: BUILD,
  initialGlobals: NO_GLOBALS,
  versionAt,
  adopt,

  decode: (_topic: string, value: Uint8Array, globals: RatingGlobals): Decoded<InputRecord> =>
    decodeBytes(value, countriesOf(globals)),

  keyOf: ({ institution, customer }: InputRecord): string => `${institution}:${customer}`,

  timeOf: ({ occurredAt }: InputRecord): number => occurredAt,

  loggedId: ({ id }: InputRecord): string | undefined =>
    MADE_BY_A_MACHINE.test(id) ? id : undefined,

  /** @throws Error when a methodology does not load; the partition stops */
  takeGlobal: (
    globals: RatingGlobals,
    topic: string,
    value: Uint8Array,
  ): Decoded<RatingGlobals> => {
    const text = bytesToUtf8(value);
    if (topic === METHODOLOGIES) return takeDocument(globals, text);
    if (topic === REFERENCE_LISTS) return takeListPart(globals, text);
    return undecoded('unknown-topic', null, `expected ${METHODOLOGIES} or ${REFERENCE_LISTS}`);
  },

  /** @throws Error when no methodology is in force, or an assumption is broken */
  decide: (
    state: CustomerState | undefined,
    work: CustomerWork,
    { asOf, globals, version }: RatingContext,
  ): CustomerDecision => {
    const methodology = methodologyOf(globals, version);
    const input = inputOf(state, work);
    if (input === undefined) return NOTHING;
    const earlier = (fingerprint: string): Methodology => methodologyOf(globals, fingerprint);
    return decide(state, input, { methodology, asOf, earlier });
  },

  /** Local midnights: windows slide and birthdays come there. */
  tickAt: (instant: number, { globals, version }: RatingContext): number => {
    const { zone } = methodologyOf(globals, version);
    const today = midnight(zone, dayOf(zone, instant));
    return today >= instant ? today : midnight(zone, dayOf(zone, instant) + 1);
  },

  encodeState: (state: CustomerState, { globals }: RatingContext): Uint8Array =>
    encodeState(methodologyOf(globals, state.methodology), state),

  /** @throws Error when the bytes are damaged, or follow a methodology that was never published */
  decodeState: (bytes: Uint8Array, { globals, version }: RatingContext): CustomerState => {
    const follows = versionBeginning(globals, fingerprintIn(bytes), version);
    return decodeState(methodologyOf(globals, follows), bytes);
  },

  describe: (output: Output) => ({
    kind: output.kind,
    key: `${output.record.institution}:${output.record.customer}`,
    published: changeText(output),
    ...described(output),
    ...(output.kind === 'grade-change' ? { counted: moveName(output.record) } : {}),
  }),

  figures: (
    state: CustomerState,
    { globals, asOf }: RatingContext,
    count: (name: FigureName) => void,
  ): void => figuresOf(methodologyOf(globals, state.methodology), state, asOf, count),

  figureNames: ({ globals, version }: RatingContext): readonly FigureName[] =>
    gradeFigures(methodologyOf(globals, version)),

  inForce: ({ globals, version }: RatingContext): readonly NamedVersion[] =>
    namesIn(globals, version),

  encodeOutput: ({ record }: Output): Uint8Array => utf8ToBytes(JSON.stringify(record)),
};

const NOTHING: CustomerDecision = {
  state: undefined,
  outputs: [],
  outcome: 'ticked',
  refusals: [],
  dueAt: Number.POSITIVE_INFINITY,
};

/** Undefined: there is no customer, and nothing comes of time alone. */
function inputOf(state: CustomerState | undefined, work: CustomerWork): CustomerInput | undefined {
  if (work.kind === 'record') return { kind: 'record', record: work.input };
  return state === undefined
    ? undefined
    : { ...work, institution: state.institution, customer: state.customer };
}

/** A record as it is published. */
export type PublishedRecord =
  | { readonly kind: 'grade-change'; readonly record: GradeChange }
  | { readonly kind: 'rating'; readonly record: Rating }
  | { readonly kind: 'review-task'; readonly record: ReviewTask }
  | { readonly kind: 'restricted'; readonly record: Restricted };

/** Where an output goes, and what of it every later build must bring again. */
export function described(output: PublishedRecord): {
  readonly topic: string;
  readonly sequence: number | null;
  readonly named: string;
} {
  switch (output.kind) {
    case 'grade-change': {
      // the hash is over all of the record
      const { sequence, hash } = output.record;
      return { topic: GRADE_CHANGES, sequence, named: hash };
    }
    case 'rating': {
      const { sequence, grade, status, basis, rule, score, methodology, reviewDueOn } =
        output.record;
      const named = { sequence, grade, status, basis, rule, score, methodology, reviewDueOn };
      return { topic: RATINGS, sequence: null, named: JSON.stringify(named) };
    }
    case 'review-task': {
      const { id, action } = output.record;
      return { topic: REVIEW_TASKS, sequence: null, named: JSON.stringify({ id, action }) };
    }
    case 'restricted': {
      const { openHash, content } = output.record;
      return { topic: RESTRICTED, sequence: null, named: JSON.stringify({ openHash, content }) };
    }
    default:
      return output satisfies never;
  }
}
