/**
 * Keys by the instant at which they are due, taken in (due, key) order. A binary heap; an entry that
 * has been replaced stays until it comes up and is passed over, or until most of the heap is such.
 */
export interface DueIndex {
  readonly heap: Due[];
  /** The due instant in force by key. */
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

/** Sets when a key is due; Infinity takes it out. */
export function setDue(index: DueIndex, key: string, at: number): void {
  const { heap, dueOf } = index;
  if ((dueOf.get(key) ?? Number.POSITIVE_INFINITY) === at) return;
  if (at === Number.POSITIVE_INFINITY) {
    dueOf.delete(key);
    return;
  }
  dueOf.set(key, at);
  // A key that moves with every event must not leave an entry behind for each.
  if (heap.length >= 2 * dueOf.size + REPLACED_MIN) rebuild(index);
  else add(heap, { at, key });
}

function rebuild({ heap, dueOf }: DueIndex): void {
  heap.length = 0;
  for (const [key, at] of dueOf) add(heap, { at, key });
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

/** The next key that is due, without taking it out; undefined when none ever is. */
export function nextDue({ heap, dueOf }: DueIndex): Due | undefined {
  for (;;) {
    const top = heap[0];
    if (top === undefined || dueOf.get(top.key) === top.at) return top;
    removeTop(heap);
  }
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
