import fc from 'fast-check';
import { assign } from './assigner';
import { NO_GENERATION, type Claim } from './membership-codec';

const none: Claim = { generation: NO_GENERATION, partitions: [] };
const claim = (generation: number, ...partitions: number[]): Claim => ({ generation, partitions });

/** What each member claims in the next generation. */
const claimsAfter = (
  generation: number,
  given: ReadonlyMap<string, readonly number[]>,
): Map<string, Claim> =>
  new Map([...given].map(([id, partitions]) => [id, { generation, partitions }]));

const anyClaims = fc
  .array(
    fc.record({
      generation: fc.integer({ min: -1, max: 5 }),
      partitions: fc.uniqueArray(fc.nat(20), { maxLength: 12 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((list) => new Map(list.map((one, i) => [`member-${i}`, one])));

describe('the assigner', () => {
  it('gives every partition to one member, and none more than one above another', () => {
    fc.assert(
      fc.property(anyClaims, fc.integer({ min: 1, max: 20 }), (claims, partitions) => {
        const given = assign(partitions, claims);
        expect([...given.keys()].sort()).toEqual([...claims.keys()].sort());
        const all = [...given.values()].flat().sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: partitions }, (_, i) => i));
        const sizes = [...given.values()].map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('gives the same whatever the order of the members', () => {
    fc.assert(
      fc.property(anyClaims, fc.integer({ min: 1, max: 20 }), (claims, partitions) => {
        const turned = new Map([...claims].reverse());
        expect(Object.fromEntries(assign(partitions, turned))).toEqual(
          Object.fromEntries(assign(partitions, claims)),
        );
      }),
    );
  });

  it('moves nothing when nobody has come or gone', () => {
    fc.assert(
      fc.property(anyClaims, fc.integer({ min: 1, max: 20 }), (claims, partitions) => {
        const given = assign(partitions, claims);
        const again = assign(partitions, claimsAfter(6, given));
        expect(Object.fromEntries(again)).toEqual(Object.fromEntries(given));
      }),
    );
  });

  it('moves no more than a member who comes is to have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 }), (members, p) => {
        const ids = Array.from({ length: members }, (_, i) => `m${i}`);
        const before = assign(p, new Map(ids.map((id) => [id, none])));
        const after = assign(p, claimsAfter(1, before).set('new', none));
        const moved = ids.flatMap((id) =>
          (before.get(id) ?? []).filter((one) => !after.get(id)?.includes(one)),
        );
        expect(moved.length).toBe(after.get('new')?.length);
      }),
    );
  });

  it('moves nothing but the partitions of a member who goes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 40 }), (members, p) => {
        const ids = Array.from({ length: members }, (_, i) => `m${i}`);
        const before = assign(p, new Map(ids.map((id) => [id, none])));
        const claims = claimsAfter(1, before);
        claims.delete('m0');
        const after = assign(p, claims);
        for (const id of claims.keys()) {
          expect(after.get(id)).toEqual(expect.arrayContaining([...(before.get(id) ?? [])]));
        }
      }),
    );
  });

  it('believes the newer of two claims', () => {
    const claims = new Map([
      ['back', claim(3, 0, 1)],
      ['stayed', claim(5, 0, 1)],
      ['other', claim(5, 2, 3)],
    ]);
    const given = assign(6, claims);
    expect(given.get('stayed')).toEqual([0, 1]);
    expect(given.get('other')).toEqual([2, 3]);
    expect(given.get('back')).toEqual([4, 5]);
  });

  it('leaves members without a partition when there are more of them', () => {
    const given = assign(1, new Map(['a', 'b', 'c'].map((id) => [id, none])));
    expect([...given.values()].map(({ length }) => length).sort()).toEqual([0, 0, 1]);
  });
});
