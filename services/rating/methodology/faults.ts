/** What is wrong in a methodology document. All faults of a document are reported together. */
export interface Fault {
  /** Where, as a JSON pointer, e.g. `/items/C7/weight/NP`. */
  readonly path: string;
  /** The rule that is broken, as the framework names it, or null for a fault of form. */
  readonly rule: string | null;
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
}
