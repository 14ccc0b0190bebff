import fc from 'fast-check';
import {
  addMonths,
  civil,
  dayNumber,
  dayOf,
  fullMonths,
  midnight,
  monthsComplete,
  MS_PER_DAY,
  MS_PER_HOUR,
  zone,
} from './calendar';

const ZONES = [
  'UTC',
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
].map((name) => {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: name,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return { name, zone: zone(name), format };
});
const byName = (name: string): (typeof ZONES)[number] => {
  const found = ZONES.find((of) => of.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const day = (text: string): number => Date.parse(`${text}T00:00Z`) / MS_PER_DAY;
const text = (of: number): string => new Date(of * MS_PER_DAY).toISOString().slice(0, 10);

const instants = fc.integer({ min: Date.UTC(1970, 0, 2), max: Date.UTC(2100, 0, 1) });
const days = fc.integer({ min: day('1900-01-01'), max: day('2100-12-31') });

describe('civil dates', () => {
  it('are those of the platform, leap days and centuries included', () => {
    fc.assert(
      fc.property(fc.integer({ min: -700_000, max: 700_000 }), (of) => {
        const { year, month, date } = civil(of);
        const platform = new Date(of * MS_PER_DAY);
        expect([year, month - 1, date]).toEqual([
          platform.getUTCFullYear(),
          platform.getUTCMonth(),
          platform.getUTCDate(),
        ]);
        expect(dayNumber(year, month, date)).toBe(of);
      }),
      { numRuns: 2000 },
    );
    expect(text(dayNumber(2000, 2, 29))).toBe('2000-02-29');
    expect(text(dayNumber(1900, 2, 29))).toBe('1900-03-01');
  });
});

describe('local dates', () => {
  it('are those of Intl in zones with summer time, odd offsets and skipped dates', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (of, instant) => {
        expect(text(dayOf(of.zone, instant))).toBe(of.format.format(instant));
      }),
      { numRuns: 3000 },
    );
  });

  it('are those of Intl a second to either side of every change of offset', () => {
    for (const of of ZONES) {
      for (const from of of.zone.from.slice(1)) {
        for (const instant of [from - 1000, from - 1, from, from + 1000]) {
          expect([of.name, text(dayOf(of.zone, instant))]).toEqual([
            of.name,
            of.format.format(instant),
          ]);
        }
      }
    }
  });

  it('know the summer time of China of 1986 to 1991 (guideline section 12, note 2)', () => {
    const { zone: shanghai } = byName('Asia/Shanghai');
    const local = (iso: string): string => text(dayOf(shanghai, Date.parse(iso)));
    expect(local('1988-07-01T15:00:00Z')).toBe('1988-07-02'); // +9
    expect(local('1988-12-01T15:00:00Z')).toBe('1988-12-01'); // +8
    expect(local('2026-03-04T15:59:59.999Z')).toBe('2026-03-04');
    expect(local('2026-03-04T16:00:00Z')).toBe('2026-03-05');
  });

  it('begin at the first instant from which the date is reached', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 2, max: 47_000 }), (of, local) => {
        const begins = midnight(of.zone, local);
        expect(dayOf(of.zone, begins)).toBeGreaterThanOrEqual(local);
        expect(dayOf(of.zone, begins - 1)).toBeLessThan(local);
      }),
      { numRuns: 3000 },
    );
  });

  it('begin right on the days around every change of offset', () => {
    for (const { name, zone: of } of ZONES) {
      for (const from of of.from.slice(1)) {
        const today = dayOf(of, from);
        for (let local = today - 2; local <= today + 2; local += 1) {
          const begins = midnight(of, local);
          expect([name, dayOf(of, begins) >= local, dayOf(of, begins - 1) < local]).toEqual([
            name,
            true,
            true,
          ]);
        }
      }
    }
  });

  it('that a zone skipped begin when the next one does', () => {
    const { zone: apia } = byName('Pacific/Apia');
    const skipped = day('2011-12-30');
    expect(midnight(apia, skipped)).toBe(midnight(apia, skipped + 1));
    expect(midnight(apia, skipped)).toBe(Date.parse('2011-12-30T10:00:00Z'));
  });

  it('last 23 or 25 hours when the clock changes', () => {
    const { zone: berlin } = byName('Europe/Berlin');
    const hours = (local: string): number =>
      (midnight(berlin, day(local) + 1) - midnight(berlin, day(local))) / MS_PER_HOUR;
    expect([hours('2026-03-29'), hours('2026-10-25'), hours('2026-03-28')]).toEqual([23, 25, 24]);
  });

  it('of an unknown zone are refused', () => {
    expect(() => zone('Asia/Nowhere')).toThrow(RangeError);
  });
});

describe('months', () => {
  it.each([
    ['2025-08-31', 6, '2026-02-28'],
    ['2023-08-31', 6, '2024-02-29'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2026-03-04', 36, '2029-03-04'],
    ['2026-01-31', 1, '2026-02-28'],
    ['2025-12-31', 2, '2026-02-28'],
  ])(
    'a review due from %s after %i months is on %s: the last day of a shorter month (T-2)',
    (from, months, due) => {
      expect(text(addMonths(day(from), months))).toBe(due);
    },
  );

  it.each([
    ['2025-08-31', 6, '2026-03-01'],
    ['2024-02-29', 12, '2025-03-01'],
    ['2024-02-29', 48, '2028-02-29'],
    ['2026-01-30', 1, '2026-03-01'],
    ['2025-09-04', 6, '2026-03-04'],
    ['2008-03-04', 216, '2026-03-04'],
  ])(
    'full months since %s: %i are complete on %s, the next 1st where there is no such day (E-C7, E-C8)',
    (from, months, done) => {
      expect(text(monthsComplete(day(from), months))).toBe(done);
      expect(fullMonths(day(from), day(done))).toBe(months);
      expect(fullMonths(day(from), day(done) - 1)).toBe(months - 1);
    },
  );

  it('since a date ahead are 0', () => {
    expect(fullMonths(day('2026-03-05'), day('2026-03-04'))).toBe(0);
  });

  it('are counted so that n are complete on monthsComplete(n) and not the day before', () => {
    fc.assert(
      fc.property(days, fc.integer({ min: 1, max: 1200 }), (from, months) => {
        const done = monthsComplete(from, months);
        expect([fullMonths(from, done - 1), fullMonths(from, done)]).toEqual([months - 1, months]);
      }),
      { numRuns: 2000 },
    );
  });

  it('never shrink as time goes on', () => {
    fc.assert(
      fc.property(days, days, (from, today) => {
        const step = fullMonths(from, today + 1) - fullMonths(from, today);
        expect(step === 0 || step === 1).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
