import fc from 'fast-check';
import { hashText } from '../hash';
import {
  BOOKED,
  contentAt,
  dayAt,
  emptyIdentities,
  find,
  flagsAt,
  PERMANENT,
  remember,
  REVERSED,
} from './identities';

const OPEN = Number.NEGATIVE_INFINITY;

describe('identities', () => {
  it('remember like a map, whatever the order, within the horizon', () => {
    const writes = fc.array(
      fc.record({
        id: fc.integer({ min: 0, max: 60 }),
        content: fc.integer(),
        day: fc.integer({ min: -40_000, max: 60_000 }),
        flags: fc.constantFrom(0, BOOKED, REVERSED, BOOKED | REVERSED, PERMANENT),
      }),
      { maxLength: 120, size: 'max' },
    );
    fc.assert(
      fc.property(writes, fc.integer({ min: -40_000, max: 60_000 }), (all, oldest) => {
        const set = emptyIdentities();
        const map = new Map<number, (typeof all)[number]>();
        for (const write of all) {
          remember(set, hashText(`id${write.id}`), write.content, write.day, write.flags, oldest);
          map.set(write.id, write);
        }
        for (let id = 0; id <= 61; id += 1) {
          const expected = map.get(id);
          const entry = find(set, hashText(`id${id}`), oldest);
          const kept =
            expected !== undefined && (expected.day >= oldest || expected.flags === PERMANENT);
          expect(entry >= 0).toBe(kept);
          if (!kept) continue;
          expect([contentAt(set, entry), dayAt(set, entry), flagsAt(set, entry)]).toEqual([
            expected.content,
            expected.day,
            expected.flags,
          ]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('keep ten thousand and find each', () => {
    const set = emptyIdentities();
    for (let i = 0; i < 10_000; i += 1) remember(set, hashText(`t${i}`), i, i, BOOKED, OPEN);
    for (let i = 0; i < 10_000; i += 1) {
      expect(contentAt(set, find(set, hashText(`t${i}`), OPEN))).toBe(i);
    }
    expect(find(set, hashText('other'), OPEN)).toBe(-1);
  });

  it('use the room of what the horizon has left behind', () => {
    const set = emptyIdentities();
    for (let day = 0; day < 5000; day += 1)
      remember(set, hashText(`t${day}`), 0, day, BOOKED, day - 30);
    expect(set.slots.length).toBeLessThanOrEqual(4 * 256);
  });
});
