import fc from 'fast-check';
import {
  emptyDueIndex,
  forget,
  isKnown,
  nextDue,
  setDue,
  size,
  type Due,
  type DueIndex,
} from './due-index';

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

  it('knows a key that is never due, and does not give it', () => {
    const index = emptyDueIndex();
    setDue(index, 'a', 5);
    setDue(index, 'a', NEVER);
    setDue(index, 'never', NEVER);
    expect(nextDue(index)).toBeUndefined();
    expect(isKnown(index, 'a') && isKnown(index, 'never')).toBe(true);
    expect(isKnown(index, 'unheard-of')).toBe(false);
    expect(size(index)).toBe(2);
    setDue(index, 'never', 3);
    expect(nextDue(index)).toEqual({ at: 3, key: 'never' });
  });

  it('neither knows nor gives a key that was forgotten, until it is set again', () => {
    const index = emptyDueIndex();
    setDue(index, 'a', 5);
    setDue(index, 'b', 6);
    forget(index, 'a');
    forget(index, 'unheard-of');
    expect(isKnown(index, 'a')).toBe(false);
    expect(nextDue(index)).toEqual({ at: 6, key: 'b' });
    setDue(index, 'a', 7);
    expect(drained(index)).toEqual([
      { at: 6, key: 'b' },
      { at: 7, key: 'a' },
    ]);
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
    const steps = fc.array(
      fc.oneof(
        { weight: 8, arbitrary: set },
        { weight: 2, arbitrary: fc.constant('take' as const) },
        { weight: 1, arbitrary: fc.record({ forgotten: fc.constantFrom(...'abcdefghij') }) },
      ),
      { maxLength: 400, size: 'max' },
    );
    fc.assert(
      fc.property(steps, (taken) => {
        const index = emptyDueIndex();
        const model = new Map<string, number>();
        const first = (): Due | undefined =>
          [...model]
            .map(([key, at]) => ({ at, key }))
            .filter(({ at }) => at !== NEVER)
            .sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1))[0];
        for (const step of taken) {
          if (step === 'take') {
            const next = nextDue(index);
            if (next === undefined) continue;
            model.set(next.key, NEVER);
            setDue(index, next.key, NEVER);
          } else if ('forgotten' in step) {
            model.delete(step.forgotten);
            forget(index, step.forgotten);
          } else {
            model.set(step.key, step.at);
            setDue(index, step.key, step.at);
          }
          expect(nextDue(index)).toEqual(first());
          expect(index.heap.length).toBeLessThanOrEqual(2 * index.dueOf.size + 84);
        }
        expect(index.dueOf).toEqual(model);
      }),
      { numRuns: 200 },
    );
  });
});
