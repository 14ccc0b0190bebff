import { addTo, type Tally } from '@tidemark/engine/measures';
import pino from 'pino';
import type { Log, LogLevel } from './cluster-log';

export interface ProcessLog {
  readonly log: Log;
  /** Lines by level, those that were not written included: an alert needs no lines. */
  readonly lines: Tally;
}

/**
 * The log of a process: one JSON object a line, the level and the time in front. A line is written before
 * what follows it is done, so that the last one of a process that ends is there.
 * @param level from which on lines are written
 * @param component which process it is: processor, api
 * @param write absent: to stderr
 */
export function processLog(
  level: LogLevel,
  component: string,
  write?: (line: string) => void,
): ProcessLog {
  const lines: Tally = new Map();
  const to = write === undefined ? pino.destination({ dest: 2, sync: true }) : { write };
  const logger = pino(
    {
      level,
      base: { component, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    to,
  );
  return {
    lines,
    log: ({ level: at, ...line }) => {
      addTo(lines, at);
      logger[at](line);
    },
  };
}
