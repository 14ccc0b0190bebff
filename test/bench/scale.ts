/** How much is measured. */
export interface Scale {
  /** Timed rounds over the stream; the median counts. */
  readonly rounds: number;
  /** Sizes of the portfolio in the scaling measure, ascending. */
  readonly customers: readonly number[];
  /** Postings that each of these customers has before the clock starts, and while it runs. */
  readonly postingsBefore: number;
  readonly postingsTimed: number;
  /** Fewest timed events of a size: small portfolios are filled anew until then. */
  readonly eventsMin: number;
  /** Past events of one customer, ascending. */
  readonly past: readonly number[];
  readonly pastCopies: number;
  readonly codecTurns: number;
  readonly sampleCustomers: number;
  readonly processRounds: number;
  /** Events that the slow peers (all conditions again for each) are given. */
  readonly slowEvents: number;
}

export type ScaleName = 'full' | 'quick' | 'tiny';

/** tiny: figures mean nothing, for the test that the benchmark runs. */
export const SCALES: Readonly<Record<ScaleName, Scale>> = {
  full: {
    rounds: 5,
    customers: [1_000, 10_000, 100_000, 1_000_000],
    postingsBefore: 8,
    postingsTimed: 4,
    eventsMin: 400_000,
    past: [1, 10, 100, 1_000, 10_000],
    pastCopies: 300,
    codecTurns: 400,
    sampleCustomers: 2_000,
    processRounds: 3,
    slowEvents: 100_000,
  },
  quick: {
    rounds: 2,
    customers: [1_000, 10_000],
    postingsBefore: 8,
    postingsTimed: 4,
    eventsMin: 80_000,
    past: [1, 100, 10_000],
    pastCopies: 60,
    codecTurns: 50,
    sampleCustomers: 500,
    processRounds: 1,
    slowEvents: 5_000,
  },
  tiny: {
    rounds: 1,
    customers: [10],
    postingsBefore: 2,
    postingsTimed: 1,
    eventsMin: 20,
    past: [10],
    pastCopies: 2,
    codecTurns: 2,
    sampleCustomers: 20,
    processRounds: 1,
    slowEvents: 50,
  },
};
