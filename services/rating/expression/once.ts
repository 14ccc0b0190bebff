import { NEVER } from '../calendar';
import { valid, type Env, type Node, type Value } from './node';

/** What was calculated last, in which pass, and until when it holds. */
export interface Cell {
  pass: number;
  value: Value;
  until: number;
}

export const newCell = (): Cell => ({ pass: 0, value: undefined, until: NEVER });

/**
 * Calculates once in a pass what several units read: nothing is learnt of the customer meanwhile, and
 * the scores that it reads are there before. It must depend on nothing else: no local variables, no
 * record.
 * @param cell shared by all that calculate the same
 */
export function once(run: Node['run'], cell: Cell): Node['run'] {
  return (env: Env) => {
    if (env.pass === 0) return run(env);
    if (cell.pass !== env.pass) {
      const { until } = env;
      env.until = NEVER;
      cell.value = run(env);
      cell.until = env.until;
      cell.pass = env.pass;
      env.until = until;
    }
    valid(env, cell.until);
    return cell.value;
  };
}
