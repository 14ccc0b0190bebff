import fc from 'fast-check';
import { emptyDueIndex, nextDue, setDue, type Due, type DueIndex } from './due-index';

const NEVER = Number.POSITIVE_INFINITY;

/** Takes out everything, in the order in which it comes. */
function drained(index: DueIndex): Due[] {
  const taken: Due[] = [];
  for (let next = nextDue(index); next !== undefined; next = nextDue(index)) {
    taken.push({ ...next });
    setDue(index, next.key, NEVER);
  }
  return taken;
}

describe('the due index', () => {
  it('gives the keys by due instant, and by code units where that is the same', () => {
    const index = emptyDueIndex();
    for (const key of ['b', 'a', 'B', 'ä']) setDue(index, key, 7);
    setDue(index, 'z', -3);
    setDue(index, 'c', 1e15);
    expect(drained(index).map(({ key }) => key)).toEqual(['z', 'B', 'a', 'b', 'ä', 'c']);
  });

  it('holds one instant a key: the last one set, earlier or later', () => {
    const index = emptyDueIndex();
    setDue(index, 'a', 5);
    setDue(index, 'b', 6);
    setDue(index, 'a', 9);
    setDue(index, 'b', 2);
    expect(drained(index)).toEqual([
      { at: 2, key: 'b' },
      { at: 9, key: 'a' },
    ]);
  });

  it('gives a key once that was moved away and back again', () => {
    const index = emptyDueIndex();
    for (const at of [5, 9, 5]) setDue(index, 'a', at);
    expect(drained(index)).toEqual([{ at: 5, key: 'a' }]);
  });

  it('forgets a key that is never due', () => {
    const index = emptyDueIndex();
    setDue(index, 'a', 5);
    setDue(index, 'a', NEVER);
    setDue(index, 'unheard-of', NEVER);
    expect(nextDue(index)).toBeUndefined();
    expect(index.dueOf.size).toBe(0);
  });

  it('stays small when one key moves with every event and never comes up', () => {
    const index = emptyDueIndex();
    setDue(index, 'first', 0);
    for (let at = 1; at <= 100_000; at += 1) setDue(index, 'a', at);
    expect(index.heap.length).toBeLessThan(200);
    expect(drained(index)).toEqual([
      { at: 0, key: 'first' },
      { at: 100_000, key: 'a' },
    ]);
  });

  it('agrees with a sorted list, whatever is set, moved and taken', () => {
    const set = fc.record({
      key: fc.constantFrom(...'abcdefghij'),
      at: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant(NEVER)),
    });
    // long enough that the heap is rebuilt on the way
    const steps = fc.array(fc.oneof({ weight: 4, arbitrary: set }, fc.constant('take' as const)), {
      maxLength: 400,
      size: 'max',
    });
    fc.assert(
      fc.property(steps, (taken) => {
        const index = emptyDueIndex();
        const model = new Map<string, number>();
        const first = (): Due | undefined =>
          [...model]
            .map(([key, at]) => ({ at, key }))
            .sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1))[0];
        for (const step of taken) {
          if (step === 'take') {
            const next = nextDue(index);
            if (next === undefined) continue;
            model.delete(next.key);
            setDue(index, next.key, NEVER);
          } else {
            setDue(index, step.key, step.at);
            if (step.at === NEVER) model.delete(step.key);
            else model.set(step.key, step.at);
          }
          expect(nextDue(index)).toEqual(first());
          expect(index.heap.length).toBeLessThanOrEqual(2 * index.dueOf.size + 84);
        }
      }),
      { numRuns: 200 },
    );
  });
});
