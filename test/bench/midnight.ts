import type { EmbeddedEngine } from '@tidemark/processor/engine';
import { dayOf, midnight } from '@tidemark/rating/calendar';
import { allDurable, BATCH, countOf, feed, give, openHere, pause } from './bench-engine';
import { quantile } from './measure';
import { followGradeChanges } from './output-watch';
import { defaultMethodology } from './streams';
import { DAY_MS, HOUR_MS } from './synthetic';
import { barePerson, batchesFrom, largeCash, listing, payment, shuffled } from './synthetic-live';

export interface MidnightInput {
  readonly directory: string;
  readonly customers: number;
  readonly liveEventsPerSecond: number;
  /** Live events are sent for so long before midnight. */
  readonly secondsBefore: number;
}

export interface MidnightResult {
  /** Seconds from midnight until every customer was looked at. */
  readonly seconds: number;
  readonly ticked: number;
  /** Customers whose own event came first. */
  readonly moved: number;
  readonly liveEvents: number;
  readonly before: Latencies;
  readonly during: Latencies;
  readonly setUpSeconds: number;
}

export interface Latencies {
  /** From the planned time of an event that changes a grade until the change is committed, ms. */
  readonly changeP50: number;
  readonly changeP99: number;
  readonly changes: number;
  /** From the planned time of events until they are durable, ms. */
  readonly takenP50: number;
  readonly takenP99: number;
}

const HALF_DAY_MS = 12 * HOUR_MS;
/** The cash leaves the windows of 30 dates at the coming midnight. */
const PAID_DAYS_AGO = 29;
const TURN_MS = 10;
/** One live event in so many changes a grade. */
const LISTING_EACH = 50;
const QUIET_MS = 1_000;
const STUCK_MS = 60_000;
const SETTLE_MS = 120_000;

/** All customers are due at one midnight while other events go on. The clock is moved by hand. */
export async function measureMidnight(input: MidnightInput): Promise<MidnightResult> {
  const { directory, customers, secondsBefore } = input;
  const { zone } = defaultMethodology();
  const today = dayOf(zone, Date.now());
  const noon = midnight(zone, today) + HALF_DAY_MS;
  const dueAt = midnight(zone, today + 1);
  let shiftMs = noon - Date.now();
  const clock = (): number => Date.now() + shiftMs;
  const engine = await openHere(directory, { clock, clockLeapMsMax: 2 * DAY_MS });
  const started = performance.now();
  await setUp(engine, customers, noon);
  const setUpSeconds = (performance.now() - started) / 1000;
  shiftMs = dueAt - secondsBefore * 1000 - Date.now();
  const atMidnight = performance.now() + secondsBefore * 1000;
  const load = startLoad(engine, input, clock);
  const ended = await allTicked(engine, customers, atMidnight, load.touched);
  const sent = await load.stop();
  const ticked = countOf(engine, 'outcome:ticked');
  await engine.stop();
  return {
    seconds: (ended - atMidnight) / 1000,
    ticked,
    moved: Math.max(0, customers - ticked),
    liveEvents: sent.events,
    before: latencies(sent, (at) => at < atMidnight),
    // however soon it is over, there is something to measure
    during: latencies(
      sent,
      (at) => at >= atMidnight && at < Math.max(ended, atMidnight + QUIET_MS),
    ),
    setUpSeconds,
  };
}

/** Every customer: its kind, and cash that leaves its window at the coming midnight. */
async function setUp(engine: EmbeddedEngine, customers: number, noon: number): Promise<void> {
  const paidAt = noon - PAID_DAYS_AGO * DAY_MS;
  const make = (n: number): Buffer => {
    const customer = Math.floor(n / 2);
    return n % 2 === 0 ? barePerson(customer, paidAt - DAY_MS) : largeCash(customer, paidAt);
  };
  await feed(engine, batchesFrom(2 * customers, BATCH, make));
  await allDurable(engine);
  // the checkpoint has caught up, as on any quiet day
  const until = performance.now() + SETTLE_MS;
  while (engine.status().partitions.some(({ dirty }) => dirty > 0) && performance.now() < until) {
    await pause(TURN_MS);
  }
}

interface Sent {
  readonly events: number;
  /** [planned, latency] of events that change a grade, and of batches. */
  readonly changes: readonly Point[];
  readonly taken: readonly Point[];
}
type Point = readonly [plannedAt: number, ms: number];

interface Load {
  /** How many customers had an event of their own, which may have come before their turn. */
  readonly touched: () => number;
  readonly stop: () => Promise<Sent>;
}

/** Events at a fixed rate, whatever the engine does with them. */
function startLoad(
  engine: EmbeddedEngine,
  { customers, liveEventsPerSecond }: MidnightInput,
  clock: () => number,
): Load {
  const perTurn = Math.max(1, Math.round((liveEventsPerSecond * TURN_MS) / 1000));
  const plannedOf = new Map<string, number>();
  const changes: Point[] = [];
  const taken: Point[] = [];
  const flying: Promise<void>[] = [];
  const touched = new Set<number>();
  let events = 0;
  let listings = 0;
  let stopping = false;
  const watch = followGradeChanges(engine, (eventId, at) => {
    const planned = plannedOf.get(eventId ?? '');
    if (planned !== undefined) changes.push([planned, at - planned]);
  });
  const turn = async (planned: number): Promise<void> => {
    const now = clock();
    const batch = Array.from({ length: perTurn }, () => {
      events += 1;
      // backwards: not in the order in which the customers were made
      const customer = customers - 1 - shuffled(events, customers);
      touched.add(customer);
      // a second listing of a customer would change nothing
      if (events % LISTING_EACH !== 0 || listings >= customers) {
        return payment(customer, customers + events, now);
      }
      listings += 1;
      const listed = shuffled(listings, customers);
      touched.add(listed);
      const id = `listing-${listings}`;
      plannedOf.set(id, planned);
      return listing(listed, id, now);
    });
    await give(engine, batch);
    taken.push([planned, performance.now() - planned]);
  };
  const loop = async (): Promise<void> => {
    const begin = performance.now();
    for (let n = 0; !stopping; n += 1) {
      const planned = begin + n * TURN_MS;
      const early = planned - performance.now();
      if (early > 0) await pause(early);
      flying.push(turn(planned));
    }
  };
  const running = loop();
  return {
    touched: () => touched.size,
    stop: async () => {
      stopping = true;
      await running;
      await Promise.all(flying);
      await allDurable(engine);
      await watch.until(() => changes.length >= plannedOf.size);
      return { events, changes, taken };
    },
  };
}

/** @returns when the last customer was looked at, on the clock of `performance.now` */
async function allTicked(
  engine: EmbeddedEngine,
  customers: number,
  atMidnight: number,
  touched: () => number,
): Promise<number> {
  let ticked = -1;
  let changedAt = atMidnight;
  for (;;) {
    await pause(TURN_MS);
    const now = performance.now();
    const seen = countOf(engine, 'outcome:ticked');
    if (seen > ticked) changedAt = Math.max(atMidnight, now);
    ticked = seen;
    const quietMs = now - changedAt;
    if (ticked > 0 && ticked >= customers - touched() && quietMs > QUIET_MS) return changedAt;
    if (quietMs > STUCK_MS || (ticked === 0 && quietMs > QUIET_MS))
      throw new Error(`only ${ticked} of ${customers} customers were due`);
  }
}

function latencies({ changes, taken }: Sent, isIn: (plannedAt: number) => boolean): Latencies {
  const of = (points: readonly Point[], share: number): number =>
    quantile(
      points.filter(([planned]) => isIn(planned)).map(([, ms]) => ms),
      share,
    );
  return {
    changeP50: of(changes, 0.5),
    changeP99: of(changes, 0.99),
    changes: changes.filter(([planned]) => isIn(planned)).length,
    takenP50: of(taken, 0.5),
    takenP99: of(taken, 0.99),
  };
}
