import type { Hash } from '../hash';

/**
 * The identities of a customer's records (design, rule 10): which ids have been seen and with what
 * content, and which postings are booked or reversed, for a horizon of local dates. An open
 * addressing table in one plain array of 32-bit integers (a typed array costs an allocation outside the
 * heap for every customer): no object per record, the same cost for one record and for ten thousand.
 */
export interface IdentitySet {
  slots: number[];
  size: number;
}

const WIDTH = 4;
const KEY_LOW = 0;
const KEY_HIGH = 1;
const CONTENT = 2;
const META = 3;

export const BOOKED = 1;
export const REVERSED = 2;
/** Never forgotten: profile changes, risk events, link facts, decisions are few. */
export const PERMANENT = 4;
const FLAG_BITS = 3;
const FLAGS = (1 << FLAG_BITS) - 1;

const INITIAL_SLOTS = 8;

export const emptyIdentities = (): IdentitySet => ({ slots: [], size: 0 });

const probe = (slots: readonly number[], low: number, high: number): number => {
  const mask = slots.length / WIDTH - 1;
  let slot = (low ^ (high >>> 7)) & mask;
  for (;;) {
    const at = slot * WIDTH;
    const l = slots[at + KEY_LOW] ?? 0;
    const h = slots[at + KEY_HIGH] ?? 0;
    if ((l === low && h === high) || (l === 0 && h === 0)) return at;
    slot = (slot + 1) & mask;
  }
};

/**
 * The entry of a key, or -1. Valid until the next `remember`. What is older than `oldest` is
 * forgotten, whether or not its slot has been needed since: a state that was encoded and decoded
 * answers alike.
 */
export function find({ slots }: IdentitySet, { low, high }: Hash, oldest: number): number {
  if (slots.length === 0) return -1;
  const at = probe(slots, low, high);
  return isLive(slots, at, oldest) ? at : -1;
}

export const keyAt = ({ slots }: IdentitySet, entry: number): Hash => ({
  low: slots[entry + KEY_LOW] ?? 0,
  high: slots[entry + KEY_HIGH] ?? 0,
});
export const contentAt = ({ slots }: IdentitySet, entry: number): number =>
  slots[entry + CONTENT] ?? 0;
export const flagsAt = ({ slots }: IdentitySet, entry: number): number =>
  (slots[entry + META] ?? 0) & FLAGS;
export const dayAt = ({ slots }: IdentitySet, entry: number): number =>
  (slots[entry + META] ?? 0) >> FLAG_BITS;

/** Writes an entry, new or not. `oldest`: dates before it are forgotten when room is made. */
export function remember(
  set: IdentitySet,
  { low, high }: Hash,
  content: number,
  day: number,
  flags: number,
  oldest: number,
): void {
  if ((set.size + 1) * WIDTH * 4 > set.slots.length * 3) makeRoom(set, oldest);
  const at = probe(set.slots, low, high);
  const { slots } = set;
  if (slots[at + KEY_LOW] === 0 && slots[at + KEY_HIGH] === 0) set.size += 1;
  slots[at + KEY_LOW] = low;
  slots[at + KEY_HIGH] = high;
  slots[at + CONTENT] = content;
  slots[at + META] = (day << FLAG_BITS) | flags;
}

/** At most two thirds full when made, at most three quarters later: room to grow, little to spare. */
function capacityFor(count: number): number {
  let capacity = INITIAL_SLOTS;
  while ((count + 1) * 3 > capacity * 2) capacity *= 2;
  return capacity;
}

function makeRoom(set: IdentitySet, oldest: number): void {
  const { slots } = set;
  let live = 0;
  for (let at = 0; at < slots.length; at += WIDTH) if (isLive(slots, at, oldest)) live += 1;
  const capacity = capacityFor(live);
  const next = new Array<number>(capacity * WIDTH).fill(0);
  for (let at = 0; at < slots.length; at += WIDTH) {
    if (!isLive(slots, at, oldest)) continue;
    const to = probe(next, slots[at + KEY_LOW] ?? 0, slots[at + KEY_HIGH] ?? 0);
    for (let i = 0; i < WIDTH; i += 1) next[to + i] = slots[at + i] ?? 0;
  }
  set.slots = next;
  set.size = live;
}

const isLive = (slots: readonly number[], at: number, oldest: number): boolean => {
  if (slots[at + KEY_LOW] === 0 && slots[at + KEY_HIGH] === 0) return false;
  const meta = slots[at + META] ?? 0;
  return (meta & PERMANENT) !== 0 || meta >> FLAG_BITS >= oldest;
};

/**
 * The entries not older than `oldest`, the permanent ones last, by day, flags and key: an order that
 * does not depend on how they came. Valid until the next `remember`.
 */
export function entries({ slots }: IdentitySet, oldest: number): number[] {
  const live: number[] = [];
  for (let at = 0; at < slots.length; at += WIDTH) if (isLive(slots, at, oldest)) live.push(at);
  return sortedFast(slots, live) ?? live.sort((a, b) => compare(slots, a, b));
}

const compare = (slots: readonly number[], a: number, b: number): number => {
  const of = (at: number): number => slots[at] ?? 0;
  return (
    (of(a + META) & PERMANENT) - (of(b + META) & PERMANENT) ||
    of(a + META) - of(b + META) ||
    (of(a + KEY_HIGH) >>> 0) - (of(b + KEY_HIGH) >>> 0) ||
    (of(a + KEY_LOW) >>> 0) - (of(b + KEY_LOW) >>> 0)
  );
};

const META_SPAN = 2 ** 14;
const KEY_BITS = 24;
const SLOT_BITS = 14;
let scratch = new Float64Array(256);

/**
 * The same by numbers that hold what is compared and the slot: META relative to the first, the upper
 * bits of the key. Undefined when these do not tell entries apart, or do not fit.
 */
function sortedFast(slots: readonly number[], live: readonly number[]): number[] | undefined {
  if (slots.length > WIDTH << SLOT_BITS) return undefined;
  let first = Number.POSITIVE_INFINITY;
  for (let i = 0; i < live.length; i += 1) {
    const meta = slots[(live[i] ?? 0) + META] ?? 0;
    if (meta < first) first = meta;
  }
  if (scratch.length < live.length) scratch = new Float64Array(2 * live.length);
  const keys = scratch.subarray(0, live.length);
  for (let i = 0; i < live.length; i += 1) {
    const at = live[i] ?? 0;
    const meta = slots[at + META] ?? 0;
    if (meta - first >= META_SPAN) return undefined;
    const order = meta - first + ((meta & PERMANENT) === 0 ? 0 : META_SPAN);
    const key = (slots[at + KEY_HIGH] ?? 0) >>> (32 - KEY_BITS);
    keys[i] = (order * 2 ** KEY_BITS + key) * 2 ** SLOT_BITS + at / WIDTH;
  }
  keys.sort();
  const sorted: number[] = [];
  let previous = -1;
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] ?? 0;
    const slot = key % 2 ** SLOT_BITS;
    const compared = (key - slot) / 2 ** SLOT_BITS;
    if (compared === previous) return undefined;
    previous = compared;
    sorted.push(slot * WIDTH);
  }
  return sorted;
}

/** An empty set with room for so many entries. */
export function identitiesFor(count: number): IdentitySet {
  if (count === 0) return emptyIdentities();
  const capacity = capacityFor(count);
  return { slots: new Array<number>(capacity * WIDTH).fill(0), size: 0 };
}
