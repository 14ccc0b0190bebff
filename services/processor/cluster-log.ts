export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a process tells whoever runs it: transitions and waits, without customer data. */
export interface LogEvent {
  readonly level: LogLevel;
  /** `partition`, `waiting`, `assigned` ...; what it is about follows. */
  readonly event: string;
  readonly [about: string]: string | number | boolean | readonly (string | number)[] | undefined;
}

export type Log = (event: LogEvent) => void;

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
