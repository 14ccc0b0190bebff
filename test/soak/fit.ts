/** A value and when it was seen, milliseconds since the start. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

export const MINUTE_MS = 60_000;

/**
 * The least value of each minute, at the instant at which it was seen: what is under way for a moment (a
 * replay, a fetch) only ever adds.
 */
export function minutely(points: readonly Point[]): Point[] {
  const least = new Map<number, Point>();
  for (const point of points) {
    const minute = Math.floor(point.atMs / MINUTE_MS);
    const known = least.get(minute);
    if (known === undefined || point.value < known.value) least.set(minute, point);
  }
  return [...least.values()].sort((a, b) => a.atMs - b.atMs);
}

/** The middle value, of two the mean; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/**
 * By how much the value grows in so many milliseconds: the median over all pairs (Theil and Sen), which
 * does not follow a minority of outliers. NaN of fewer than two points.
 */
export function growth(points: readonly Point[], inMs: number): number {
  const slopes: number[] = [];
  points.forEach((a, i) => {
    for (const b of points.slice(i + 1)) {
      if (b.atMs > a.atMs) slopes.push((b.value - a.value) / (b.atMs - a.atMs));
    }
  });
  return median(slopes) * inMs;
}
