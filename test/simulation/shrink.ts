import { runScript, type Failure } from './run';
import type { Item, Script } from './script';
import type { Engine } from './world';

export interface Shrunk {
  readonly script: Script;
  readonly failure: Failure;
  /** How many runs it took. */
  readonly runs: number;
}

/** Orders of the answers that are tried for each smaller script. */
const SCHEDULES = 3;

/**
 * Takes things out of a failing script as long as it fails by the same oracle, in ever smaller parts.
 * @param runsMax after so many runs what has been found must do
 */
export async function shrink(
  script: Script,
  failure: Failure,
  engine: Engine,
  runsMax = 600,
): Promise<Shrunk> {
  let best: Shrunk = { script, failure, runs: 0 };
  let runs = 0;
  const attempt = async (items: readonly Item[]): Promise<boolean> => {
    for (let schedule = 0; schedule < SCHEDULES && runs < runsMax; schedule += 1) {
      runs += 1;
      const smaller = { ...best.script, items, schedule };
      const outcome = await runScript(smaller, engine);
      if (outcome.ok || outcome.failure.what !== failure.what) continue;
      best = { script: smaller, failure: outcome.failure, runs };
      return true;
    }
    return false;
  };
  for (let part = Math.ceil(script.items.length / 2); part >= 1; part = part >> 1) {
    let from = 0;
    while (from < best.script.items.length && runs < runsMax) {
      const { items } = best.script;
      const without = [...items.slice(0, from), ...items.slice(from + part)];
      if (!(await attempt(without))) from += part;
    }
  }
  return { ...best, runs };
}
