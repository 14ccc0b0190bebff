import type { InputRecord, RiskEvent } from '@tidemark/schemas/records';
import type { Value } from './expression/node';
import type { Buckets } from './factors/buckets';
import type { Groups } from './factors/groups';
import { emptyIdentities, type IdentitySet } from './factors/identities';

/**
 * Everything that is known of one customer. Owned by `decide`: it is handed in, changed in place and
 * handed back, so that the cost of an event does not grow with the customer's past. Who needs the
 * state from before keeps its encoding (customer-codec.ts).
 */
export interface CustomerState {
  readonly institution: string;
  readonly customer: string;
  /** Fingerprint of the methodology whose features and units the arrays below follow. */
  methodology: string;
  /** The clock of the last step applied, UTC milliseconds. */
  asOf: number;
  /** The clock when the first record was folded: the first rating waits from here. */
  firstSeen: number;
  /** Whether the first rating's waiting time is over. */
  waited: boolean;
  readonly profile: Map<string, Register>;
  readonly links: Map<string, LinkRegister>;
  /** Single risk events that are kept and aged exactly, by (occurredAt, id). */
  readonly events: RiskEvent[];
  readonly identities: IdentitySet;
  /** Window aggregates, by series of the methodology; undefined until the first record. */
  readonly series: (SeriesState | undefined)[];
  /** Records of the near future, folded when the clock gets there. */
  readonly pending: InputRecord[];
  /** Result of each unit (item or condition), see grading/units.ts; empty before the first rating. */
  results: Uint8Array;
  /** The instant until which each result holds. */
  untils: number[];
  /** The earliest instant at which time alone can change the customer: derived. */
  dueAt: number;
  /** Index of the customer's segment, -1 while it is unknown. */
  segment: number;
  published: Published;
  /** Derived: the places of customer and parties; dropped when one of them changes. */
  places: readonly Value[] | undefined;
  /**
   * Derived: the encodings of profile and results, until one of them changes; the local date up to which
   * nothing of the series is out of date or empty.
   */
  profileText: string | undefined;
  resultsText: string | undefined;
  tidyOn: number;
}

/** A last-writer-wins register by (occurredAt, event id); `value` undefined = explicitly cleared. */
export interface Register {
  readonly value: Value;
  readonly at: number;
  readonly by: string;
  readonly estimated: boolean;
}

export interface LinkRegister {
  readonly hit: boolean;
  readonly count: number | undefined;
  readonly at: number;
  readonly by: string;
}

export interface SeriesState {
  /** The only group of an ungrouped series. */
  readonly single: Buckets | undefined;
  readonly groups: Groups | undefined;
  /** Number of groups after the last purge of empty ones. */
  purgedAt: number;
}

/** What has been published: data, not a result (design, rule 7). */
export interface Published {
  /** 0 before the first rating. */
  sequence: number;
  grade: number;
  status: 'preliminary' | 'final';
  basis: string;
  /** The basis that was told openly; another one where that would tell of confidential events. */
  openBasis: string;
  rule: string | null;
  methodology: string;
  reviewDueOn: number | null;
  firstRatedAt: number | null;
  hash: string | null;
  confirmedBy: string | null;
  /** Unit results at the last grade change, for its reasons. */
  results: Uint8Array;
  /** Tasks that are open, by kind and item. */
  readonly tasks: Set<string>;
}

/** The state of a customer of whom nothing is known. */
export const emptyState = (institution: string, customer: string): CustomerState => ({
  institution,
  customer,
  methodology: '',
  asOf: Number.NEGATIVE_INFINITY,
  firstSeen: Number.POSITIVE_INFINITY,
  waited: false,
  profile: new Map(),
  links: new Map(),
  events: [],
  identities: emptyIdentities(),
  series: [],
  pending: [],
  results: new Uint8Array(0),
  untils: [],
  dueAt: Number.POSITIVE_INFINITY,
  segment: -1,
  places: undefined,
  profileText: undefined,
  resultsText: undefined,
  tidyOn: Number.NaN,
  published: {
    sequence: 0,
    grade: 0,
    status: 'preliminary',
    basis: 'scored',
    openBasis: 'scored',
    rule: null,
    methodology: '',
    reviewDueOn: null,
    firstRatedAt: null,
    hash: null,
    confirmedBy: null,
    results: new Uint8Array(0),
    tasks: new Set(),
  },
});
