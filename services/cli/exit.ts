/** Exit codes of every command. */
export const EXIT = {
  /** All well. */
  ok: 0,
  /** Done, but some input was refused; the count is on stderr. */
  refused: 1,
  /** Usage, configuration or methodology fault. */
  usage: 2,
} as const;

/** A fault that the user can mend: printed without a stack, exit code 2. */
export class UsageFault extends Error {}

/** Writes a line to stderr: logs and progress never go to stdout. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
