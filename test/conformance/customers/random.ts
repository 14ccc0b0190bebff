/** A small seeded generator (mulberry32), so that one number replays a customer anywhere. */

export interface Random {
  /** An integer from `min` to `max`, both included. */
  int: (min: number, max: number) => number;
  pick: <T>(values: readonly T[]) => T;
  chance: (probability: number) => boolean;
  shuffle: <T>(values: readonly T[]) => T[];
}

export function newRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    int,
    pick: (values) => {
      const value = values[int(0, values.length - 1)];
      if (value === undefined && values.length === 0) throw new Error('nothing to pick from');
      return value as (typeof values)[number];
    },
    chance: (probability) => next() < probability,
    shuffle: (values) => {
      const mixed = [...values];
      for (let index = mixed.length - 1; index > 0; index -= 1) {
        const other = int(0, index);
        [mixed[index], mixed[other]] = [
          mixed[other] as (typeof mixed)[number],
          mixed[index] as (typeof mixed)[number],
        ];
      }
      return mixed;
    },
  };
}
