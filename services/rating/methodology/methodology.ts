import type { Zone } from '../calendar';
import type { Env, Node, Value } from '../expression/node';
import type { EventFeature } from '../factors/events';
import type { SeriesPlan } from '../factors/series';
import type { MethodologyDocument } from './document';
import type { Kept } from './features';
import type { Fingerprints } from './fingerprint';

/** A methodology, checked and compiled once: what `decide` runs. */
export interface Methodology {
  readonly document: MethodologyDocument;
  readonly id: string;
  readonly version: string;
  /** `id@version`. */
  readonly name: string;
  /** Hash of the document's content; states follow its features and units. */
  readonly fingerprint: string;
  readonly fingerprints: Fingerprints;
  /** m: scores run from 1 to m. */
  readonly levels: number;
  /** Number of grades; the highest number is the highest risk. */
  readonly grades: number;
  readonly zone: Zone;
  /** Local dates for which transactions' identities are kept: their longest window (design, rule 10). */
  readonly horizonDays: number;
  readonly waitMs: number;
  /** Names of the segments, in the order in which they are tried. */
  readonly segments: readonly string[];
  /** Everything that is evaluated and remembered, by index; the segment is unit 0. */
  readonly units: readonly Unit[];
  /** Unit indexes in an order in which each reads only earlier ones. */
  readonly order: readonly number[];
  readonly items: readonly ItemUnit[];
  readonly highest: readonly ConditionUnit[];
  readonly lowestWhen: ConditionUnit | undefined;
  readonly lowestUnless: readonly ConditionUnit[];
  readonly caps: readonly (ConditionUnit & { readonly grade: number })[];
  readonly marks: readonly ConditionUnit[];
  readonly tasks: readonly TaskPlan[];
  readonly series: readonly SeriesPlan[];
  readonly seriesOf: {
    readonly transactions: readonly number[];
    readonly riskEvents: readonly number[];
  };
  readonly eventFeatures: readonly EventFeature[];
  /** Where each feature's facts are kept, by its name. */
  readonly kept: ReadonlyMap<string, Kept>;
  /** Units to evaluate again, by what changed: `a:attribute`, `s:series`, `e:event feature`, `l:pattern`. */
  readonly touches: ReadonlyMap<string, readonly number[]>;
  /** The same for series, by index. */
  readonly seriesTouches: readonly SeriesTouches[];
  /** Units that read a unit. */
  readonly readers: readonly (readonly number[])[];
  /** Weights and band bounds are integers of 1/scale. */
  readonly scale: number;
  /** Ascending; `from` is compared with S = sum(a * p) in 1/scale: m * bound * scale. */
  readonly bands: readonly { readonly grade: number; readonly from: number }[];
  /** Profile attributes that this methodology declares beside the dictionary. */
  readonly extra: ReadonlyMap<string, 'bool' | 'int' | 'string' | 'day' | 'instant'>;
  readonly unconfirmed: boolean;
  /** Countries that records may name beside ISO 3166-1. */
  readonly countries: ReadonlySet<string>;
  /** The nodes of the features, for explanations. */
  readonly features: ReadonlyMap<string, Node>;
  /** What explanations show, by segment and item. */
  readonly views: readonly (readonly ItemView[])[];
  /** Kinds of risk events of which only those may know who are allowed (P-6). */
  readonly confidential: ReadonlySet<string>;
  /** The features that count such events. */
  readonly concealed: readonly Node[];
  /** Units that read confidential events, and what stands for them openly. */
  readonly twins: readonly Twin[];
  /** The same with twins for units: what is told openly. Undefined: nothing is confidential. */
  readonly open: Methodology | undefined;
  /** Compiled conditions share it: one customer is decided at a time. */
  readonly env: Env;
  /** Units touched by the event under way, all 0 between events. */
  readonly dirty: Uint8Array;
}

/**
 * Result codes. Items: the score, plus MISSING when something it needs is not known; 0 where the
 * segment does not use the item. Conditions: NO, YES, UNKNOWN. Segment: index + 1, 0 for none.
 */
export const MISSING = 0x80;
export const NO = 0;
export const YES = 1;
export const UNKNOWN = 2;

/** What twins read instead of a confidential feature, before its name. */
export const CONCEALED = 'c:';

/** Units that read a series: always, or only in a loop over the groups of another series. */
export interface SeriesTouches {
  readonly always: readonly number[];
  readonly within: readonly { readonly unit: number; readonly groupsOf: number }[];
}

export interface Unit {
  readonly index: number;
  readonly name: string;
  /** Leaves its validity in `env.until`. */
  readonly evaluate: (env: Env) => number;
  readonly reads: ReadonlySet<string>;
}

/** A unit that reads confidential events, and the one that is the same as if there had been none. */
export interface Twin {
  readonly of: number;
  readonly index: number;
}

/** What an explanation of an item needs besides its result. */
export interface ItemView {
  readonly item: ItemUnit;
  /** Decimal text. */
  readonly weight: string;
  /** a * p / m as decimal text, by score. */
  readonly contributions: readonly string[];
  readonly rules: readonly string[];
  readonly sources: readonly EvidenceSource[];
}

/** One fact that an item reads, as text; undefined while nothing is known. */
export interface EvidenceSource {
  readonly name: string;
  readonly attribute: boolean;
  readonly read: (env: Env) => string | undefined;
}

/** A task that is open while a unit's result has any of some bits; unit null: while there is no segment. */
export interface TaskPlan {
  readonly key: string;
  readonly kind: string;
  readonly item: string | null;
  readonly unit: number | null;
  /** Bits of the unit's result: MISSING for an item that lacks data, YES for a condition. */
  readonly bits: number;
  /** Why it is open, a sentence. */
  readonly reason: string;
  /** Of a task that confidential events alone open: the unit by which it is open to all. */
  readonly unless?: number;
}

export interface ItemUnit extends Unit {
  /** By segment, in 1/scale; 0 where not used. */
  readonly weights: readonly number[];
  /** The value that an explanation shows. */
  readonly shows: ((env: Env) => Value) | undefined;
}

export interface ConditionUnit extends Unit {
  readonly rule: string;
}
