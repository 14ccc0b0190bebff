import { EXIT } from '../exit';
import { linesOf, runMain } from '../run-main.fixture';

jest.setTimeout(60_000);

const start = (...args: readonly string[]) => runMain('start', '--customers', '50', ...args);

describe('tidemark start', () => {
  it('prints grade changes as they happen and ends with its summary in four sections', async () => {
    const { code, out } = await start();
    expect(code).toBe(EXIT.ok);
    const lines = linesOf(out);
    expect(lines[0]).toMatch(/^2025-03-0\d \d\d:\d\d {2}\* c\d{5} {2}- → [1-5] \w+ {2}R [\d.]+/);
    expect(lines.some((line) => / [▲▼] c\d{5} /.test(line))).toBe(true);
    const titles = ['Customers per grade', 'Migrations', 'Largest movers', 'Counts'];
    const places = titles.map((title) => lines.findIndex((line) => line.startsWith(title)));
    expect(places[0]).toBeGreaterThan(50);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('gives the same output for the same seed, and another for another', async () => {
    const { out } = await start('--seed', '3');
    expect((await start('--seed', '3')).out).toBe(out);
    expect((await start('--seed', '4')).out).not.toBe(out);
  });

  it('shows its progress on stderr as plain lines where there is no terminal', async () => {
    const { err } = await start();
    expect(linesOf(err).at(-1)).toMatch(/^\[#+\] 100% {2}([\d,]+)\/\1 events/);
    expect(err).not.toContain('\u001b');
  });

  it('leaves the grade changes out when quiet, and speaks Chinese', async () => {
    const { out } = await start('--quiet', '--lang', 'zh');
    expect(linesOf(out)[0]).toBe('各等级客户数');
    expect(out).toContain('等级迁移');
  });

  it.each([
    ['--customers', 'many'],
    ['--customers', '0'],
    ['--customers', '1e9'],
    ['--seed', '-1'],
    ['--seed', '1.5'],
    ['--lang', 'fr'],
    ['--methodology', 'none'],
  ])('ends with 2 at %s %s', async (option, value) => {
    const { code, out, err } = await runMain('start', `${option}=${value}`);
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err).toMatch(/whole number from|Allowed choices|use one of/);
  });
});
