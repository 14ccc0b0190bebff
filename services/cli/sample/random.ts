/** A list that one can always pick from. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** A stream of integers that follows from its seed alone. */
export interface Random {
  /** 0 to n - 1. */
  below(n: number): number;
  /** low to high, both included. */
  between(low: number, high: number): number;
  /** True in so many cases of 100. */
  chance(percent: number): boolean;
  pick<T>(from: NonEmpty<T>): T;
}

/** Two integers to one seed, so that neighbours have nothing in common. */
export function seedOf(seed: number, index: number): number {
  let mixed = (seed ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state are plenty for one customer. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  };
  const below = (n: number): number => next() % n;
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (percent) => below(100) < percent,
    pick: (from) => from[below(from.length)] ?? from[0],
  };
}
