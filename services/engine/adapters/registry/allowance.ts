/**
 * How long those of one partition may wait for schemas that the registry does not have. Garbage that
 * names ever new ids would else be waited for id by id: one may wait for long once, and after that for a
 * share of the time.
 */
export interface Allowance {
  /** Milliseconds that may be waited now. */
  readonly left: () => number;
  /** So long was waited, milliseconds. */
  readonly spend: (ms: number) => void;
}

/** Of the time that passes, so much may be waited. */
const SHARE = 0.1;

/**
 * @param maxMs what may be waited at first, and at most at once
 * @param now milliseconds, by a clock that only moves on
 */
export function newAllowance(maxMs: number, now = (): number => performance.now()): Allowance {
  let left = maxMs;
  let at = now();
  const renew = (): void => {
    const before = at;
    at = now();
    left = Math.min(maxMs, left + SHARE * (at - before));
  };
  return {
    left: () => {
      renew();
      return left;
    },
    spend: (ms) => {
      renew();
      left = Math.max(0, left - ms);
    },
  };
}
