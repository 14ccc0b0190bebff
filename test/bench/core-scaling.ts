import { decide } from '@tidemark/rating/customer';
import { decodeState, encodeState } from '@tidemark/rating/customer-codec';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import type { CustomerState } from '@tidemark/rating/state';
import type { InputRecord } from '@tidemark/schemas/records';
import { median, secondsOf } from './measure';
import type { Scale } from './scale';
import { defaultMethodology, play, type States } from './streams';
import { DAY_MS, HOUR_MS, posting, profile } from './synthetic';

export interface CustomersResult {
  readonly customers: number;
  readonly us: number;
  readonly heapBytesPerCustomer: number;
}

const BATCH = 50_000;
const WARM_UP_CUSTOMERS = 5_000;
const COUNTERPARTIES = 997;
/** Prime and larger than any stride that a cache foresees: customers come in no order. */
const STRIDE = 7919;

/** Cost of an event in a portfolio of a size; every customer has the same past in every size. */
export function measureCustomers({
  customers,
  scale,
}: {
  customers: number;
  scale: Scale;
}): CustomersResult {
  const methodology = defaultMethodology();
  const { postingsBefore, postingsTimed, eventsMin } = scale;
  const fills = Math.max(1, Math.ceil(eventsMin / (customers * postingsTimed)));
  // Warm-up with customers of its own.
  const warm: States = new Map();
  rounds(
    methodology,
    warm,
    Math.min(WARM_UP_CUSTOMERS, eventsMin),
    0,
    postingsBefore + postingsTimed,
  );
  let heapBytes = 0;
  const costs: number[] = [];
  for (let fill = 0; fill < fills; fill += 1) {
    const before = heapUsed();
    const states: States = new Map();
    rounds(methodology, states, customers, 0, postingsBefore);
    heapBytes = heapUsed() - before;
    const seconds = rounds(methodology, states, customers, postingsBefore, postingsTimed);
    costs.push((seconds * 1e6) / (customers * postingsTimed));
  }
  return { customers, us: median(costs), heapBytesPerCustomer: heapBytes / customers };
}

/** What is in use, without garbage: the worker exposes the collector. */
function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Gives every customer so many postings, one a round; seconds in `decide` and the map alone. */
function rounds(
  methodology: Methodology,
  states: States,
  customers: number,
  from: number,
  count: number,
): number {
  let seconds = 0;
  for (let n = from === 0 ? -1 : from; n < from + count; n += 1) {
    for (let start = 0; start < customers; start += BATCH) {
      const batch: InputRecord[] = [];
      for (let i = start; i < Math.min(start + BATCH, customers); i += 1) {
        const customer = `c${(i * STRIDE) % customers}`;
        batch.push(
          n < 0
            ? profile(customer, { customerKind: 'natural' })
            : // past the first day, when the first rating has waited for facts
              posting(customer, n, 2 * DAY_MS + n * DAY_MS, COUNTERPARTIES),
        );
      }
      seconds += secondsOf(() => play(methodology, batch, states));
    }
  }
  return seconds;
}

export interface PastResult {
  readonly past: number;
  readonly us: number;
  /** Length of the encoded state. */
  readonly bytes: number;
}

const PAST_DAYS = 150;
const WARM_EVENTS = 8;
const TIMED_EVENTS = 16;
const WARM_UP_PAST = 20_000;

/**
 * Cost of an event of one customer with so many past events in the horizon, the same events timed
 * for each. All by turns in one process: neither compilation nor a busy machine favours one of them.
 */
export function measurePast({
  past,
  copies,
  counterparties,
  set,
}: {
  past: readonly number[];
  copies: number;
  counterparties: number;
  set: object;
}): PastResult[] {
  const methodology = defaultMethodology();
  withPast(methodology, Math.min(WARM_UP_PAST, 200 * copies), counterparties, set);
  const cases = past.map((count) => {
    const bytes = encodeState(methodology, withPast(methodology, count, counterparties, set));
    // An hour apart from noon: a local midnight lies among those timed, when windows slide.
    const events = Array.from({ length: WARM_EVENTS + TIMED_EVENTS }, (_, i) =>
      posting('c', count + i, (PAST_DAYS + 3) * DAY_MS + (12 + i) * HOUR_MS, counterparties),
    );
    const costs: number[] = [];
    return { count, bytes, events, costs };
  });
  const warmUp = Math.max(2, Math.floor(copies / 10));
  for (let copy = -warmUp; copy < copies; copy += 1) {
    for (const { bytes, events, costs } of cases) {
      const states: States = new Map([['c', decodeState(methodology, bytes)]]);
      play(methodology, events.slice(0, WARM_EVENTS), states);
      const timed = events.slice(WARM_EVENTS);
      const seconds = secondsOf(() => play(methodology, timed, states));
      if (copy >= 0) costs.push((seconds * 1e6) / TIMED_EVENTS);
    }
  }
  return cases.map(({ count, bytes, costs }) => ({
    past: count,
    us: median(costs),
    bytes: bytes.length,
  }));
}

function withPast(
  methodology: Methodology,
  past: number,
  counterparties: number,
  set: object,
): CustomerState {
  const first = profile('c', set);
  const step = Math.floor((PAST_DAYS * DAY_MS) / past);
  let state: CustomerState | undefined;
  const take = (record: InputRecord): void => {
    const context = { methodology, asOf: record.occurredAt };
    state = decide(state, { kind: 'record', record }, context).state;
  };
  take(first);
  for (let n = 0; n < past; n += 1) take(posting('c', n, 2 * DAY_MS + n * step, counterparties));
  if (state === undefined) throw new Error('the profile was not accepted');
  return state;
}
