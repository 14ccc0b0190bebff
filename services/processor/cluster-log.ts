/** What a process tells whoever runs it: transitions and waits, without customer data. */
export interface LogEvent {
  readonly level: 'info' | 'warn' | 'error';
  /** `partition`, `waiting`, `assigned` ...; what it is about follows. */
  readonly event: string;
  readonly [about: string]: string | number | boolean | readonly (string | number)[] | undefined;
}

export type Log = (event: LogEvent) => void;

/** One JSON object a line, with the time in front. */
export const jsonLog =
  (write: (line: string) => void): Log =>
  ({ level, event, ...about }) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...about })}\n`);

const AGAIN_MS = 60_000;

/** What a client says again and again while a server is away is told once a minute. */
export function dampened(log: Log): Log {
  const toldAt = new Map<string, number>();
  return (event) => {
    const text = JSON.stringify(event);
    const now = performance.now();
    if (now - (toldAt.get(text) ?? -Infinity) < AGAIN_MS) return;
    for (const [other, at] of toldAt) if (now - at >= AGAIN_MS) toldAt.delete(other);
    toldAt.set(text, now);
    log(event);
  };
}
