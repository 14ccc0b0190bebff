/** Seconds that `run` takes. */
export function secondsOf(run: () => void): number {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}

/** CPU seconds of all threads of this process, the collector's too. */
export function cpuSecondsOf(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** @throws Error for no values */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  const value = sorted[at];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** By how much y grows with x, least squares; 0 where x does not vary. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = sum(points.map(([x]) => x)) / points.length;
  const meanY = sum(points.map(([, y]) => y)) / points.length;
  const xy = sum(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  const xx = sum(points.map(([x]) => (x - meanX) ** 2));
  return xx === 0 ? 0 : xy / xx;
}

const TURNS = 3e7;

/** Nanoseconds of a turn of a plain integer loop: tells a slow machine from slow code. */
export function loopNs(): number {
  let x = 0;
  const seconds = secondsOf(() => {
    for (let i = 0; i < TURNS; i += 1) x = (x * 31 + i) | 0;
  });
  // x is used, so that the loop is not optimised away
  return ((seconds + (x === 1 ? 1e-9 : 0)) * 1e9) / TURNS;
}
