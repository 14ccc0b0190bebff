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
