import { load, noteSize } from './keys';
import { contextOf, type Executor } from './step';
import { cannotRead, cannotWrite } from './stops';

/** @throws StateLost, PartitionStopped when this build cannot read a state */
export function loadKeys<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  wanted: Iterable<string>,
): Promise<void> {
  const context = contextOf(executor);
  return load(executor.keys, wanted, executor.get, (bytes) => {
    try {
      return executor.machine.decodeState(bytes, context);
    } catch (cause) {
      throw cannotRead(executor.partition, cause);
    }
  });
}

/** A state as it goes to stores; its size is noted. @throws PartitionStopped when this build cannot write it */
export function encoded<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  key: string,
  state: State,
): Uint8Array {
  const { keys, stateBytesMax } = executor;
  const bytes = encodeOrStop(executor, state);
  noteSize(keys, key, bytes.length > stateBytesMax);
  return bytes;
}

function encodeOrStop<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  state: State,
): Uint8Array {
  try {
    return executor.machine.encodeState(state, contextOf(executor));
  } catch (cause) {
    throw cannotWrite(executor.partition, cause);
  }
}
