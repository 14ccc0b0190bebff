import { progress, grouped } from './progress';

/** A stream that keeps what it is told, and a clock moved by hand. */
function scene(isTTY: boolean, columns = 100) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const stream = {
    isTTY,
    columns,
    write: (text: string) => written.push(text) > 0,
  } as unknown as NodeJS.WriteStream;
  return { written, clock, stream, now: () => clock.ms };
}

describe('progress on a terminal', () => {
  it('draws a bar with percent, count, elapsed time and rate', () => {
    const { written, clock, stream, now } = scene(true);
    const bar = progress({ total: 4_000, label: 'events', stream, now });
    clock.ms = 2_000;
    bar.advance(1_000);
    expect(written).toEqual([
      '\r\u001b[2K[######..................]  25%  1,000/4,000 events  00:02  500 events/s',
    ]);
  });

  it('draws at most ten times a second', () => {
    const { written, clock, stream, now } = scene(true);
    const bar = progress({ total: 10_000, label: 'events', stream, now });
    for (; clock.ms < 1_000; clock.ms += 1) bar.advance(1);
    expect(written).toHaveLength(10);
  });

  it('prints lines above the bar', () => {
    const { written, clock, stream, now } = scene(true);
    const bar = progress({ total: 10, label: 'events', stream, now });
    bar.advance(1);
    bar.line('first');
    bar.line('second');
    clock.ms = 100;
    bar.advance(1);
    expect(written[1]).toBe('\r\u001b[2Kfirst\n');
    expect(written[2]).toBe('second\n');
    expect(written[3]).toContain('2/10 events');
  });

  it('brings the bar back after a line when it is due', () => {
    const { written, clock, stream, now } = scene(true);
    const bar = progress({ total: 10, label: 'events', stream, now });
    bar.advance(1);
    clock.ms = 250;
    bar.line('news');
    expect(written[2]).toContain('1/10 events');
  });

  it('never fills the last column, so that the bar does not wrap', () => {
    const { written, stream, now } = scene(true, 30);
    progress({ total: 10, label: 'events', stream, now }).advance(1);
    expect(written[0]).toHaveLength('\r\u001b[2K'.length + 29);
  });

  it('leaves the last state and a new line when it is done, once', () => {
    const { written, clock, stream, now } = scene(true);
    const bar = progress({ total: 2, label: 'events', stream, now });
    bar.advance(2);
    clock.ms = 3_700_000;
    bar.done();
    bar.done();
    bar.advance(1);
    expect(written).toHaveLength(2);
    expect(written[1]).toMatch(/100% {2}2\/2 events {2}1:01:40 {2}0 events\/s\n$/);
  });

  it('counts without a bar when nobody knows the total', () => {
    const { written, clock, stream, now } = scene(true);
    const bar = progress({ label: 'rows', stream, now });
    clock.ms = 1_000;
    bar.advance(1_234_567);
    expect(written).toEqual(['\r\u001b[2K1,234,567 rows  00:01  1,234,567 rows/s']);
  });
});

describe('progress where there is no terminal', () => {
  it('prints a plain line every five seconds and one at the end', () => {
    const { written, clock, stream, now } = scene(false);
    const bar = progress({ total: 30, label: 'events', stream, now });
    for (; clock.ms < 12_000; clock.ms += 500) bar.advance(1);
    bar.line('news');
    bar.done();
    expect(written).toHaveLength(4);
    expect(written.join('')).not.toContain('\u001b');
    expect(written.every((text) => text.endsWith('\n'))).toBe(true);
    expect(written[2]).toBe('news\n');
  });

  it('says nothing of its own when quiet', () => {
    const { written, clock, stream, now } = scene(false);
    const bar = progress({ total: 30, label: 'events', stream, now, quiet: true });
    clock.ms = 60_000;
    bar.advance(30);
    bar.line('news');
    bar.done();
    expect(written).toEqual(['news\n']);
  });
});

describe('grouped', () => {
  it('puts a comma between thousands', () => {
    expect([0, 999, 1_000, 1_234_567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
  });
});
