/**
 * What the engine runs: a deterministic decision about one key at a time. The engine knows nothing
 * of customers or grades; services/rating brings such a machine.
 */
export interface Machine<State, Input, Decided extends Decision<State>> {
  /** The key whose state an input belongs to. */
  readonly keyOf: (input: Input) => string;
  /** When the input happened, UTC milliseconds. */
  readonly timeOf: (input: Input) => number;
  /**
   * Moves the key to the clock `asOf`, then applies the input. Takes the state over: it is not used
   * again but through the result.
   * @throws when an assumption is broken; the partition stops at this input
   */
  readonly decide: (state: State | undefined, input: Input, asOf: number) => Decided;
  /** Only time has passed. */
  readonly tick: (state: State, asOf: number) => Decided;
  /** The first instant at or after `instant` at which ticks are taken (a local midnight). */
  readonly tickAt: (instant: number) => number;
}

export interface Decision<State> {
  /** Undefined: nothing of the key is kept. */
  readonly state: State | undefined;
  /** The earliest instant at which time alone can change the key; Infinity: never. */
  readonly dueAt: number;
}
