/** Numbers that follow from a seed alone: the same on every machine, so that one seed is one run. */
export interface Random {
  /** At least 0, below 1. */
  readonly next: () => number;
  /** An integer of from to to, both included. */
  readonly int: (from: number, to: number) => number;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(items: readonly T[]) => T;
  /** A new array in another order. */
  readonly shuffle: <T>(items: readonly T[]) => T[];
}

/** mulberry32; `stream` tells apart what must not disturb one another. */
export function randomOf(seed: number, stream = 0): Random {
  let state = mix(mix(seed) ^ (stream * 0x9e3779b9));
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  const pick = <T>(items: readonly T[]): T => {
    const index = int(0, items.length - 1);
    const item = items[index];
    if (item === undefined && index >= items.length) throw new RangeError('nothing to pick from');
    return item as T;
  };
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick,
    shuffle: (items) => {
      const out = [...items];
      for (let i = out.length - 1; i > 0; i -= 1) {
        const j = int(0, i);
        [out[i], out[j]] = [out[j] as (typeof out)[number], out[i] as (typeof out)[number]];
      }
      return out;
    },
  };
}

/** Seeds that are neighbours give runs that have nothing in common. */
function mix(seed: number): number {
  let h = (seed ^ Math.floor(seed / 2 ** 32)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
