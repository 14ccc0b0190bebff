import { parseDay } from '@tidemark/schemas/iso-time';
import { dayFormat, timeFormat, type TimeStyle } from './time-format';
import { timeZoneNamed } from './time-zone';

const refused = expect.any(String);
const zone = timeZoneNamed('Asia/Shanghai');
const berlin = timeZoneNamed('Europe/Berlin');

function time(text: string, style: Partial<TimeStyle>): unknown {
  const format = timeFormat({ format: 'iso', zone, overlap: 'refuse', ...style });
  return format.ok ? format.read(text) : format;
}

function day(text: string, format: string, startDay?: string): unknown {
  const start = startDay === undefined ? undefined : parseDay(startDay);
  const compiled = dayFormat({ format, overlap: 'refuse', startDay: start });
  return compiled.ok ? compiled.read(text) : compiled;
}

const utc = (text: string): number => Date.parse(text);

describe('formats of days', () => {
  it.each([
    ['2026-02-28', 'iso'],
    ['20260228', 'yyyyMMdd'],
    ['28.2.2026', 'd.M.yyyy'],
    ['2026/02/28', 'yyyy/MM/dd'],
    ['2026年2月28日', 'yyyy年M月d日'],
  ])('reads %s as %s', (text, format) => {
    expect(day(text, format)).toBe(parseDay('2026-02-28'));
  });

  it('counts day offsets from the stated day', () => {
    expect(day('45658', 'day-offset', '1899-12-30')).toBe(parseDay('2025-01-01'));
    expect(day('-1', 'day-offset', '1970-01-01')).toBe(-1);
    expect(day('x', 'day-offset', '1970-01-01')).toEqual(refused);
    expect(day('99999999', 'day-offset', '1970-01-01')).toEqual(refused);
  });

  it.each([
    ['2026-02-30', 'iso'],
    ['20260230', 'yyyyMMdd'],
    ['2026-2-3', 'iso'],
    ['29.2.2026', 'd.M.yyyy'],
    ['2026-02-28 ', 'iso'],
  ])('refuses %p as %s', (text, format) => {
    expect(day(text, format)).toEqual(refused);
  });

  it.each([
    'yyyy-MM',
    'yyyy-MM-dd yyyy',
    'yyyy-mm-dd',
    'yyyy-MM-ddThh',
    'epoch-seconds',
    'day-offset',
  ])('refuses the format %s when the mapping is read', (format) => {
    expect(day('x', format)).toMatchObject({ ok: false, remedy: refused });
  });
});

describe('formats of times', () => {
  const at = utc('2026-03-04T04:00:00Z');

  it.each([
    ['2026-03-04T12:00:00+08:00', 'iso'],
    ['2026-03-04T04:00:00Z', 'iso'],
    ['2026-03-04 12:00', 'iso'],
    ['2026-03-04T12:00:00.000', 'iso'],
    ['20260304120000', 'yyyyMMddHHmmss'],
    ['4/3/2026 12:00', 'd/M/yyyy H:mm'],
    ['2026-03-04 11:00:00 +0700', 'yyyy-MM-dd HH:mm:ss XX'],
    ['2026-03-04T04:00:00.000Z', "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"],
    [String(at / 1000), 'epoch-seconds'],
    [String(at), 'epoch-milliseconds'],
  ])('reads %s as %s in the zone of the mapping', (text, format) => {
    expect(time(text, { format })).toBe(at);
  });

  it('takes a day alone, or a day offset, as its first instant in the zone', () => {
    const midnight = utc('2026-03-03T16:00:00Z');
    expect(time('2026-03-04', {})).toBe(midnight);
    expect(time('20260304', { format: 'yyyyMMdd' })).toBe(midnight);
    const startDay = parseDay('2026-03-01');
    expect(time('3', { format: 'day-offset', startDay })).toBe(midnight);
  });

  it.each([
    ['2026-02-30T10:00:00Z', 'iso'],
    ['2026-02-30 10:00', 'iso'],
    ['2026-03-04T24:00:00', 'iso'],
    ['2026-03-04 12:60', 'yyyy-MM-dd HH:mm'],
    ['2026-03-04T12:00:00+25:00', 'yyyy-MM-ddTHH:mm:ssXXX'.replace('T', "'T'")],
    ['1.5', 'epoch-seconds'],
    ['', 'iso'],
  ])('refuses %p as %s', (text, format) => {
    expect(time(text, { format })).toEqual(refused);
  });

  it('refuses local times where the mapping states no zone', () => {
    expect(time('2026-03-04 12:00', { zone: undefined })).toEqual(refused);
    expect(time('2026-03-04', { zone: undefined })).toEqual(refused);
    expect(time('x', { zone: undefined, format: 'yyyy-MM-dd HH:mm' })).toMatchObject({ ok: false });
  });
});

describe('times at which the clocks change', () => {
  it('refuses a time that the clocks skip', () => {
    expect(time('2025-03-30 02:30', { zone: berlin })).toEqual(refused);
    expect(time('2025-03-30 01:59', { zone: berlin })).toBe(utc('2025-03-30T00:59:00Z'));
    expect(time('2025-03-30 03:00', { zone: berlin })).toBe(utc('2025-03-30T01:00:00Z'));
  });

  it('refuses a time that occurs twice, or takes the one that the mapping names', () => {
    const text = '2025-10-26 02:30';
    expect(time(text, { zone: berlin })).toEqual(refused);
    expect(time(text, { zone: berlin, overlap: 'earlier' })).toBe(utc('2025-10-26T00:30:00Z'));
    expect(time(text, { zone: berlin, overlap: 'later' })).toBe(utc('2025-10-26T01:30:00Z'));
    expect(time('2025-10-26 03:00', { zone: berlin })).toBe(utc('2025-10-26T02:00:00Z'));
    expect(time('2025-10-26 01:59', { zone: berlin })).toBe(utc('2025-10-25T23:59:00Z'));
  });

  it('starts a day whose midnight is skipped at the change', () => {
    // Sao Paulo set its clocks from 00:00 to 01:00 on 2018-11-04
    const paulo = timeZoneNamed('America/Sao_Paulo');
    expect(time('2018-11-04', { zone: paulo })).toBe(utc('2018-11-04T03:00:00Z'));
  });

  it('agrees with Intl on every hour of a year with two changes', () => {
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Europe/Berlin',
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    for (let at = utc('2025-01-01T00:00:00Z'); at < utc('2026-01-01T00:00:00Z'); at += 3_600_000) {
      const text = format.format(at);
      const found = [
        time(text, { zone: berlin, overlap: 'earlier' }),
        time(text, { zone: berlin, overlap: 'later' }),
      ];
      expect(found).toContain(at);
    }
  });

  it('knows no zone of another name', () => {
    expect(timeZoneNamed('Asia/Shangai')).toBeUndefined();
  });
});
