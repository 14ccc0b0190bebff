import { lastAtOrBefore } from './segment';

/**
 * Finds the step in which an output has its place: some (offset, step) pairs of each topic, ascending,
 * from which a reader walks on. Bounded: when there are many, every other one goes.
 */
export interface OutputIndex {
  /** The step brings outputs from this offset on. */
  readonly add: (topic: string, offset: number, step: number) => void;
  /** A reader that has come so far will go on there. */
  readonly hint: (topic: string, offset: number, step: number) => void;
  /** The step from which to walk to an offset; undefined: nothing is known so far back. */
  readonly find: (topic: string, offset: number) => number | undefined;
}

interface Places {
  offsets: number[];
  steps: number[];
  /** Every so many steps with outputs have a pair. */
  stride: number;
  left: number;
  hints: readonly { readonly offset: number; readonly step: number }[];
}

const PAIRS_MAX = 1 << 15;
const HINTS = 16;

export function outputIndex(): OutputIndex {
  const topics = new Map<string, Places>();
  return {
    add: (topic, offset, step) => {
      const places = placesOf(topics, topic);
      if (places.left > 0) {
        places.left -= 1;
        return;
      }
      places.offsets.push(offset);
      places.steps.push(step);
      places.left = places.stride - 1;
      if (places.offsets.length > PAIRS_MAX) thin(places);
    },
    hint: (topic, offset, step) => {
      const places = placesOf(topics, topic);
      const others = places.hints.filter((hint) => hint.offset !== offset);
      places.hints = [{ offset, step }, ...others].slice(0, HINTS);
    },
    find: (topic, offset) => findStep(topics.get(topic), offset),
  };
}

function placesOf(topics: Map<string, Places>, topic: string): Places {
  const known = topics.get(topic);
  if (known !== undefined) return known;
  const made: Places = { offsets: [], steps: [], stride: 1, left: 0, hints: [] };
  topics.set(topic, made);
  return made;
}

function thin(places: Places): void {
  places.offsets = places.offsets.filter((_, i) => i % 2 === 0);
  places.steps = places.steps.filter((_, i) => i % 2 === 0);
  places.stride *= 2;
}

function findStep(places: Places | undefined, offset: number): number | undefined {
  if (places === undefined) return undefined;
  const i = lastAtOrBefore(places.offsets, offset);
  let best = (places.offsets[i] ?? Infinity) <= offset ? places.steps[i] : undefined;
  for (const hint of places.hints) {
    if (hint.offset <= offset && hint.step > (best ?? -1)) best = hint.step;
  }
  return best;
}
