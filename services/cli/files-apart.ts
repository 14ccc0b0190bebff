import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageFault } from './exit';

/**
 * Checks that the files of a command line are different ones, before any of them is emptied, and
 * that none of the outputs is standard output, which the command needs itself.
 * @param outputs option name to file; left out where the option is
 * @throws UsageFault
 */
export function checkApart(
  input: string,
  outputs: Readonly<Record<string, string | undefined>>,
): void {
  const taken = new Map<string | undefined, string>([[identity(input), '--events']]);
  for (const [option, file] of Object.entries(outputs)) {
    if (file === undefined) continue;
    if (file === '-') throw new UsageFault(`${option} - : standard output is in use; name a file`);
    const same = identity(file);
    const other = taken.get(same);
    if (same !== undefined && other !== undefined) {
      throw new UsageFault(`${option} and ${other} are the same file ${file}; name another`);
    }
    taken.set(same, option);
  }
}

/** Undefined for what may well be named twice: standard input, a device, a pipe. */
function identity(file: string): string | undefined {
  if (file === '-') return undefined;
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return resolve(file);
  return found.isFile() ? realpathSync(file) : undefined;
}
