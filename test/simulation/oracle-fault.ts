/** An expectation that does not hold. */
export class OracleFault extends Error {
  override readonly name = 'OracleFault';
  constructor(
    /** Which oracle says so. */
    readonly what: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** @throws OracleFault */
export function expectThat(what: string, detail: string, holds: boolean): void {
  if (!holds) throw new OracleFault(what, detail);
}

/** @throws OracleFault */
export function expectEqual(
  what: string,
  detail: string,
  actual: unknown,
  expected: unknown,
): void {
  if (Object.is(actual, expected)) return;
  throw new OracleFault(
    what,
    `${detail}\n  is:       ${show(actual)}\n  expected: ${show(expected)}`,
  );
}

const show = (value: unknown): string =>
  typeof value === 'string' ? value.split('\n').join('\n            ') : String(value);
