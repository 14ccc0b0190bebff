const SEEDS_PER_DAY = 100_000;

/** Another one every day (UTC), so that each day tries other runs: 20260131 00000 and so on. */
export function seedOfDay(now: Date): number {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '');
  return Number(day) * SEEDS_PER_DAY;
}
