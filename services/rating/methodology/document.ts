/**
 * The shape of a methodology document: what compliance writes and reviews. Plain data, as it comes
 * out of a YAML or JSON file; `load.ts` checks it and compiles it. The JSON Schema for editors is
 * schemas/methodology.schema.json. Conditions and values are CEL (see expression.ts for the names
 * and functions on offer).
 */
export interface Title {
  readonly zh: string;
  readonly en: string;
}

/** CEL source text. */
export type Cel = string;

/**
 * A score from 1 (least risk) to `levels`. Exactly one form:
 * - `map`: the value (a string) looked up in `scores`; every allowed value must be listed.
 * - `bands`: the value (an integer) falls into the last band whose `from` it reaches, half-open
 *   [from, next); a value under the first `from` takes the first band.
 * - `cases`: the first case whose `when` is true; a case without `when` always applies.
 * - `value`: an integer expression that is the score itself.
 * - `highest`: the highest of several parts (default methodology, note 1).
 * - `bySegment`: another form for each segment.
 * A part whose value or condition is unknown makes the item missing; guard with has() or orElse()
 * what may be absent.
 */
export type ScoreForm =
  | { readonly map: { readonly value: Cel; readonly scores: Readonly<Record<string, number>> } }
  | {
      readonly bands: {
        readonly value: Cel;
        readonly steps: readonly { readonly from: number; readonly score: number }[];
      };
    }
  | { readonly cases: readonly { readonly when?: Cel; readonly score: number }[] }
  | { readonly value: Cel }
  | { readonly highest: readonly ScoreForm[] }
  | { readonly bySegment: Readonly<Record<string, ScoreForm>> };

export interface ItemDocument {
  readonly element: string;
  readonly title: Title;
  /** Rule ids that this sub-item serves. */
  readonly rules: readonly string[];
  /** Why this weight (a weight without a rationale cannot be approved). */
  readonly rationale?: string;
  /** Percent by segment, up to four decimals. A segment that is not named does not use the item. */
  readonly weight?: Readonly<Record<string, number>>;
  /** `false` with a `reason`: assessed and not adopted; it has no weight then. */
  readonly adopted?: boolean;
  readonly reason?: string;
  /** True when everything the item needs is known. Not true: the item is missing. */
  readonly required?: Cel;
  /** What the explanation shows as the item's value; default: the value of its first form. */
  readonly shows?: Cel;
  readonly score: ScoreForm;
  /** What a missing item scores at least, and the task that it opens. */
  readonly missing?: { readonly score: number; readonly task?: string };
}

/**
 * A rolling fact of one customer.
 * Window features (`window`): over local dates, the date of the clock and the N - 1 before it
 * (`before: Md` moves the window M dates back); records that satisfy `where`, which reads the
 * record alone; one of `sum`, `count`, `max`, `distinct` with `cap`; grouped by the values of
 * `by`, or counted once for each distinct value among the fields `each`.
 * Event features (no `window`): single risk events kept and aged exactly in whole 24 h, younger
 * than `age`; `oncePer` counts the earliest event of each value of a field; `latestPer` takes the
 * latest event for each combination of fields ([] = one latest of all), counted if `holds`.
 */
export interface FeatureDocument {
  readonly title?: Title;
  readonly of: 'transactions' | 'riskEvents';
  readonly where?: Cel;
  readonly sum?: string;
  readonly count?: true;
  readonly max?: string;
  readonly distinct?: string;
  readonly cap?: number;
  readonly window?: string;
  readonly before?: string;
  readonly by?: readonly string[];
  readonly each?: readonly string[];
  readonly age?: string;
  readonly oncePer?: string;
  readonly latestPer?: readonly string[];
  readonly holds?: Cel;
}

export interface DirectDocument {
  readonly rule: string;
  readonly title?: Title;
  readonly when: Cel;
}

/** `rows` by key; `default` for keys that are not listed. Fields are integers, booleans, days. */
export interface ListDocument {
  readonly title?: Title;
  readonly note?: string;
  readonly rows: Readonly<Record<string, ListRow>> | readonly string[];
  readonly default?: ListRow;
}
export type ListRow = number | Readonly<Record<string, number | boolean | string>>;

export interface DefineDocument {
  readonly params?: Readonly<Record<string, 'string' | 'int' | 'bool'>>;
  readonly is: Cel;
}

export interface PersonaDocument {
  readonly name: string;
  readonly title?: Title;
  /** ISO instant at which the persona is rated. */
  readonly asOf: string;
  /** Records in the JSON form of records.md without `institution` and `customer`. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
  readonly expect: {
    readonly items?: Readonly<Record<string, number>>;
    readonly missing?: readonly string[];
    readonly total?: string;
    readonly score?: string;
    readonly gradeByScore?: number;
    readonly grade: number;
    readonly basis?: 'scored' | 'direct-highest' | 'direct-lowest';
    readonly rule?: string;
    readonly marks?: readonly string[];
  };
}

export interface GovernanceDocument {
  readonly owner?: string;
  readonly approvedBy?: string;
  readonly processOwner?: string;
  /** Empty: every rating carries the mark `unconfirmed-default`. */
  readonly confirmedBy?: string;
  readonly source?: string;
  readonly parent?: string;
  readonly document?: string;
  readonly deviations?: readonly {
    readonly rule: string;
    readonly method: string;
    readonly process: string;
    readonly conclusion: string;
  }[];
  readonly outsourcing?: { readonly agreementId: string; readonly approvalId: string };
}

export interface MethodologyDocument {
  readonly id: string;
  readonly version: string;
  readonly title: Title;
  readonly description?: string;
  /** The set of demands that the document must meet (methodologies/<name>.framework.yaml). */
  readonly framework?: string;
  readonly levels: number;
  readonly grades: Readonly<Record<string, Title>>;
  readonly aggregate: 'weighted';
  readonly timeZone: string;
  /** Tried in order; the first that is true. Unknown or none: no rating, but the task. */
  readonly segments: Readonly<Record<string, Cel>>;
  readonly segmentTask?: string;
  /** Profile attributes beyond the dictionary; conditions read them by their bare name. */
  readonly attributes?: Readonly<
    Record<
      string,
      {
        readonly type: 'bool' | 'int' | 'string' | 'day' | 'instant';
        readonly values?: readonly string[];
        readonly title?: Title;
      }
    >
  >;
  /** Kinds of risk events that only those may know of who are allowed; what reads them is redacted. */
  readonly confidentialEvents?: readonly string[];
  readonly define?: Readonly<Record<string, DefineDocument>>;
  readonly features?: Readonly<Record<string, FeatureDocument>>;
  readonly elements: Readonly<
    Record<string, { readonly title: Title; readonly rules?: readonly string[] }>
  >;
  readonly items: Readonly<Record<string, ItemDocument>>;
  readonly bands: readonly { readonly grade: number; readonly from: number }[];
  readonly direct?: {
    /** In order of precedence; any that is true gives the highest grade. */
    readonly highest?: readonly DirectDocument[];
    readonly lowest?: {
      readonly rule: string;
      readonly when: Cel;
      /** Each must be known to be false. */
      readonly unless: readonly DirectDocument[];
    };
  };
  /** The grade is at least `grade` while `when` is true. */
  readonly caps?: readonly (DirectDocument & { readonly grade: number })[];
  /** Marks that a rating carries while the condition is true. */
  readonly marks?: Readonly<Record<string, Cel>>;
  /** Tasks that are open while a condition is true, by the task's kind. */
  readonly tasks?: Readonly<
    Record<
      string,
      { readonly title?: Title; readonly rules: readonly string[]; readonly when: Cel }
    >
  >;
  readonly firstRating?: { readonly waitHours: number };
  readonly review?: {
    readonly months: Readonly<Record<string, number>>;
    readonly firstReviewMonths?: number;
    readonly initialWorkingDays?: number;
  };
  readonly measures?: Readonly<Record<string, readonly string[]>>;
  readonly governance?: GovernanceDocument;
  readonly lists?: Readonly<Record<string, ListDocument>>;
  /** The list whose keys are known countries beside ISO 3166-1. */
  readonly countryList?: string;
  readonly personas?: readonly PersonaDocument[];
}
