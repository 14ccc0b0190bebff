import { addDeadLetter } from './dead-letter';
import { PartitionStopped } from './errors';
import type { Decoded } from './machine';
import type { LogRecord } from './ports';
import type { Executor, Step } from './step';
import { refusedBefore } from './taken';

/**
 * Takes in records of a global topic; a refused one goes to the dead letters.
 * @param refused of a replay: the verdicts that the journal holds, by offset
 * @throws PartitionStopped when what was published cannot be loaded
 */
export function takeGlobals<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  step: Step,
  topic: string,
  records: readonly LogRecord[],
  refused?: ReadonlyMap<number, string>,
): void {
  for (const record of records) {
    const code = refused?.get(record.offset);
    const now = takeGlobal(executor, topic, record);
    const taken = code === undefined ? now : refusedBefore(code, now);
    if (taken.ok) {
      executor.globals = taken.value;
      continue;
    }
    step.refused.push({ topic, offset: record.offset, code: taken.code });
    addDeadLetter(executor, step, taken, '', { topic, record });
  }
}

function takeGlobal<State, Input, Output, Globals>(
  { machine, globals, partition }: Executor<State, Input, Output, Globals>,
  topic: string,
  { value, offset }: LogRecord,
): Decoded<Globals> {
  try {
    return machine.takeGlobal(globals, topic, value);
  } catch (cause) {
    throw new PartitionStopped(
      `the version published at ${topic}@${offset} cannot be loaded by this build; partition ${partition} stops`,
      { cause, reason: 'version' },
    );
  }
}
