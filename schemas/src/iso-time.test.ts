import fc from 'fast-check';
import { FIRST_INSTANT, LAST_INSTANT, parseDay, parseInstant } from './iso-time';

const instants = fc.integer({ min: FIRST_INSTANT, max: LAST_INSTANT });
const MS_PER_DAY = 86_400_000;

describe('ISO 8601 text', () => {
  it('gives the instant that wrote it', () => {
    fc.assert(
      fc.property(instants, (ms) => {
        expect(parseInstant(new Date(ms).toISOString())).toBe(ms);
      }),
    );
  });

  it('gives the day that wrote it', () => {
    fc.assert(
      fc.property(instants, (ms) => {
        expect(parseDay(new Date(ms).toISOString().slice(0, 10))).toBe(Math.floor(ms / MS_PER_DAY));
      }),
    );
  });

  it('is refused for exactly the dates that do not exist', () => {
    const parts = fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.nat(19), fc.nat(39));
    fc.assert(
      fc.property(parts, ([year, month, day]) => {
        const two = (n: number): string => String(n).padStart(2, '0');
        const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
        const date = new Date(`${text}T00:00:00Z`);
        const exists = !Number.isNaN(date.valueOf()) && date.toISOString().startsWith(text);
        expect(parseDay(text) !== undefined).toBe(exists);
      }),
    );
  });

  it.each([
    ['2000-02-29', 11_016],
    ['1900-02-29', undefined],
    ['2024-02-29', 19_782],
    ['0001-01-01', -719_162],
    ['9999-12-31', 2_932_896],
    ['1970-01-01', 0],
  ])('knows whether %s exists, and its number', (text, day) => {
    expect(parseDay(text)).toBe(day);
  });

  it('counts an offset towards UTC', () => {
    const noon = Date.UTC(2026, 0, 1, 12);
    expect(parseInstant('2026-01-01T20:00+08:00')).toBe(noon);
    expect(parseInstant('2026-01-01T06:30:00-05:30')).toBe(noon);
    expect(parseInstant('2026-01-01T12:00:00.5Z')).toBe(noon + 500);
  });
});
