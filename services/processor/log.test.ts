import type { LogEvent, LogLevel } from './cluster-log';
import { processLog } from './log';

/** The lines of a log after some events. */
function linesOf(level: LogLevel, events: readonly LogEvent[]): Record<string, unknown>[] {
  const written: string[] = [];
  const { log } = processLog(level, 'processor', (line) => written.push(line));
  for (const event of events) log(event);
  return written.map((line): Record<string, unknown> => {
    expect(line.indexOf('\n')).toBe(line.length - 1);
    return JSON.parse(line) as Record<string, unknown>;
  });
}

describe('the log of a process', () => {
  it('is one JSON object a line, which says when, what and about which partition and step', () => {
    const [line] = linesOf('info', [
      { level: 'warn', event: 'partition', partition: 3, step: 17, phase: 'fenced' },
    ]);
    expect(line).toMatchObject({
      ...{ level: 'warn', component: 'processor', pid: process.pid, event: 'partition' },
      ...{ partition: 3, step: 17, phase: 'fenced' },
    });
    expect(new Date(String(line?.['time'])).toISOString()).toBe(line?.['time']);
  });

  it('leaves out what is below its level, and counts it all the same', () => {
    const written: string[] = [];
    const { log, lines } = processLog('warn', 'api', (line) => written.push(line));
    log({ level: 'info', event: 'a' });
    log({ level: 'error', event: 'b' });
    expect(written).toHaveLength(1);
    expect(Object.fromEntries(lines)).toEqual({ info: 1, error: 1 });
  });

  it('stays on one line whatever a text holds, and leaves out what is not there', () => {
    const [line] = linesOf('info', [
      { level: 'info', event: 'a', why: 'one\ntwo "three"', fault: undefined },
    ]);
    expect(line).toMatchObject({ why: 'one\ntwo "three"' });
    expect(line).not.toHaveProperty('fault');
  });
});
