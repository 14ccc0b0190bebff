/**
 * Keys by the instant at which they are due, taken in (due, key) order. A key that is never due is
 * known all the same, until it is forgotten. A binary heap; an entry that has been replaced stays
 * until it comes up and is passed over, or until most of the heap is such.
 */
export interface DueIndex {
  readonly heap: Due[];
  /** The due instant in force of every known key; Infinity: never due. */
  readonly dueOf: Map<string, number>;
}

export interface Due {
  readonly at: number;
  readonly key: string;
}

/** Replaced entries that are borne with beside as many as there are keys. */
const REPLACED_MIN = 64;

export const emptyDueIndex = (): DueIndex => ({ heap: [], dueOf: new Map() });

const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.key < b.key);

/** Sets when a key is due, and makes it known; Infinity: never. */
export function setDue(index: DueIndex, key: string, at: number): void {
  const { heap, dueOf } = index;
  if (dueOf.get(key) === at) return;
  dueOf.set(key, at);
  if (at === Number.POSITIVE_INFINITY) return;
  // A key that moves with every event must not leave an entry behind for each.
  if (heap.length >= 2 * dueOf.size + REPLACED_MIN) rebuild(index);
  else add(heap, { at, key });
}

/** True from the first `setDue` of a key until it is forgotten. */
export const isKnown = ({ dueOf }: DueIndex, key: string): boolean => dueOf.has(key);

/** Takes a key out: it is neither due nor known. */
export function forget({ dueOf }: DueIndex, key: string): void {
  dueOf.delete(key);
}

/** How many keys are known. */
export const size = ({ dueOf }: DueIndex): number => dueOf.size;

function rebuild({ heap, dueOf }: DueIndex): void {
  heap.length = 0;
  for (const [key, at] of dueOf) {
    if (at !== Number.POSITIVE_INFINITY) add(heap, { at, key });
  }
}

function add(heap: Due[], entry: Due): void {
  let i = heap.push(entry) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !before(entry, above)) break;
    heap[i] = above;
    i = parent;
  }
  heap[i] = entry;
}

/** The next key that is due, left as it is; undefined when none ever is. */
export function nextDue({ heap, dueOf }: DueIndex): Due | undefined {
  for (;;) {
    const top = heap[0];
    if (top === undefined || dueOf.get(top.key) === top.at) return top;
    removeTop(heap);
  }
}

/**
 * Takes up to `max` keys that are due by `until` off the heap, in (due, key) order. Each must be given
 * its next due instant, or be put back.
 */
export function takeDue(index: DueIndex, until: number, max: number): Due[] {
  const taken: Due[] = [];
  while (taken.length < max) {
    const next = nextDue(index);
    if (next === undefined || next.at > until) break;
    removeTop(index.heap);
    // a key that moved away and back stands there twice
    if (taken.at(-1)?.key !== next.key) taken.push(next);
  }
  return taken;
}

/** Undoes `takeDue` for keys that have not been given another due instant. */
export function putBack({ heap }: DueIndex, taken: readonly Due[]): void {
  for (const due of taken) add(heap, due);
}

function removeTop(heap: Due[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let i = 0;
  for (;;) {
    const left = 2 * i + 1;
    const a = heap[left];
    const b = heap[left + 1];
    if (a === undefined) break;
    const [child, at] = b !== undefined && before(b, a) ? [b, left + 1] : [a, left];
    if (!before(child, last)) break;
    heap[i] = child;
    i = at;
  }
  heap[i] = last;
}
