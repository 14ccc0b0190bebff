import type { InputRecord, Rating } from '@tidemark/schemas/records';
import { NEVER } from './calendar';
import { carryOver } from './carry-over';
import { keep } from './factors/events';
import {
  contentOf,
  fold,
  foresee,
  refused,
  seenBefore,
  wasAccepted,
  type Folded,
  type RefusalCode,
} from './factors/fold';
import { nextDue, waitsUntil } from './grading/due';
import { evaluate, evaluateAll, focus, forgetResults } from './grading/evaluate';
import { ratingOf } from './grading/open-form';
import { closeTasks, publish, type Output } from './grading/publish';
import type { Cause } from './grading/told';
import type { Methodology } from './methodology/methodology';
import { emptyState, type CustomerState } from './state';

/** The only things besides the state and the record that a decision depends on. */
export interface DecideContext {
  readonly methodology: Methodology;
  /** The step's clock, UTC milliseconds. A customer's clock never goes back. */
  readonly asOf: number;
  /** How far ahead of the clock a record may be dated and wait for its time; default 5 minutes. */
  readonly futureToleranceMs?: number;
  /** The methodology of a fingerprint, for states that follow an earlier one; default: there is none. */
  readonly earlier?: (fingerprint: string) => Methodology;
}

/** A record, the passing of time, or another methodology or build. */
export type CustomerInput =
  | { readonly kind: 'record'; readonly record: InputRecord }
  | { readonly kind: 'tick'; readonly institution: string; readonly customer: string }
  | {
      readonly kind: 'sweep';
      readonly institution: string;
      readonly customer: string;
      readonly cause: 'version' | 'correction';
    };

export interface Refusal {
  readonly code: RefusalCode;
  readonly field: string | null;
  readonly reason: string;
}

export interface CustomerDecision {
  /** Undefined when nothing of the customer is kept: its first record was not accepted. */
  readonly state: CustomerState | undefined;
  readonly outputs: readonly Output[];
  /** late: older than the horizon, can change no rating. pending: its time is yet to come. */
  readonly outcome: 'applied' | 'duplicate' | 'late' | 'pending' | 'refused' | 'ticked' | 'swept';
  /** For dead letters: why records were refused; the caller knows where they came from. */
  readonly refusals: readonly (Refusal & { readonly input: InputRecord })[];
  /**
   * The earliest instant at which time alone can change the customer; Infinity: never. Not after the
   * clock when a record that changes nothing meets a customer whom time has yet to reach.
   */
  readonly dueAt: number;
}

const FUTURE_TOLERANCE_MS = 5 * 60_000;
/** Only time has passed. */
const TICK: Cause = { kind: 'tick', eventId: null };
/** Another build calculates otherwise than the one that published (design, rule 7). */
const CORRECTION: Cause = { kind: 'correction', eventId: null };
const METHODOLOGY_PUBLISHED: Cause = { kind: 'methodology_published', eventId: null };
const LIST_CHANGED: Cause = { kind: 'list_changed', eventId: null };
const NO_OUTPUTS: readonly Output[] = [];
const NO_REFUSALS: CustomerDecision['refusals'] = [];

/**
 * Decides about one customer: moves it to the clock, applies the record, rates what may have changed,
 * publishes what differs. Deterministic: nothing but its arguments matters.
 * The state is taken over: it is changed in place and must not be used afterwards but through the
 * result.
 * @throws Error when an assumption is broken; the caller stops the partition at this record
 */
export function decide(
  previous: CustomerState | undefined,
  input: CustomerInput,
  context: DecideContext,
): CustomerDecision {
  const { methodology } = context;
  const { institution, customer } = input.kind === 'record' ? input.record : input;
  const state = previous ?? emptyState(institution, customer);
  if (state.methodology === '') state.methodology = methodology.fingerprint;
  const asOf = Math.max(context.asOf, state.asOf);
  const step: Step = { methodology, state, outputs: undefined, refusals: undefined };
  focus(methodology, state, asOf);
  if (previous !== undefined && input.kind === 'record') {
    const verdict = isBehind(step) ? foreseen(step, input.record) : APPLIED;
    if (verdict.is !== 'applied') {
      refuse(step, input.record, verdict);
      return result(step, verdict.is);
    }
  }
  state.asOf = asOf;
  if (state.methodology !== methodology.fingerprint) changeMethodology(step, context);
  if (previous !== undefined) moveOn(step);
  if (input.kind !== 'record') {
    if (input.kind === 'sweep' && input.cause === 'correction') rateAnew(step, CORRECTION);
    const outcome = input.kind === 'tick' ? 'ticked' : 'swept';
    return previous === undefined ? nothing(step, outcome) : result(step, outcome);
  }
  const { record } = input;
  if (record.occurredAt > asOf) {
    const folded = postpone(
      state,
      record,
      asOf + (context.futureToleranceMs ?? FUTURE_TOLERANCE_MS),
    );
    if (folded === undefined) return result(step, 'pending');
    refuse(step, record, folded);
    return previous === undefined ? nothing(step, 'refused') : result(step, folded.is);
  }
  const folded = apply(step, record);
  if (previous === undefined && folded.is !== 'applied') return nothing(step, folded.is);
  return result(step, folded.is);
}

interface Step {
  readonly methodology: Methodology;
  readonly state: CustomerState;
  outputs: Output[] | undefined;
  refusals: (Refusal & { readonly input: InputRecord })[] | undefined;
}

const APPLIED: Folded = { is: 'applied' };

/** Whether time or another methodology has yet to reach the customer. */
const isBehind = ({ state, methodology }: Step): boolean =>
  state.dueAt <= methodology.env.asOf || state.methodology !== methodology.fingerprint;

/**
 * What would become of a record. One that comes again, or is refused, brings nothing about: nor may it
 * bring forward what time will, or what is published would depend on how often a record was sent.
 */
function foreseen({ methodology, state }: Step, record: InputRecord): Folded {
  const waiting = state.pending.find(({ id }) => id === record.id);
  if (waiting !== undefined) return seenBefore(contentOf(waiting) === contentOf(record));
  return faultOf(state, record) ?? foresee(methodology, state, record);
}

/** Moves a state that follows an earlier methodology to the present one, and says what comes of it. */
function changeMethodology(step: Step, { earlier }: DecideContext): void {
  const { state, methodology } = step;
  if (earlier === undefined) {
    throw new Error('the state follows another methodology: rebuild it from its records');
  }
  const before = earlier(state.methodology);
  closeTasks(methodology, before, state, (step.outputs ??= []));
  carryOver(state, before, methodology);
  rateAnew(step, before.name === methodology.name ? LIST_CHANGED : METHODOLOGY_PUBLISHED);
}

/** Evaluates everything of a customer that has been evaluated before. */
function rateAnew(step: Step, cause: Cause): void {
  const { state } = step;
  if (state.results.length === 0) return;
  forgetResults(state);
  rate(step, cause);
}

/** Brings the customer to the clock: what has become due by time, then records whose time has come. */
function moveOn(step: Step): void {
  const { state, methodology } = step;
  const { asOf } = methodology.env;
  if (state.dueAt > asOf) return;
  rate(step, TICK);
  for (;;) {
    const record = state.pending[0];
    if (record === undefined || record.occurredAt > asOf) return;
    state.pending.shift();
    apply(step, record);
  }
}

function apply(step: Step, record: InputRecord): Folded {
  const { methodology, state } = step;
  const folded = faultOf(state, record) ?? fold(methodology, state, record);
  if (folded.is !== 'applied') {
    refuse(step, record, folded);
    return folded;
  }
  if (state.firstSeen === NEVER) state.firstSeen = methodology.env.asOf;
  const confirmedBy =
    record.type === 'decision' && state.published.status !== 'final' ? record.by : undefined;
  const kind = record.type === 'risk-event' ? record.kind : record.type;
  rate(step, { kind, eventId: record.id }, confirmedBy);
  return folded;
}

/** Evaluates what was touched or is due, and publishes what differs. */
function rate(step: Step, cause: Cause, confirmedBy?: string): void {
  const { methodology, state } = step;
  const changed = evaluate(methodology, state);
  const waitIsOver = methodology.env.asOf >= waitsUntil(methodology, state);
  if (!changed && !waitIsOver && confirmedBy === undefined) return;
  if (waitIsOver) state.waited = true;
  publish(methodology, state, cause, (step.outputs ??= []), confirmedBy);
}

function refuse(step: Step, record: InputRecord, folded: Folded): void {
  if (folded.is !== 'refused') return;
  const { code, field, reason } = folded;
  (step.refusals ??= []).push({ code, field, reason, input: record });
}

/**
 * A confirmation counts for the current rating only; a second one of a final rating changes nothing.
 * One that was accepted before is a duplicate, whatever is current now.
 */
function faultOf(state: CustomerState, record: InputRecord): Folded | undefined {
  if (record.type !== 'decision' || wasAccepted(state, record)) return undefined;
  const { sequence } = state.published;
  return sequence > 0 && record.sequence === sequence
    ? undefined
    : refused('not-current', 'sequence', 'the rating of this sequence is not the current one');
}

/**
 * Keeps a record of the near future until its time comes.
 * @returns why not, if it lies beyond the tolerance
 */
function postpone(state: CustomerState, record: InputRecord, latest: number): Folded | undefined {
  if (record.occurredAt > latest) {
    return refused('from-the-future', 'occurredAt', 'dated too far ahead of the clock');
  }
  const { pending } = state;
  const same = pending.find(({ id }) => id === record.id);
  if (same !== undefined) return seenBefore(contentOf(same) === contentOf(record));
  keep(pending, record);
  return undefined;
}

function result(step: Step, outcome: CustomerDecision['outcome']): CustomerDecision {
  const { state } = step;
  state.dueAt = nextDue(step.methodology, state);
  return {
    state,
    outputs: step.outputs ?? NO_OUTPUTS,
    outcome,
    refusals: step.refusals ?? NO_REFUSALS,
    dueAt: state.dueAt,
  };
}

function nothing(step: Step, outcome: CustomerDecision['outcome']): CustomerDecision {
  return { ...result(step, outcome), state: undefined, dueAt: NEVER };
}

/**
 * Rates a customer in full at a time, whatever has been published, with all that is confidential: for
 * `rate --as-of`.
 * @returns undefined while the customer's segment is unknown
 */
export function rateInFull(
  methodology: Methodology,
  state: CustomerState,
  asOf: number,
): Rating | undefined {
  state.asOf = Math.max(asOf, state.asOf);
  evaluateAll(methodology, state, state.asOf);
  if (state.published.sequence > 0) publish(methodology, state, TICK, []);
  return ratingOf(methodology, state, 'full');
}
