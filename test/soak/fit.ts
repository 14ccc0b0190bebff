/** A value and when it was seen, milliseconds since the start. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** From one instant to another, both included. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export const MINUTE_MS = 60_000;

/** Minutes and seconds. */
export const timeOf = (ms: number): string =>
  `${Math.floor(ms / MINUTE_MS)}:${String(Math.floor((ms % MINUTE_MS) / 1_000)).padStart(2, '0')}`;

/**
 * The least value within each span, where there is one: what is under way for a moment (a replay, a fetch)
 * only ever adds.
 */
export function leastOf(points: readonly Point[], spans: readonly Span[]): Point[] {
  return spans.flatMap(({ fromMs, toMs }) => {
    const [first, ...others] = points.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
    if (first === undefined) return [];
    return [others.reduce((least, point) => (point.value < least.value ? point : least), first)];
  });
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
