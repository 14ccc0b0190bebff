import fc from 'fast-check';
import { dayOf, MS_PER_DAY } from '../calendar';
import { BERLIN, compile, envOf, SHANGHAI } from './expression.fixture';
import type { Value } from './node';

const NOW = Date.UTC(2026, 2, 4, 4);
const TODAY = NOW / MS_PER_DAY;

/** The value at an instant, and until when it holds. */
function evaluated(
  source: string,
  stated: Record<string, Value>,
  asOf: number,
  zone: typeof SHANGHAI,
): [Value, number] {
  const env = envOf(stated, asOf, zone, dayOf(zone, asOf));
  return [compile(source).node.run(env), env.until];
}

const OPERATORS = ['<', '<=', '>', '>=', '==', '!='];
const CLOCKS = [
  'fullYears(born)',
  'fullMonths(born)',
  'age24h(seen)',
  'today - 20000',
  'today',
  'asOf',
];

/** A bound near the present value of the clock. */
const bounded = fc
  .record({
    clock: fc.constantFrom(...CLOCKS),
    operator: fc.constantFrom(...OPERATORS),
    near: fc.integer({ min: -2, max: 2 }),
    mirrored: fc.boolean(),
  })
  .map(({ clock, operator, near, mirrored }) => ({
    clock,
    compared: (bound: number) =>
      mirrored ? `${bound} ${operator} ${clock}` : `${clock} ${operator} ${bound}`,
    near,
  }));

const facts = fc.record({
  born: fc.oneof(
    fc.integer({ min: Math.floor(TODAY) - 800, max: Math.floor(TODAY) + 60 }),
    fc.integer({ min: -20_000, max: 20_000 }),
  ),
  seen: fc.oneof(
    fc.integer({ min: -800, max: 3 }).map((days) => NOW + days * MS_PER_DAY),
    fc.integer({ min: NOW - 3 * MS_PER_DAY, max: NOW + MS_PER_DAY }),
  ),
});

describe('an expression over the clock', () => {
  it('keeps its value until the instant it names, and a comparison turns at that very instant', () => {
    fc.assert(
      fc.property(
        bounded,
        facts,
        fc.constantFrom(SHANGHAI, BERLIN),
        fc.integer({ min: 0, max: 500 * MS_PER_DAY }),
        ({ clock, compared, near }, stated, zone, by) => {
          const asOf = NOW + by;
          const [age] = evaluated(clock, stated, asOf, zone);
          const source = compared(Number(age) + near);
          const [now, until] = evaluated(source, stated, asOf, zone);
          expect(until).toBeGreaterThan(asOf);
          const turns = Number.isFinite(until);
          const end = turns ? until : asOf + 3000 * MS_PER_DAY;
          for (const at of [asOf + 1, Math.floor((asOf + end) / 2), end - 1]) {
            if (at < end) expect(evaluated(source, stated, at, zone)[0]).toBe(now);
          }
          // `today - 20000` is a number, no clock: it is asked again every midnight.
          if (turns && clock !== 'today - 20000')
            expect(evaluated(source, stated, end, zone)[0]).toBe(!now);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('keeps its value until then also when it is made of several', () => {
    const parts = fc.array(fc.tuple(bounded, fc.constantFrom('&&', '||')), {
      minLength: 2,
      maxLength: 4,
    });
    fc.assert(
      fc.property(parts, facts, (list, stated) => {
        const source = list
          .map(([{ clock, compared, near }, and], i) => {
            const part = compared(Number(evaluated(clock, stated, NOW, SHANGHAI)[0]) + near);
            return i === 0 ? part : `${and} ${part}`;
          })
          .join(' ');
        const wrapped = `(${source}) ? max(fullMonths(born), 3) : age24h(seen)`;
        for (const text of [source, wrapped]) {
          const [now, until] = evaluated(text, stated, NOW, SHANGHAI);
          const end = Math.min(until, NOW + 900 * MS_PER_DAY);
          for (const at of [NOW + 1, Math.floor((NOW + end) / 2), end - 1]) {
            if (at < end) expect(evaluated(text, stated, at, SHANGHAI)[0]).toBe(now);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [
      'fullYears(born) >= 18',
      { born: Date.UTC(2008, 2, 5) / MS_PER_DAY },
      '2026-03-04T16:00:00.000Z',
    ],
    ['idExpiry < today', { idExpiry: Math.floor(TODAY) }, '2026-03-04T16:00:00.000Z'],
    ['age24h(seen) < 90', { seen: NOW - 90 * MS_PER_DAY + 1 }, '2026-03-04T04:00:00.001Z'],
    [
      'fullMonths(born) < 12',
      { born: Date.UTC(2025, 2, 31) / MS_PER_DAY },
      '2026-03-30T16:00:00.000Z',
    ],
  ])('%s with %j turns at %s (E-C7, E-C3, S-6, X-H2)', (source, stated, turns) => {
    expect(evaluated(source, stated, NOW, SHANGHAI)[1]).toBe(Date.parse(turns));
  });

  it('never turns again once the age is past its bound', () => {
    const born = Math.floor(TODAY) - 30_000;
    for (const source of [
      'fullYears(born) >= 18',
      'fullYears(born) < 18',
      'fullYears(born) == 18',
    ]) {
      expect(evaluated(source, { born }, NOW, SHANGHAI)[1]).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it('compares an age with a bound beyond 2^53', () => {
    expect(evaluated('fullYears(born) < a', { born: 0, a: 2n ** 60n }, NOW, SHANGHAI)).toEqual([
      true,
      Number.POSITIVE_INFINITY,
    ]);
  });
});
