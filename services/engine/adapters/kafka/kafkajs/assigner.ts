import { NO_GENERATION, type Claim } from './membership-codec';

/**
 * Gives every partition to one member: each gets as many as the others or one more, and keeps what it has
 * as far as that allows, so that no partition moves without need. A claim of an older generation gives
 * way to a newer one (a member that was away claims what others have been given since).
 * The same input gives the same answer, whoever leads the group.
 * @param claims by the id of the member
 */
export function assign(
  partitions: number,
  claims: ReadonlyMap<string, Claim>,
): ReadonlyMap<string, readonly number[]> {
  const owners = ownersOf(partitions, claims);
  const held = new Map<string, number[]>([...claims.keys()].sort().map((id) => [id, []]));
  for (const [partition, owner] of owners) held.get(owner)?.push(partition);
  const quotas = quotasOf(partitions, held);
  const free: number[] = [];
  const given = new Map<string, number[]>();
  for (const [id, mine] of held) given.set(id, mine.slice(0, quotas.get(id)));
  const kept = new Set([...given.values()].flat());
  for (let p = 0; p < partitions; p += 1) if (!kept.has(p)) free.push(p);
  for (const [id, mine] of given) {
    const lacks = (quotas.get(id) ?? 0) - mine.length;
    mine.push(...free.splice(0, lacks));
    mine.sort((a, b) => a - b);
  }
  return given;
}

/** Who has each partition by the newest claim, in the order of the partitions. */
function ownersOf(
  partitions: number,
  claims: ReadonlyMap<string, Claim>,
): readonly (readonly [number, string])[] {
  const best = new Map<number, { readonly id: string; readonly generation: number }>();
  for (const [id, claim] of [...claims].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (claim.generation === NO_GENERATION) continue;
    for (const partition of claim.partitions) {
      if (partition >= partitions) continue;
      const known = best.get(partition);
      if (known === undefined || known.generation < claim.generation) {
        best.set(partition, { id, generation: claim.generation });
      }
    }
  }
  return [...best].map(([partition, { id }]) => [partition, id] as const).sort(([a], [b]) => a - b);
}

/** The greater shares go to those who hold the most: then the least moves. */
function quotasOf(
  partitions: number,
  held: ReadonlyMap<string, readonly number[]>,
): ReadonlyMap<string, number> {
  const least = Math.floor(partitions / held.size);
  let greater = partitions % held.size;
  const quotas = new Map<string, number>();
  for (const [id] of [...held].sort(([, a], [, b]) => b.length - a.length)) {
    quotas.set(id, greater > 0 ? least + 1 : least);
    greater -= 1;
  }
  return quotas;
}
