import { printable } from '@tidemark/schemas/printable';

/** Exit codes of every command. */
export const EXIT = {
  /** All well. */
  ok: 0,
  /** Done, but some input was refused; the count is on stderr. */
  refused: 1,
  /** Usage, configuration or methodology fault. */
  usage: 2,
  /** A fault of the program itself: the job stopped at the record that stderr names. */
  internal: 3,
} as const;

/** A fault that the user can mend: printed without a stack, exit code 2. */
export class UsageFault extends Error {}

/**
 * An assumption of the program is broken. The message holds where, never what the record says: the
 * cause is deterministic, so the same input up to that record brings it back.
 */
export class InternalFault extends Error {}

/** Writes a line to stderr, without what a terminal would obey: logs and progress never go to stdout. */
export function say(line: string): void {
  process.stderr.write(`${line.split('\n').map(printable).join('\n')}\n`);
}
