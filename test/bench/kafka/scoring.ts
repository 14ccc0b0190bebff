import { readFileSync } from 'node:fs';
import type { Transaction } from '@tidemark/schemas/records';

/**
 * The sub-items in columns: what raises one (facts, as bits), for how long that counts, by count or by
 * sum, and from which values on its score is higher, four bounds each.
 */
export interface ScoringTable {
  readonly masks: Int32Array;
  readonly windowsMinutes: Float64Array;
  readonly bySum: Int8Array;
  readonly bounds: Float64Array;
  readonly weights: Float64Array;
  /** Totals from which on the grade is higher. */
  readonly bands: Float64Array;
}

const BOUNDS = 4;

/** The same arithmetic as in test/bench/peers/kafka-streams, from the same table. */
export function readScoringTable(file: string): ScoringTable {
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const items = rows.filter(([kind]) => kind === 'item');
  const column = (at: number): number[] => items.map((cells) => Number(cells[at]));
  return {
    masks: Int32Array.from(column(1)),
    windowsMinutes: Float64Array.from(column(2)),
    bySum: Int8Array.from(items, (cells) => (cells[3] === 'sum' ? 1 : 0)),
    bounds: Float64Array.from(items.flatMap((cells) => cells.slice(4, 4 + BOUNDS).map(Number))),
    weights: Float64Array.from(column(4 + BOUNDS)),
    bands: Float64Array.from(rows.find(([kind]) => kind === 'bands')?.slice(1) ?? [], Number),
  };
}

/** Grade and sequence, then count, sum and last minute of each sub-item: 496 bytes for twenty. */
export type ScoringState = Float64Array;

const GRADE = 0;
const SEQUENCE = 1;
const HEAD = 2;
const CELLS = 3;

export function newState({ masks }: ScoringTable): ScoringState {
  const state = new Float64Array(HEAD + CELLS * masks.length);
  state[GRADE] = 1;
  return state;
}

export const gradeOf = (state: ScoringState): number => state[GRADE] ?? 0;
export const sequenceOf = (state: ScoringState): number => state[SEQUENCE] ?? 0;

export function setGrade(state: ScoringState, grade: number, sequence: number): void {
  state[GRADE] = grade;
  state[SEQUENCE] = sequence;
}

export type ScoredEvent = Pick<
  Transaction,
  | 'kind'
  | 'direction'
  | 'amountCny'
  | 'occurredAt'
  | 'crossBorder'
  | 'channel'
  | 'counterpartyCountry'
  | 'counterpartyKind'
  | 'deviceId'
  | 'product'
>;

/** Folds an event into a state. @returns the total of weight x score */
export function fold(table: ScoringTable, state: ScoringState, event: ScoredEvent): number {
  const { masks, windowsMinutes, bySum, bounds, weights } = table;
  const { amountCny, occurredAt } = event;
  const bits = factsOf(event);
  const minute = Math.floor(occurredAt / MS_PER_MINUTE);
  let total = 0;
  for (let i = 0, at = HEAD; i < masks.length; i += 1, at += CELLS) {
    const mask = masks[i] ?? 0;
    let count = state[at] ?? 0;
    let sum = state[at + 1] ?? 0;
    if (minute - (state[at + 2] ?? 0) > (windowsMinutes[i] ?? 0)) {
      count = 0;
      sum = 0;
    }
    if ((bits & mask) === mask) {
      count += 1;
      sum += amountCny;
      state[at + 2] = minute;
    }
    state[at] = count;
    state[at + 1] = sum;
    const value = bySum[i] === 1 ? sum : count;
    total += (weights[i] ?? 0) * levelOf(bounds, value, i * BOUNDS, BOUNDS);
  }
  return total;
}

/** The grade of a total. */
export const gradeFor = ({ bands }: ScoringTable, total: number): number =>
  levelOf(bands, total, 0, bands.length);

/** One more for each of some bounds that the value reaches. */
function levelOf(bounds: Float64Array, value: number, from: number, count: number): number {
  let level = 1;
  for (let i = from; i < from + count; i += 1) if (value >= (bounds[i] ?? 0)) level += 1;
  return level;
}

const MS_PER_MINUTE = 60_000;
const LARGE = 5_000_000;
const VERY_LARGE = 20_000_000;
const EARLY_MINUTES = 10;
const KINDS: Readonly<Record<string, number>> = {
  cash: 1,
  transfer: 1 << 1,
  remittance: 1 << 2,
  trade: 1 << 3,
};

/** What the sub-items ask of a transaction, as bits. */
function factsOf(event: ScoredEvent): number {
  const { channel, amountCny, occurredAt } = event;
  let bits = KINDS[event.kind] ?? 0;
  bits |= event.direction === 'in' ? 1 << 4 : 1 << 5;
  if (event.crossBorder === true) bits |= 1 << 6;
  // Avro decodes what is absent as null
  if (channel !== undefined && channel !== null) bits |= channel === 'online' ? 1 << 7 : 1 << 14;
  if (amountCny >= LARGE) bits |= 1 << 8;
  if (amountCny >= VERY_LARGE) bits |= 1 << 9;
  if (Math.floor(occurredAt / MS_PER_MINUTE) % 60 < EARLY_MINUTES) bits |= 1 << 10;
  if (isHighRisk(event.counterpartyCountry)) bits |= 1 << 11;
  if (event.counterpartyKind === 'entity') bits |= 1 << 12;
  if (typeof event.deviceId === 'string') bits |= 1 << 13;
  if (typeof event.product === 'string') bits |= 1 << 15;
  return bits;
}

function isHighRisk(country: string | null | undefined): boolean {
  return country === 'AF' || country === 'IR' || country === 'KP' || country === 'MM';
}
