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
  /** Events of the last hour, for the engine, the server and `verify`, and their customers at most. */
  readonly liveEvents: number;
  readonly liveCustomers: number;
  /** How many of these events the engine and its peers are given. */
  readonly engineEvents: number;
  readonly memory: {
    readonly events: number;
    readonly customers: number;
    readonly cacheKeys: number;
    readonly samples: number;
  };
  readonly midnight: {
    readonly customers: number;
    readonly liveEventsPerSecond: number;
    readonly secondsBefore: number;
  };
  readonly server: {
    readonly events: number;
    readonly seconds: number;
    readonly rates: readonly number[];
  };
  readonly recovery: { readonly customers: number; readonly seconds: number };
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
    liveEvents: 1_700_000,
    liveCustomers: 20_000,
    engineEvents: 1_000_000,
    memory: { events: 3_600_000, customers: 600_000, cacheKeys: 20_000, samples: 9 },
    midnight: { customers: 1_000_000, liveEventsPerSecond: 1_000, secondsBefore: 15 },
    server: { events: 1_000_000, seconds: 20, rates: [10_000] },
    recovery: { customers: 1_000_000, seconds: 10 },
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
    liveEvents: 150_000,
    liveCustomers: 2_000,
    engineEvents: 100_000,
    memory: { events: 180_000, customers: 30_000, cacheKeys: 2_000, samples: 6 },
    midnight: { customers: 50_000, liveEventsPerSecond: 1_000, secondsBefore: 5 },
    server: { events: 100_000, seconds: 2, rates: [10_000] },
    recovery: { customers: 50_000, seconds: 3 },
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
    liveEvents: 4_000,
    liveCustomers: 40,
    engineEvents: 1_500,
    memory: { events: 600, customers: 20, cacheKeys: 10, samples: 6 },
    midnight: { customers: 2_000, liveEventsPerSecond: 1_000, secondsBefore: 0.2 },
    server: { events: 500, seconds: 0.1, rates: [] },
    recovery: { customers: 50, seconds: 0.2 },
  },
};
